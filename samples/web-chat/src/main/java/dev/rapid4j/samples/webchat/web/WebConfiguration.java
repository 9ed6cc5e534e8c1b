package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.decoding.Mode;
import dev.rapid4j.samples.webchat.WebChatProperties;
import dev.rapid4j.samples.webchat.chat.AnswerSettings;
import dev.rapid4j.samples.webchat.chat.AnswerWriter;
import dev.rapid4j.samples.webchat.chat.ChatLimits;
import dev.rapid4j.samples.webchat.chat.Conversations;
import dev.rapid4j.samples.webchat.documents.DocumentReader;
import dev.rapid4j.samples.webchat.documents.PdfReader;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
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
                        properties.maxCharacters(),
                        properties.maxQuestions(),
                        properties.expiry(),
                        properties.listenerGrace()),
                clock);
    }

    @Bean
    DocumentReader documentReader(WebChatProperties properties) {
        int characters = properties.maxDocumentCharacters();
        return new DocumentReader(
                new PdfReader(
                        properties.pdf().heap().toBytes(), properties.pdf().timeout(), characters),
                characters);
    }

    @Bean
    ModelAccess modelAccess() {
        return new ModelAccess();
    }

    @Bean
    AnswerWriter answerWriter(ModelAccess model, Conversations conversations) {
        return new AnswerWriter(model::streamingChatModel, conversations);
    }

    @Bean
    AnswerSettings answerDefaults() {
        return new AnswerSettings(Mode.RAPID, 40, 32, 0.5, 256, null);
    }

    @Bean
    TokenCount tokenCount(ModelAccess model) {
        return text -> model.engine()
                .map(engine -> engine.tokenCountEstimator().estimateTokenCountInText(text))
                .orElse(null);
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
