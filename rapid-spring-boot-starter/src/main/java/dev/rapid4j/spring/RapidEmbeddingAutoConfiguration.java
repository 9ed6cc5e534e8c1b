package dev.rapid4j.spring;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.rapid4j.Hub;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEmbeddingModel;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * BGE-M3, or another encoder, as the {@link EmbeddingModel}, if {@code langchain4j.rapid.embedding-model.model} is set
 * and the application has none of its own.
 *
 * <p>After LangChain4j's Spring integration, which would otherwise make a {@code ContentRetriever} of it.
 */
@AutoConfiguration(afterName = "dev.langchain4j.spring.LangChain4jAutoConfig")
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnProperty(RapidProperties.EMBEDDING_MODEL)
@EnableConfigurationProperties(RapidProperties.class)
public final class RapidEmbeddingAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EmbeddingModel rapidEmbeddingModel(
            RapidProperties properties,
            ObjectProvider<EmbeddingModelListener> listeners,
            ObjectProvider<ProgressListener> progressListeners,
            ObjectProvider<Hub> hub) {
        List<EmbeddingModelListener> ordered = listeners.orderedStream().toList();
        ProgressListener progress =
                progressListeners.orderedStream().reduce(new ProgressListener() {}, ProgressListener::and);
        Hub given = hub.getIfAvailable();
        return new DeferredEmbeddingModel(Deferred.of(
                "the embedding model",
                properties.load(),
                () -> properties
                        .embeddingSettings()
                        .applyTo(RapidEmbeddingModel.builder())
                        .hub(given != null ? given : properties.hub().build())
                        .listeners(ordered)
                        .loadingListener(progress)
                        .build(),
                LoadFailures.ofEmbeddingModel(properties)::explain));
    }
}
