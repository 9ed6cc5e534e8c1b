package dev.rapid4j.spring;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.rapid4j.RapidEmbeddingModel;
import java.util.List;
import java.util.Set;

/**
 * A {@link RapidEmbeddingModel} that can be had before it is loaded; all that needs it waits. Not final: Spring's
 * proxies extend it.
 */
class DeferredEmbeddingModel implements EmbeddingModel, AutoCloseable {

    private final Deferred<RapidEmbeddingModel> model;

    DeferredEmbeddingModel(Deferred<RapidEmbeddingModel> model) {
        this.model = model;
    }

    Deferred<RapidEmbeddingModel> model() {
        return model;
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request) {
        return model.get().embed(request);
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        return model.get().doEmbed(request);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return model.get().listeners();
    }

    @Override
    public ModelProvider provider() {
        return model.get().provider();
    }

    @Override
    public EmbeddingRequestParameters defaultRequestParameters() {
        return model.get().defaultRequestParameters();
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return model.get().supportedParameters();
    }

    @Override
    public int dimension() {
        return model.get().dimension();
    }

    @Override
    public String modelName() {
        return model.get().modelName();
    }

    @Override
    public void close() {
        model.close();
    }
}
