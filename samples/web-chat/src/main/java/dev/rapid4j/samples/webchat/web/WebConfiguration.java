package dev.rapid4j.samples.webchat.web;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.samples.reading.DocumentReader;
import dev.rapid4j.samples.reading.PdfReader;
import dev.rapid4j.samples.webchat.WebChatProperties;
import dev.rapid4j.samples.webchat.chat.AnswerWriter;
import dev.rapid4j.samples.webchat.chat.ChatLimits;
import dev.rapid4j.samples.webchat.chat.Conversations;
import dev.rapid4j.samples.webchat.documents.Admission;
import dev.rapid4j.samples.webchat.documents.ReadDocuments;
import dev.rapid4j.samples.webchat.documents.TokenCount;
import dev.rapid4j.spring.RapidEngineLoader;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.servlet.autoconfigure.MultipartProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** The parts of the chat. */
@Configuration
@EnableScheduling
class WebConfiguration {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Conversations conversations(WebChatProperties properties, Clock clock) {
        return new Conversations(
                new ChatLimits(
                        properties.maxConversations(),
                        properties.maxDocuments(),
                        properties.maxTokens(),
                        properties.maxCharacters(),
                        properties.maxQuestions(),
                        properties.expiry(),
                        properties.listenerGrace()),
                clock);
    }

    @Bean
    DocumentReader documentReader(WebChatProperties properties, MultipartProperties multipart) {
        return new DocumentReader(new PdfReader(
                properties.pdf().heap().toBytes(),
                properties.pdf().timeout(),
                multipart.getMaxFileSize().toBytes()));
    }

    @Bean
    Admission admission() {
        return new Admission(2, 50, Duration.ofMinutes(1));
    }

    @Bean
    ModelAccess modelAccess(ObjectProvider<RapidEngineLoader> loader, ObjectProvider<StreamingChatModel> model) {
        return new ModelAccess(loader, model);
    }

    @Bean
    LoadingProgress loadingProgress() {
        return new LoadingProgress();
    }

    @Bean
    AnswerWriter answerWriter(ModelAccess model, Conversations conversations) {
        return new AnswerWriter(model::streamingChatModel, conversations);
    }

    @Bean
    AnswerDefaults answerDefaults(
            ObjectProvider<StreamingChatModel> model,
            ObjectProvider<EmbeddingModel> embeddingModel,
            WebChatProperties properties) {
        return new AnswerDefaults(model, embeddingModel, properties.maxOutputTokens());
    }

    @Bean
    TokenCount tokenCount(ModelAccess model, WebChatProperties properties) {
        return new TokenCount(model::tokenCountEstimator, properties.maxTokens());
    }

    @Bean
    ReadDocuments readDocuments(ModelAccess model, TokenCount tokens) {
        return new ReadDocuments(messages -> model.engine().tokensRead(messages), tokens);
    }

    @Bean
    SampleRegister sampleRegister() {
        return new SampleRegister();
    }

    @Bean
    EventStreams eventStreams(Conversations conversations, WebChatProperties properties) {
        return new EventStreams(conversations, properties.maxListeners());
    }

    @Bean
    RequestGuard requestGuard(WebChatProperties properties) {
        return new RequestGuard(properties.allowedHosts());
    }

    @Bean
    Housekeeping housekeeping(Conversations conversations, EventStreams streams) {
        return new Housekeeping(conversations, streams);
    }

    /** What has to be done now and then. */
    static class Housekeeping {

        private final Conversations conversations;
        private final EventStreams streams;

        Housekeeping(Conversations conversations, EventStreams streams) {
            this.conversations = conversations;
            this.streams = streams;
        }

        @Scheduled(fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
        void sweep() {
            conversations.sweep();
        }

        @Scheduled(fixedDelay = 5, timeUnit = TimeUnit.SECONDS)
        void heartbeat() {
            streams.heartbeat();
        }
    }
}
