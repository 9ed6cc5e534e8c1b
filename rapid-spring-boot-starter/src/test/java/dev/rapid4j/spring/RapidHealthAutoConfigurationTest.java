package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class RapidHealthAutoConfigurationTest {

    private static final String INDICATOR = "rapidHealthIndicator";

    private final ApplicationContextRunner withoutEngine =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(RapidHealthAutoConfiguration.class));

    private final ApplicationContextRunner withEngine = withoutEngine.withBean(
            RapidEngineLoader.class,
            () -> RapidEngineLoader.loading(
                    LoadMode.LAZY,
                    () -> {
                        throw new AssertionError("nothing here needs the engine");
                    },
                    failure -> new RapidUnavailableException("unexpected", "", failure)));

    @Test
    void theEngineIsInTheHealthEndpoint() {
        withEngine.run(context -> {
            Health health = context.getBean(INDICATOR, HealthIndicator.class).health();
            assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
            assertThat(health.getDetails()).containsKey("state");
        });
    }

    @Test
    void itCanBeDisabled() {
        withEngine
                .withPropertyValues("management.health.rapid.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
    }

    @Test
    void itCanBeTheOnlyOneThatIsNotDisabled() {
        withEngine
                .withPropertyValues("management.health.defaults.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
        withEngine
                .withPropertyValues("management.health.defaults.enabled=false", "management.health.rapid.enabled=true")
                .run(context -> assertThat(context).hasBean(INDICATOR));
    }

    @Test
    void anApplicationsOwnIndicatorTakesItsPlace() {
        HealthIndicator own = () -> Health.up().build();
        withEngine
                .withBean(INDICATOR, HealthIndicator.class, () -> own)
                .run(context ->
                        assertThat(context.getBean(HealthIndicator.class)).isSameAs(own));
    }

    @Test
    void thereIsNoneWithoutAnEngine() {
        withoutEngine.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
    }

    @Test
    void springBootsHealthIsOptional() {
        withEngine
                .withClassLoader(new FilteredClassLoader(HealthIndicator.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
    }
}
