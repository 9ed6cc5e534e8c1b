package dev.rapid4j.spring;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Micrometer's meters of the engine and its requests, where a registry takes them. */
@AutoConfiguration(
        after = RapidAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            // Spring Boot 3
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, RapidEngineLoader.class})
class RapidMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EngineMetrics rapidEngineMetrics(RapidEngineLoader loader) {
        return new EngineMetrics(loader);
    }

    @Bean
    @ConditionalOnMissingBean
    RequestMetrics rapidRequestMetrics(MeterRegistry registry, RapidEngineLoader loader) {
        return new RequestMetrics(registry, loader);
    }
}
