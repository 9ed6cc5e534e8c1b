package dev.rapid4j.internal.tokenizer;

import java.util.Objects;

/**
 * A piece of a prompt.
 *
 * @param trusted whether it may contain control tokens: the chat template's own text may, text from users and documents
 *     never
 */
public record TextSpan(String text, boolean trusted) {

    public TextSpan {
        Objects.requireNonNull(text, "text");
    }
}
