/** GGUF files, as llama.cpp and Ollama use them: what is said about a model, and where its weights lie. */
package dev.rapid4j.internal.gguf;
