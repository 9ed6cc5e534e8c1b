/**
 * Text encoders as LangChain4j's embedding and scoring models:
 * {@link dev.rapid4j.internal.embedding.EncoderEmbeddingModel}, its three views of a text, and how they are weighed
 * against each other.
 */
package dev.rapid4j.internal.embedding;
