/**
 * Retrieval-augmented speculative decoding (RAPID, arXiv 2502.20330): drafters, the verification by the target, the
 * generation loop, the KV caches of recent conversations, and what is measured on the way. Works on tokens; knows
 * neither chat messages nor LangChain4j.
 */
package dev.rapid4j.internal.decoding;
