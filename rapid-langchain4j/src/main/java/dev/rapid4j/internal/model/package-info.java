/**
 * The networks on the engine: a decoder-only language model (its weights, its KV cache, prefill and logits), and a text
 * encoder (its weights, and the vectors of texts and tokens).
 */
package dev.rapid4j.internal.model;
