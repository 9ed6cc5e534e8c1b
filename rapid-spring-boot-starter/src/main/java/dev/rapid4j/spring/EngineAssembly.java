package dev.rapid4j.spring;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.Hub;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEngine;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an engine is made of: properties, and beans of the application, which are {@code null} if it has none. */
record EngineAssembly(
        RapidProperties properties,
        EmbeddingModel embeddingModel,
        LongTextSelector longTextSelector,
        List<ProgressListener> progressListeners,
        Hub hub) {

    private static final Logger LOG = LoggerFactory.getLogger(RapidAutoConfiguration.class);

    EngineAssembly {
        if (embeddingModel == null) {
            LOG.warn(UnconfiguredEmbeddingModel.MESSAGE);
        } else if (properties.embeddingModel().model() != null && !(embeddingModel instanceof DeferredEmbeddingModel)) {
            LOG.warn(
                    "{} is not used: the application's own embedding model, a {}, takes its place",
                    RapidProperties.EMBEDDING_MODEL,
                    embeddingModel.getClass().getName());
        }
    }

    RapidEngine load() {
        RapidEngine.Builder builder = properties.settings().applyTo(RapidEngine.builder());
        if (longTextSelector != null) {
            builder.longTextSelector(longTextSelector);
        }
        return builder.hub(hub != null ? hub : properties.hub().build())
                .progressListeners(progressListeners)
                .embeddingModel(usable(embeddingModel))
                .build();
    }

    /** The engine compares passages by all three views only if it has the model itself. */
    private static EmbeddingModel usable(EmbeddingModel model) {
        if (model == null) {
            return new UnconfiguredEmbeddingModel();
        }
        return model instanceof DeferredEmbeddingModel deferred
                ? deferred.model().get()
                : model;
    }
}
