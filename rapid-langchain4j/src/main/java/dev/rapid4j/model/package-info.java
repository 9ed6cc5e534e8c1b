/**
 * A decoder-only language model on the engine: its weights, its KV cache, prefill and logits.
 *
 * <p>Internal, but for {@link dev.rapid4j.model.Precision}.
 */
package dev.rapid4j.model;
