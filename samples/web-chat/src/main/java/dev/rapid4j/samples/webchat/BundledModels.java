package dev.rapid4j.samples.webchat;

import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * The bundled models, and what suits them, where {@code langchain4j.rapid.target} is not set. Another model gets none
 * of this.
 */
final class BundledModels implements EnvironmentPostProcessor {

    private static final String PREFIX = "langchain4j.rapid.";

    private static final Map<String, Object> ENGINE = Map.of(
            PREFIX + "model-name", "lighthouse", PREFIX + "passage-tokens", 128, PREFIX + "draft-context-tokens", 1024);

    /** The target is small and often sure of something wrong, so it is to learn much from its drafter. */
    private static final Map<String, Object> ANSWERS =
            Map.of("temperature", 0.5, "margin", 40, "draft-tokens", 32, "max-output-tokens", 256);

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (environment.containsProperty(PREFIX + "target")
                || !environment.getProperty("web-chat.bundled-models", Boolean.class, true)) {
            return;
        }
        Map<String, Object> properties = new HashMap<>(ENGINE);
        properties.put(PREFIX + "target", LighthouseModel.directory().toString());
        properties.put(
                PREFIX + "embedding-model.model",
                LighthouseEmbedding.directory().toString());
        ANSWERS.forEach((name, value) -> {
            properties.put(PREFIX + "chat-model." + name, value);
            properties.put(PREFIX + "streaming-chat-model." + name, value);
        });
        environment.getPropertySources().addLast(new MapPropertySource("bundled models", properties));
    }
}
