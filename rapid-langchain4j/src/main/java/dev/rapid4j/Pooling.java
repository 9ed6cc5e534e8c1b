package dev.rapid4j;

/** How the vectors of a text's tokens become the one of the text. */
public enum Pooling {
    /** That of the first token. */
    CLS,
    /** Their mean, that of the start and end tokens included. */
    MEAN,
    /** That of the last token, which alone has seen all of a text where each sees those before it. */
    LAST
}
