package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Where references inside a schema lead. */
final class References {

    private References() {}

    /**
     * A place in the whole schema, or else in one around the reference, the nearest first: who puts a schema into
     * another one often leaves the definitions in it.
     *
     * @param place of the schema with the reference
     * @param reference such as {@code #/$defs/name}
     * @return empty if there is nothing, or the reference is of another kind
     */
    static Optional<JsonPointer> target(JsonNode whole, JsonPointer place, String reference) {
        if (!reference.startsWith("#")) {
            return Optional.empty();
        }
        JsonPointer pointer;
        try {
            pointer = JsonPointer.compile(
                    URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (!whole.at(pointer).isMissingNode()) {
            return Optional.of(pointer);
        }
        for (JsonPointer around = place; around != null; around = around.head()) {
            JsonPointer inside = around.append(pointer);
            if (!whole.at(inside).isMissingNode()) {
                return Optional.of(inside);
            }
        }
        return Optional.empty();
    }
}
