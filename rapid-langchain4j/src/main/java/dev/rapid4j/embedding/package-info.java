/**
 * Text encoders as LangChain4j's embedding and scoring models: {@link dev.rapid4j.embedding.BgeM3EmbeddingModel}, its
 * three views of a text, and how they are weighed against each other.
 *
 * <p>{@link dev.rapid4j.embedding.TextViews} and {@link dev.rapid4j.embedding.TextEmbedder} are internal.
 */
package dev.rapid4j.embedding;
