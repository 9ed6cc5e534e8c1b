package dev.rapid4j.spring;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Micrometer's observations of requests, which become spans where there is a tracer. */
@AutoConfiguration(
        after = RapidAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            // Spring Boot 3
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration"
        })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ObservationRegistry.class, RapidEngineLoader.class})
class RapidObservationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RequestObservations rapidRequestObservations(ObservationRegistry registry, RapidEngineLoader loader) {
        return new RequestObservations(registry, loader);
    }
}
