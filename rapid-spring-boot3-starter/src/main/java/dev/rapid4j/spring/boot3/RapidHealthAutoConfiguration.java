package dev.rapid4j.spring.boot3;

import dev.rapid4j.spring.EngineHealth;
import dev.rapid4j.spring.RapidEngineLoader;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The engine in the health endpoint of Spring Boot 3. */
@AutoConfiguration(afterName = "dev.rapid4j.spring.RapidAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnEnabledHealthIndicator("rapid")
@ConditionalOnBean(RapidEngineLoader.class)
class RapidHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "rapidHealthIndicator")
    HealthIndicator rapidHealthIndicator(RapidEngineLoader loader) {
        return () -> {
            EngineHealth health = EngineHealth.of(loader.state());
            return Health.status(health.status()).withDetails(health.details()).build();
        };
    }
}
