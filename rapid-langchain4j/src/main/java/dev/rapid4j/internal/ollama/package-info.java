/** The models that Ollama has on this machine: found by their names in its store, which is read and never written. */
package dev.rapid4j.internal.ollama;
