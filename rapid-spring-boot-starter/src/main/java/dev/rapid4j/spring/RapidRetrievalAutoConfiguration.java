package dev.rapid4j.spring;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.documents.RapidDocumentIngestor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;

/**
 * Answers from the documents of an embedding store: if the application has one (one that is primary, if it has
 * several), an embedding model and an engine.
 *
 * <p>After LangChain4j's Spring integration, whose store in memory counts, too.
 */
@AutoConfiguration(after = RapidAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnProperty(name = RapidProperties.RETRIEVAL + ".enabled", matchIfMissing = true)
@ConditionalOnBean({RapidEngineLoader.class, EmbeddingModel.class})
@ConditionalOnSingleCandidate(EmbeddingStore.class)
public final class RapidRetrievalAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @Conditional(OnNoContentRetrieverCondition.class)
    RetrievalAugmentor rapidRetrievalAugmentor(
            RapidEngineLoader loader,
            EmbeddingStore<TextSegment> store,
            EmbeddingModel embeddingModel,
            RapidProperties properties) {
        return request -> properties
                .retrieval()
                .settings()
                .applyTo(loader.engine().retrievalAugmentor(store).embeddingModel(embeddingModel))
                .build()
                .augment(request);
    }

    /** Waits for the engine, and so is made for those alone who ask for it. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    RapidDocumentIngestor rapidDocumentIngestor(
            RapidEngineLoader loader, EmbeddingStore<TextSegment> store, EmbeddingModel embeddingModel) {
        return loader.engine()
                .documentIngestor(store)
                .embeddingModel(embeddingModel)
                .build();
    }
}
