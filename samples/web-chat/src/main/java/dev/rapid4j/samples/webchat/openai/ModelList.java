package dev.rapid4j.samples.webchat.openai;

import java.time.Instant;
import java.util.List;

/** The body of {@code GET /v1/models}. */
record ModelList(String object, List<Model> data) {

    /**
     * The body of {@code GET /v1/models/{id}}.
     *
     * @param created seconds since 1970
     * @param contextLength an extension: most tokens of a prompt with its answer; {@code null} for an embedding model
     */
    record Model(String id, String object, long created, String ownedBy, Integer contextLength) {

        static Model of(String name, Instant created, Integer contextLength) {
            return new Model(name, "model", created.getEpochSecond(), "rapid4j", contextLength);
        }
    }

    static ModelList of(List<Model> models) {
        return new ModelList("list", models);
    }
}
