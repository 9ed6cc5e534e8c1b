package dev.rapid4j.internal.architecture;

/** What a network is read as. */
enum NetworkKind {
    DECODER,
    ENCODER
}
