package dev.rapid4j.samples.webchat.chat;

/**
 * A text that questions are asked about.
 *
 * @param name what the user calls it; text, never a path
 * @param tokens as the model counts, give or take a few
 */
public record Document(String id, String name, String text, int tokens) {}
