package dev.rapid4j.retrieval;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingStore;

/** One text's passages, embedded; {@code bytes} is an estimate of the memory they take. */
record Index(EmbeddingStore<TextSegment> store, int segments, int dimension, long bytes) {}
