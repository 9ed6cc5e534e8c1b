package dev.rapid4j.checkpoint;

/** A piece of a prompt; only trusted pieces may contain control tokens. */
public record TextSpan(String text, boolean trusted) {}
