/**
 * Models by their names: a folder as Hugging Face publishes them, a GGUF file, or one of the hub or Ollama's, opened
 * and checked. What network they hold is the matter of {@link dev.rapid4j.internal.architecture}.
 */
package dev.rapid4j.internal.checkpoint;
