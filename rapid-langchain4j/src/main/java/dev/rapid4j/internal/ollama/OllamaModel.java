package dev.rapid4j.internal.ollama;

import java.nio.file.Path;

/**
 * A model of Ollama's.
 *
 * @param name as {@code ollama list} prints it
 * @param weights its GGUF file
 */
public record OllamaModel(String name, Path weights) {}
