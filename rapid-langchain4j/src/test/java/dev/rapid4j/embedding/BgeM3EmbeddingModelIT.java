package dev.rapid4j.embedding;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.rapid4j.testing.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

class BgeM3EmbeddingModelIT extends AbstractEmbeddingModelIT {

    private final List<BgeM3EmbeddingModel> built = new ArrayList<>();

    BgeM3EmbeddingModel.Builder builder() {
        return BgeM3EmbeddingModel.builder().model(Golden.path("bge-m3-tiny"));
    }

    private BgeM3EmbeddingModel build(EmbeddingModelListener... listeners) {
        BgeM3EmbeddingModel model = builder().listeners(listeners).build();
        built.add(model);
        return model;
    }

    @AfterAll
    void close() {
        built.forEach(BgeM3EmbeddingModel::close);
    }

    @Override
    protected List<EmbeddingModel> models() {
        return List.of(build());
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return build(listener);
    }

    @Override
    protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
        BgeM3EmbeddingModel model = build(listener);
        model.close();
        return model;
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    /** BGE-M3 was not trained to have its vectors cut. */
    @Override
    protected boolean supportsDimensionsParameter() {
        return false;
    }

    @Override
    protected boolean supportsImageInput() {
        return false;
    }
}
