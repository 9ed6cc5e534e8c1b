package dev.rapid4j;

/** How the vectors of a text's tokens become the one of the text. */
public enum Pooling {
    /** That of the first token. */
    CLS,
    /** Their mean, that of the start and end tokens included. */
    MEAN
}
