package dev.rapid4j.spring;

import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.Hub;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEngine;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;

/**
 * The engine, and the chat models on it. They are there if {@code langchain4j.rapid.target} is set, or if the
 * application has a {@link RapidEngine} bean, which is then used, and not closed, by them.
 */
@AutoConfiguration(after = RapidEmbeddingAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@Conditional(OnEngineCondition.class)
@EnableConfigurationProperties(RapidProperties.class)
public final class RapidAutoConfiguration {

    /** Nested, so that it does not see the engine below, which is not the application's. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(RapidEngine.class)
    static class GivenEngine {

        @Bean
        RapidEngineLoader rapidEngineLoader(RapidEngine engine) {
            return RapidEngineLoader.given(engine);
        }
    }

    @Bean
    @ConditionalOnMissingBean
    RapidEngineLoader rapidEngineLoader(
            RapidProperties properties,
            ObjectProvider<EmbeddingModel> embeddingModel,
            ObjectProvider<LongTextSelector> longTextSelector,
            ObjectProvider<ProgressListener> progressListeners,
            ObjectProvider<Hub> hub) {
        EngineAssembly assembly = new EngineAssembly(
                properties,
                embeddingModel.getIfAvailable(),
                longTextSelector.getIfAvailable(),
                progressListeners.orderedStream().toList(),
                hub.getIfAvailable());
        return RapidEngineLoader.loading(properties.load(), assembly::load, LoadFailures.ofEngine(properties)::explain);
    }

    /** Waits for the engine, and so is made for those alone who ask for it. */
    @Bean(destroyMethod = "")
    @Lazy
    @ConditionalOnMissingBean
    RapidEngine rapidEngine(RapidEngineLoader loader) {
        return loader.engine();
    }

    @Bean
    @ConditionalOnMissingBean
    ChatModel rapidChatModel(
            RapidEngineLoader loader, RapidProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return new DeferredChatModel(
                loader, properties.chatModel(), listeners.orderedStream().toList());
    }

    @Bean
    @ConditionalOnMissingBean
    StreamingChatModel rapidStreamingChatModel(
            RapidEngineLoader loader, RapidProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return new DeferredStreamingChatModel(
                loader,
                properties.streamingChatModel(),
                listeners.orderedStream().toList());
    }

    @Bean
    @ConditionalOnMissingBean
    DocumentSplitter rapidDocumentSplitter(RapidEngineLoader loader) {
        return document -> loader.engine().documentSplitter().split(document);
    }
}
