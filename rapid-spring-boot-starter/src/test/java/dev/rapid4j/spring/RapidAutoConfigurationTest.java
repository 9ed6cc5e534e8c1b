package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.longThat;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.spring.LangChain4jAutoConfig;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.Hub;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.InOrder;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;

@ExtendWith(OutputCaptureExtension.class)
class RapidAutoConfigurationTest {

    private static final String TARGET = "langchain4j.rapid.target=" + LighthouseModel.directory();
    private static final String EMBEDDING =
            "langchain4j.rapid.embedding-model.model=" + LighthouseEmbedding.directory();
    private static final String LAZY = "langchain4j.rapid.load=lazy";

    private static RapidEngine engine;

    private final ApplicationContextRunner unconfigured = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RapidAutoConfiguration.class,
                    RapidEmbeddingAutoConfiguration.class,
                    RapidRetrievalAutoConfiguration.class));

    /** Nobody needs the models, and so nobody loads them. */
    private final ApplicationContextRunner lazy = unconfigured.withPropertyValues(TARGET, LAZY);

    private final ApplicationContextRunner withLangChain4j = unconfigured
            .withInitializer(context -> AutoConfigurationPackages.register(
                    (BeanDefinitionRegistry) context.getBeanFactory(), "dev.rapid4j.nothing"))
            .withConfiguration(AutoConfigurations.of(LangChain4jAutoConfig.class))
            .withPropertyValues(TARGET, LAZY);

    @BeforeAll
    static void load() {
        engine = RapidEngine.builder().target(LighthouseModel.directory()).build();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnEngine {

        @Bean(destroyMethod = "")
        RapidEngine engine() {
            return engine;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnModels {

        @Bean
        ChatModel ownChatModel() {
            return mock(ChatModel.class);
        }

        @Bean
        StreamingChatModel ownStreamingChatModel() {
            return mock(StreamingChatModel.class);
        }

        @Bean
        DocumentSplitter ownSplitter() {
            return mock(DocumentSplitter.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnEmbeddingModel {

        @Bean
        EmbeddingModel ownEmbeddingModel() {
            return mock(EmbeddingModel.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Store {

        @Bean
        EmbeddingStore<TextSegment> store() {
            return new InMemoryEmbeddingStore<>();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class SecondStore {

        @Bean
        EmbeddingStore<TextSegment> second() {
            return new InMemoryEmbeddingStore<>();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryStore {

        @Bean
        @Primary
        EmbeddingStore<TextSegment> primary() {
            return new InMemoryEmbeddingStore<>();
        }
    }

    @Test
    void withoutTargetThereIsNothingAndTheReportSaysWhichPropertyToSet() {
        unconfigured.withUserConfiguration(Store.class).run(context -> {
            assertThat(context)
                    .doesNotHaveBean(RapidEngineLoader.class)
                    .doesNotHaveBean(ChatModel.class)
                    .doesNotHaveBean(StreamingChatModel.class)
                    .doesNotHaveBean(EmbeddingModel.class)
                    .doesNotHaveBean(DocumentSplitter.class)
                    .doesNotHaveBean(RetrievalAugmentor.class);
            assertThat(reportOn(RapidAutoConfiguration.class, context)).contains("langchain4j.rapid.target is not set");
        });
    }

    private static String reportOn(Class<?> configuration, AssertableApplicationContext context) {
        StringBuilder report = new StringBuilder();
        ConditionEvaluationReport.get(context.getBeanFactory()).getConditionAndOutcomesBySource().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(configuration.getName()))
                .forEach(entry -> entry.getValue()
                        .forEach(outcome -> report.append(outcome.getOutcome().getMessage())));
        return report.toString();
    }

    @Test
    void aTargetMakesEngineAndModels() {
        unconfigured.withPropertyValues(TARGET).run(context -> {
            assertThat(context)
                    .hasSingleBean(RapidEngineLoader.class)
                    .hasBean("rapidChatModel")
                    .hasBean("rapidStreamingChatModel")
                    .hasBean("rapidDocumentSplitter")
                    .doesNotHaveBean(EmbeddingModel.class)
                    .doesNotHaveBean(RetrievalAugmentor.class);
            RapidEngineLoader loader = context.getBean(RapidEngineLoader.class);
            RapidEngine loaded = context.getBean(RapidEngine.class);
            assertThat(loader.state())
                    .isInstanceOfSatisfying(
                            EngineState.Ready.class,
                            ready -> assertThat(ready.engine()).isSameAs(loaded));

            String text = LighthouseRegister.generate(20, 1).text();
            Document document = Document.from(text);
            assertThat(context.getBean(DocumentSplitter.class).split(document))
                    .isEqualTo(loaded.documentSplitter().split(document));

            context.close();
            assertThat(loader.state()).isEqualTo(new EngineState.Closed());
            assertThatThrownBy(() ->
                            RapidChatModel.builder().engine(loaded).build().chat("Is anybody there?"))
                    .hasMessageContaining("engine is closed");
            assertThatThrownBy(loader::engine).isInstanceOf(RapidUnavailableException.class);
        });
    }

    @Test
    void lazyModelsAreLoadedForTheFirstWhoNeedsThem() {
        lazy.withPropertyValues(EMBEDDING).run(context -> {
            RapidEngineLoader loader = context.getBean(RapidEngineLoader.class);
            ChatModel model = context.getBean(ChatModel.class);
            assertThat(loader.state()).isEqualTo(new EngineState.Waiting());
            assertThat(model.defaultRequestParameters().modelName()).isNull();

            assertThat(model.chat("Who keeps the light?")).isNotBlank();
            assertThat(loader.state()).isInstanceOf(EngineState.Ready.class);
            assertThat(model.defaultRequestParameters().modelName())
                    .isEqualTo(loader.engine().modelName());
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Aspects {

        @Bean
        static BeanNameAutoProxyCreator proxies() {
            BeanNameAutoProxyCreator proxies = new BeanNameAutoProxyCreator();
            proxies.setBeanNames("rapid*Model");
            // as Spring Boot does for aspects
            proxies.setProxyTargetClass(true);
            return proxies;
        }
    }

    @Test
    void aspectsMayBeWovenAroundModels() {
        lazy.withPropertyValues(EMBEDDING).withUserConfiguration(Aspects.class).run(context -> {
            assertThat(AopUtils.isCglibProxy(context.getBean(StreamingChatModel.class)))
                    .isTrue();
            assertThat(context.getBean(EmbeddingModel.class).dimension()).isPositive();
            assertThat(context.getBean(ChatModel.class).chat("Who keeps the light?"))
                    .isNotBlank();
        });
    }

    @Test
    void anEngineOfTheApplicationIsUsedAndNotClosed() {
        unconfigured.withUserConfiguration(OwnEngine.class).run(context -> {
            assertThat(context).hasSingleBean(RapidEngine.class);
            RapidEngineLoader loader = context.getBean(RapidEngineLoader.class);
            assertThat(loader.state()).isEqualTo(new EngineState.Ready(engine, Duration.ZERO));

            context.close();
            assertThat(RapidChatModel.builder().engine(engine).build().chat("Who keeps the light?"))
                    .isNotBlank();
        });
    }

    @Test
    void modelsOfTheApplicationTakeThePlaceOfOurs() {
        lazy.withUserConfiguration(OwnModels.class, OwnEmbeddingModel.class)
                .run(context -> assertThat(context)
                        .hasSingleBean(RapidEngineLoader.class)
                        .hasSingleBean(ChatModel.class)
                        .hasSingleBean(StreamingChatModel.class)
                        .hasSingleBean(DocumentSplitter.class)
                        .hasBean("ownChatModel")
                        .hasBean("ownStreamingChatModel")
                        .hasBean("ownSplitter"));
    }

    @Test
    void anEmbeddingModelNeedsNoEngine() {
        unconfigured.withPropertyValues(EMBEDDING).run(context -> {
            assertThat(context).hasSingleBean(EmbeddingModel.class).doesNotHaveBean(RapidEngineLoader.class);
            EmbeddingModel model = context.getBean(EmbeddingModel.class);
            try (RapidEmbeddingModel itself = RapidEmbeddingModel.builder()
                    .model(LighthouseEmbedding.directory())
                    .build()) {
                assertThat(model.embed("light").content())
                        .isEqualTo(itself.embed("light").content());
                assertThat(model.dimension()).isEqualTo(itself.dimension());
                assertThat(model.modelName()).isEqualTo(itself.modelName());
                assertThat(model.provider()).isEqualTo(itself.provider());
                assertThat(model.supportedParameters()).isEqualTo(itself.supportedParameters());
                assertThat(model.supportedContentTypes()).isEqualTo(itself.supportedContentTypes());
            }
            context.close();
            assertThatThrownBy(() -> model.embed("light")).isInstanceOf(RapidUnavailableException.class);
        });
    }

    @Test
    void anEmbeddingModelOfTheApplicationTakesThePlaceOfTheConfiguredOneWhichIsSaid(CapturedOutput output) {
        lazy.withPropertyValues(EMBEDDING)
                .withUserConfiguration(OwnEmbeddingModel.class)
                .run(context ->
                        assertThat(context).hasSingleBean(EmbeddingModel.class).hasBean("ownEmbeddingModel"));
        assertThat(output).contains("langchain4j.rapid.embedding-model.model is not used");
    }

    @Test
    void withoutEmbeddingModelItIsSaidWhatCannotBeDone(CapturedOutput output) {
        unconfigured
                .withPropertyValues(TARGET, "langchain4j.rapid.draft-context-tokens=64")
                .run(context -> assertThatThrownBy(() -> context.getBean(ChatModel.class)
                                .chat(LighthouseRegister.generate(20, 1).text() + "\n\nWho keeps the light?"))
                        .hasMessageContaining("set langchain4j.rapid.embedding-model.model"));
        assertThat(output).contains("There is no embedding model");
    }

    @Test
    void ofSeveralEmbeddingModelsOneMustBePrimary() {
        ApplicationContextRunner several = lazy.withBean("one", EmbeddingModel.class, () -> mock(EmbeddingModel.class));
        several.withBean("other", EmbeddingModel.class, () -> mock(EmbeddingModel.class))
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasRootCauseInstanceOf(NoUniqueBeanDefinitionException.class)
                        .rootCause()
                        .hasMessageContaining("one,other"));
        several.withBean("other", EmbeddingModel.class, () -> mock(EmbeddingModel.class), bean -> bean.setPrimary(true))
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aStoreAndAnEmbeddingModelMakeAnAugmentor() {
        ApplicationContextRunner store = lazy.withUserConfiguration(Store.class);
        store.withPropertyValues(EMBEDDING)
                .run(context -> assertThat(context)
                        .hasSingleBean(RetrievalAugmentor.class)
                        .hasBean("rapidDocumentIngestor"));
        store.withUserConfiguration(OwnEmbeddingModel.class)
                .run(context -> assertThat(context).hasSingleBean(RetrievalAugmentor.class));
        store.run(context -> assertThat(context).doesNotHaveBean(RetrievalAugmentor.class));
        store.withPropertyValues(EMBEDDING, "langchain4j.rapid.retrieval.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(RetrievalAugmentor.class));
        store.withPropertyValues(EMBEDDING)
                .withBean("own", RetrievalAugmentor.class, () -> mock(RetrievalAugmentor.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(RetrievalAugmentor.class)
                        .hasBean("own"));
        store.withPropertyValues(EMBEDDING)
                .withBean("own", RapidDocumentIngestor.class, () -> null)
                .run(context -> assertThat(context).doesNotHaveBean("rapidDocumentIngestor"));
    }

    @Test
    void ofSeveralStoresOneMustBePrimary() {
        ApplicationContextRunner several = lazy.withPropertyValues(EMBEDDING).withUserConfiguration(Store.class);
        several.withUserConfiguration(SecondStore.class).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(RetrievalAugmentor.class);
            assertThat(reportOn(RapidRetrievalAutoConfiguration.class, context))
                    .contains("found multiple beans 'store', 'second'");
        });
        several.withUserConfiguration(PrimaryStore.class)
                .run(context -> assertThat(context).hasSingleBean(RetrievalAugmentor.class));
    }

    @Test
    void langChain4jsDefaultStoreCountsAndItsContentRetrieverDoesNot() {
        withLangChain4j
                .withPropertyValues(EMBEDDING)
                .run(context -> assertThat(context)
                        .hasSingleBean(RetrievalAugmentor.class)
                        .doesNotHaveBean(ContentRetriever.class));
        withLangChain4j
                .withUserConfiguration(OwnEmbeddingModel.class)
                .run(context -> assertThat(context)
                        .hasSingleBean(RetrievalAugmentor.class)
                        .hasSingleBean(ContentRetriever.class));
    }

    @Test
    void aContentRetrieverOfTheApplicationIsNotSetAside() {
        withLangChain4j
                .withPropertyValues(EMBEDDING)
                .withBean("own", ContentRetriever.class, () -> mock(ContentRetriever.class))
                .run(context -> {
                    assertThat(context).doesNotHaveBean(RetrievalAugmentor.class);
                    assertThat(reportOn(RapidRetrievalAutoConfiguration.class, context))
                            .contains("the application has its own: own");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Listeners {

        @Bean
        @Order(2)
        ChatModelListener second() {
            return mock(ChatModelListener.class);
        }

        @Bean
        @Order(1)
        ChatModelListener first() {
            return mock(ChatModelListener.class);
        }
    }

    @Test
    void listenersHearOnceOfEachRequestInTheirOrder() {
        unconfigured.withUserConfiguration(OwnEngine.class, Listeners.class).run(context -> {
            context.getBean(ChatModel.class).chat("Who keeps the light?");

            ChatModelListener first = context.getBean("first", ChatModelListener.class);
            ChatModelListener second = context.getBean("second", ChatModelListener.class);
            InOrder order = inOrder(first, second);
            order.verify(first).onRequest(any());
            order.verify(second).onRequest(any());
            verify(first).onResponse(any());
            verifyNoMoreInteractions(first);
        });
    }

    @Test
    void theEngineIsMadeOfBeansOfTheApplication() {
        LongTextSelector selector = mock(LongTextSelector.class);
        when(selector.select(any()))
                .thenAnswer(call -> LongTextSelector.byLayout().select(call.getArgument(0)));
        unconfigured
                .withPropertyValues(TARGET)
                .withBean("one", ProgressListener.class, () -> mock(ProgressListener.class))
                .withBean("other", ProgressListener.class, () -> mock(ProgressListener.class))
                .withBean(LongTextSelector.class, () -> selector)
                .run(context -> {
                    verify(context.getBean("one", ProgressListener.class)).onLoaded(any(), anyLong(), any());
                    verify(context.getBean("other", ProgressListener.class)).onLoaded(any(), anyLong(), any());
                    context.getBean(ChatModel.class).chat("Who keeps the light?");
                    verify(selector).select(any());
                });
        unconfigured
                .withPropertyValues("langchain4j.rapid.target=organisation/model")
                .withBean(
                        Hub.class,
                        () -> Hub.builder()
                                .cache(Path.of("/no/such/cache"))
                                .offline(true)
                                .build())
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("/no/such/cache"));
    }

    @Test
    void progressListenersHearOfTheEmbeddingModelsLoading() {
        unconfigured
                .withPropertyValues(EMBEDDING)
                .withBean(ProgressListener.class, () -> mock(ProgressListener.class))
                .run(context -> verify(context.getBean(ProgressListener.class), atLeastOnce())
                        .onLoading(any(), anyLong(), longThat(total -> total > 0)));
    }

    @Test
    void propertiesBecomeDefaultsOfRequests() {
        unconfigured
                .withUserConfiguration(OwnEngine.class)
                .withPropertyValues(
                        "langchain4j.rapid.chat-model.mode=long-context",
                        "langchain4j.rapid.chat-model.temperature=0.5",
                        "langchain4j.rapid.chat-model.timeout=30s",
                        "langchain4j.rapid.chat-model.stop-sequences=END,STOP",
                        "langchain4j.rapid.chat-model.thinking=false",
                        "langchain4j.rapid.chat-model.send-thinking=true",
                        "langchain4j.rapid.streaming-chat-model.return-thinking=true",
                        "langchain4j.rapid.streaming-chat-model.max-thinking-tokens=50",
                        "langchain4j.rapid.streaming-chat-model.margin=40")
                .run(context -> {
                    RapidChatModel chat = RapidChatModel.builder()
                            .engine(engine)
                            .mode(Mode.LONG_CONTEXT)
                            .temperature(0.5)
                            .stopSequences("END", "STOP")
                            .thinking(false)
                            .sendThinking(true)
                            .timeout(Duration.ofSeconds(30))
                            .build();
                    ChatModel model = context.getBean(ChatModel.class);
                    assertThat(model.defaultRequestParameters()).isEqualTo(chat.defaultRequestParameters());
                    assertThat(model.provider()).isEqualTo(chat.provider());
                    assertThat(model.supportedCapabilities()).isEqualTo(chat.supportedCapabilities());

                    RapidStreamingChatModel streaming = RapidStreamingChatModel.builder()
                            .engine(engine)
                            .margin(40.0)
                            .returnThinking(true)
                            .maxThinkingTokens(50)
                            .build();
                    StreamingChatModel streamingModel = context.getBean(StreamingChatModel.class);
                    assertThat(streamingModel.defaultRequestParameters())
                            .isEqualTo(streaming.defaultRequestParameters());
                    assertThat(streamingModel.provider()).isEqualTo(streaming.provider());
                    assertThat(streamingModel.supportedCapabilities()).isEqualTo(streaming.supportedCapabilities());
                });
    }

    @Test
    void requestsAndResponsesAreLoggedIfAskedFor(CapturedOutput output) {
        unconfigured
                .withUserConfiguration(OwnEngine.class)
                .withPropertyValues(
                        "langchain4j.rapid.chat-model.max-output-tokens=2",
                        "langchain4j.rapid.chat-model.log-requests=true",
                        "langchain4j.rapid.streaming-chat-model.max-output-tokens=2",
                        "langchain4j.rapid.streaming-chat-model.log-responses=true",
                        "langchain4j.rapid.streaming-chat-model.log-texts=true")
                .run(context -> {
                    context.getBean(ChatModel.class).chat("Who is there?");
                    assertThat(output).contains("user (13 characters)").doesNotContain("Who is there?", "Response");

                    StreamingChatResponseHandler handler = mock(StreamingChatResponseHandler.class);
                    context.getBean(StreamingChatModel.class).chat("Who is there?", handler);
                    verify(handler, timeout(30_000)).onCompleteResponse(any());
                    assertThat(output).containsPattern("Response \\d+: \\{.*\"type\":\"AI\"");
                });
    }
}
