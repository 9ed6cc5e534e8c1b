package dev.rapid4j.spring;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of RAPID.
 *
 * @param target model that reads the whole text and writes the answer
 * @param load when models are loaded
 */
@ConfigurationProperties("langchain4j.rapid")
public record RapidProperties(
        String target, @DefaultValue("eager") LoadMode load) {}
