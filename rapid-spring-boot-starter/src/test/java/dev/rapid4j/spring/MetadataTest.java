package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.Hub;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.test.util.ReflectionTestUtils;

/** What an IDE knows about the properties. */
class MetadataTest {

    private final List<JsonNode> properties = new ArrayList<>();

    MetadataTest() throws IOException {
        for (URL file : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream json = file.openStream()) {
                new ObjectMapper().readTree(json).path("properties").forEach(properties::add);
            }
        }
        properties.removeIf(property -> !property.path("name").asText().startsWith(RapidProperties.PREFIX + "."));
    }

    @Test
    void everyPropertyHasATypeAndADescription() {
        assertThat(properties).hasSizeGreaterThan(60).allSatisfy(property -> {
            assertThat(property.path("type").asText()).isNotBlank();
            assertThat(property.path("description").asText())
                    .as(property.path("name").asText())
                    .matches("(?s)[A-Z0-9].*\\.");
        });
    }

    /** If all stated defaults are set, nothing is other than if nothing is set. */
    @Test
    void theDefaultsStatedAreTheLibrarys() throws ClassNotFoundException {
        Map<String, Object> stated = new TreeMap<>();
        for (JsonNode property : properties) {
            if (property.has("defaultValue")) {
                stated.put(
                        property.path("name").asText(),
                        property.path("defaultValue").asText());
            }
        }
        RapidProperties defaults = new Binder(new MapConfigurationPropertySource(stated))
                .bindOrCreate(RapidProperties.PREFIX, RapidProperties.class);

        assertThat(stated).hasSizeGreaterThan(35);
        assertThat(defaults.settings().applyTo(RapidEngine.builder()))
                .usingRecursiveComparison()
                .ignoringFields("given")
                .isEqualTo(RapidEngine.builder());
        assertThat(defaults.hub().build())
                .usingRecursiveComparison()
                .ignoringFields("files.listener", "files.usableSpace")
                .isEqualTo(Hub.builder().build());
        assertThat(defaults.embeddingModel().settings().applyTo(RapidEmbeddingModel.builder()))
                .usingRecursiveComparison()
                .ignoringFields("encoder.source", "encoder.progressListener")
                .isEqualTo(RapidEmbeddingModel.builder());
        assertThat(defaults.retrieval().settings().applyTo(RapidRetrievalAugmentor.builder()))
                .usingRecursiveComparison()
                .ignoringFields("filter", "queryTransformer", "texts")
                .isEqualTo(RapidRetrievalAugmentor.builder());
        for (RapidChatRequestParameters parameters : List.of(
                defaults.chatModel().parameters(), defaults.streamingChatModel().parameters())) {
            assertThat(RapidChatRequestParameters.DEFAULT.overrideWith(parameters))
                    .usingRecursiveComparison()
                    .ignoringFields("maxOutputTokens")
                    .isEqualTo(RapidChatRequestParameters.DEFAULT);
            assertThat(parameters.maxOutputTokens())
                    .isEqualTo(ReflectionTestUtils.getField(
                            Class.forName("dev.rapid4j.internal.engine.PromptFitter"), "DEFAULT_OUTPUT_TOKENS"));
        }
    }
}
