package dev.rapid4j.samples.webchat.openai;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of {@code /v1}.
 *
 * @param apiKey what clients must send as {@code Authorization: Bearer}; nothing is asked for if it is empty
 * @param maxRequestSize longest body of a request
 */
@ConfigurationProperties("web-chat")
record OpenAiProperties(
        @DefaultValue("") String apiKey,
        @DefaultValue("16MB") DataSize maxRequestSize) {}
