package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/**
 * What an embedding model was trained to see before a text, as {@code config_sentence_transformers.json} says.
 *
 * @param query before a question
 * @param document before a document
 * @param other before a text that is said to be neither
 */
public record SentencePrompts(Optional<String> query, Optional<String> document, Optional<String> other) {

    private static final String PROMPTS = "prompts";
    private static final int MAX_CHARACTERS = 10_000;

    static SentencePrompts read(CheckpointFolder folder) {
        Optional<JsonFile> file = folder.optional(EncoderFiles.PROMPTS);
        if (file.isEmpty() || !file.get().has(PROMPTS)) {
            return new SentencePrompts(Optional.empty(), Optional.empty(), Optional.empty());
        }
        return new SentencePrompts(
                prompt(file.get(), "query"),
                prompt(file.get(), "document").or(() -> prompt(file.get(), "passage")),
                Optional.of(file.get().text("default_prompt_name", ""))
                        .filter(name -> !name.isEmpty())
                        .flatMap(name -> prompt(file.get(), name)));
    }

    /** An empty one, which sentence-transformers writes where there is none, counts as none. */
    private static Optional<String> prompt(JsonFile file, String name) {
        JsonNode prompt = file.object(PROMPTS).root().path(name);
        if (prompt.isMissingNode() || prompt.isNull()) {
            return Optional.empty();
        }
        if (!prompt.isTextual() || prompt.textValue().length() > MAX_CHARACTERS) {
            throw file.invalid(PROMPTS, "texts of up to %,d characters are needed".formatted(MAX_CHARACTERS));
        }
        return Optional.of(prompt.textValue()).filter(text -> !text.isEmpty());
    }
}
