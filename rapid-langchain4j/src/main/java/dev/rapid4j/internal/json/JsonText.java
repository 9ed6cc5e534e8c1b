package dev.rapid4j.internal.json;

import java.nio.file.Path;

/**
 * A JSON object that stands for what a file of another kind says.
 *
 * @param file for messages
 * @param utf8 the JSON; not copied
 */
public record JsonText(Path file, byte[] utf8) {}
