package dev.rapid4j.spring.boot3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.spring.RapidAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class RapidHealthAutoConfigurationTest {

    private static final String INDICATOR = "rapidHealthIndicator";

    private final ApplicationContextRunner withoutEngine = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RapidAutoConfiguration.class, RapidHealthAutoConfiguration.class));

    private final ApplicationContextRunner withEngine =
            withoutEngine.withPropertyValues("langchain4j.rapid.target=not-needed", "langchain4j.rapid.load=lazy");

    @Test
    void theseTestsAndTheStartersRunOnSpringBoot3() {
        assertThat(SpringBootVersion.getVersion()).startsWith("3.5.");
    }

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
    void actuatorIsOptional() {
        withEngine
                .withClassLoader(new FilteredClassLoader(HealthIndicator.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
    }
}
