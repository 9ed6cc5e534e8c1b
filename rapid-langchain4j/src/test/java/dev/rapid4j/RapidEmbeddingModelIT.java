package dev.rapid4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.rapid4j.testing.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

class RapidEmbeddingModelIT extends AbstractEmbeddingModelIT {

    private final List<RapidEmbeddingModel> built = new ArrayList<>();

    RapidEmbeddingModel.Builder builder() {
        return RapidEmbeddingModel.builder().model(Golden.path("bge-m3-tiny"));
    }

    private RapidEmbeddingModel build(EmbeddingModelListener... listeners) {
        RapidEmbeddingModel model = builder().listeners(listeners).build();
        built.add(model);
        return model;
    }

    @AfterAll
    void close() {
        built.forEach(RapidEmbeddingModel::close);
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
        RapidEmbeddingModel model = build(listener);
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
