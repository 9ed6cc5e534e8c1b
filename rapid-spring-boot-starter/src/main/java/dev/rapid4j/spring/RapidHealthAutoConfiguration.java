package dev.rapid4j.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The engine in the health endpoint of Spring Boot 4. */
@AutoConfiguration(after = RapidAutoConfiguration.class)
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
