package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class RapidObservabilityAutoConfigurationTest {

    private final ApplicationContextRunner withoutEngine = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RapidMetricsAutoConfiguration.class, RapidObservationAutoConfiguration.class));

    private final ApplicationContextRunner withEngine = withoutEngine.withBean(
            RapidEngineLoader.class,
            () -> RapidEngineLoader.loading(
                    LoadMode.LAZY,
                    () -> {
                        throw new AssertionError("nothing here needs the engine");
                    },
                    failure -> new RapidUnavailableException("unexpected", "", failure)));

    @Test
    void thereAreMetersWhereARegistryTakesThem() {
        withEngine
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(EngineMetrics.class)
                        .hasSingleBean(RequestMetrics.class)
                        .hasSingleBean(ChatModelListener.class));
    }

    @Test
    void thereAreObservationsWhereARegistryTakesThem() {
        withEngine
                .withBean(ObservationRegistry.class, ObservationRegistry::create)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(RequestObservations.class)
                        .hasSingleBean(ChatModelListener.class));
    }

    @Test
    void thereIsNothingWithoutRegistries() {
        withEngine.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(EngineMetrics.class)
                .doesNotHaveBean(ChatModelListener.class));
    }

    @Test
    void thereIsNothingWithoutAnEngine() {
        withoutEngine
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(ObservationRegistry.class, ObservationRegistry::create)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(EngineMetrics.class)
                        .doesNotHaveBean(ChatModelListener.class));
    }

    @Test
    void theLibrariesAreOptional() {
        withEngine
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ChatModelListener.class));
    }
}
