package dev.rapid4j.internal.decoding;

/**
 * What was removed of a text.
 *
 * @param caches KV caches in memory
 * @param blocks files on the disk
 */
public record Forgotten(int caches, int blocks) {}
