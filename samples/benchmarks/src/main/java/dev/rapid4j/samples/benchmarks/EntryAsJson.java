package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import java.util.List;

/** A question for an entry of a register as JSON, and the schema to which its answer can be held. */
final class EntryAsJson {

    static final JsonObjectSchema SCHEMA = JsonObjectSchema.builder()
            .addStringProperty("place")
            .addIntegerProperty("heightInMetres")
            .addEnumProperty("coast", List.of("northern", "southern", "eastern", "western"))
            .addStringProperty("keeper")
            .addEnumProperty("colour", List.of("white", "red", "green", "amber", "blue", "violet"))
            .addIntegerProperty("secondsBetweenFlashes")
            .addIntegerProperty("yearBuilt")
            .addStringProperty("builder")
            .required(
                    "place",
                    "heightInMetres",
                    "coast",
                    "keeper",
                    "colour",
                    "secondsBetweenFlashes",
                    "yearBuilt",
                    "builder")
            .additionalProperties(false)
            .build();

    static final ResponseFormat FORMAT = ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(JsonSchema.builder().name("entry").rootElement(SCHEMA).build())
            .build();

    private EntryAsJson() {}

    static String question(Lighthouse lighthouse) {
        return "Give the entry for %s as a JSON object with the properties %s. Answer with the JSON alone."
                .formatted(
                        lighthouse.place(),
                        String.join(", ", SCHEMA.properties().keySet()));
    }
}
