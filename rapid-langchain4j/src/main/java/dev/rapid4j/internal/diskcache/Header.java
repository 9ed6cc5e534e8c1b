package dev.rapid4j.internal.diskcache;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a file says of itself.
 *
 * @param key what it is found by
 * @param parent of what it depends on
 * @param label what tells its content apart from all others of the same parent
 */
public record Header(Kind kind, Key key, Key parent, byte[] label) {

    /** What a file holds. */
    public enum Kind {
        /** Keys and values of {@link TokenBlocks#TOKENS} tokens; the label is the tokens, the parent those before. */
        KEYS_AND_VALUES,
        /** Passages of a text with their embeddings; the parent is the text. */
        EMBEDDINGS
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Header header
                && kind == header.kind
                && key.equals(header.key)
                && parent.equals(header.parent)
                && Arrays.equals(label, header.label);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, key);
    }

    @Override
    public String toString() {
        return kind + " " + key.hex();
    }
}
