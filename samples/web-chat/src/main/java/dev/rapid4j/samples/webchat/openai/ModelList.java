package dev.rapid4j.samples.webchat.openai;

import dev.rapid4j.RapidEngine;
import java.time.Instant;
import java.util.List;

/** The body of {@code GET /v1/models}. */
record ModelList(String object, List<Model> data) {

    /**
     * The body of {@code GET /v1/models/{id}}.
     *
     * @param created seconds since 1970
     * @param contextLength an extension: most tokens of a prompt with its answer
     */
    record Model(String id, String object, long created, String ownedBy, int contextLength) {

        static Model of(RapidEngine engine, Instant created) {
            return new Model(engine.modelName(), "model", created.getEpochSecond(), "rapid4j", engine.contextLength());
        }
    }

    static ModelList of(Model model) {
        return new ModelList("list", List.of(model));
    }
}
