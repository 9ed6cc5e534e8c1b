package dev.rapid4j.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** Engine and chat models. */
@AutoConfiguration
@ConditionalOnProperty("langchain4j.rapid.target")
@EnableConfigurationProperties(RapidProperties.class)
class RapidAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RapidEngineLoader rapidEngineLoader(RapidProperties properties) {
        return new RapidEngineLoader(
                properties.load(),
                () -> RapidEngine.builder().target(properties.target()).build(),
                failure -> new RapidUnavailableException(String.valueOf(failure.getMessage()), "", failure));
    }

    @Bean(destroyMethod = "")
    @Lazy
    @ConditionalOnMissingBean
    RapidEngine rapidEngine(RapidEngineLoader loader) {
        return loader.engine();
    }

    @Bean
    @ConditionalOnMissingBean
    ChatModel rapidChatModel(RapidEngineLoader loader) {
        return RapidChatModel.builder().engine(loader.engine()).build();
    }

    @Bean
    @ConditionalOnMissingBean
    StreamingChatModel rapidStreamingChatModel(RapidEngineLoader loader) {
        return RapidStreamingChatModel.builder().engine(loader.engine()).build();
    }
}
