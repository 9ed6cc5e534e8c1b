package dev.rapid4j.docs;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;

/** The code of docs/choosing-a-model.md. */
final class ChoosingAModel {

    private ChoosingAModel() {}

    static void memory(EmbeddingModel embeddingModel, String document) {
        try (RapidEngine engine = RapidEngine.builder()
                .target("ollama:qwen2.5:7b")
                .targetWeights(WeightFormat.INT8)
                .embeddingModel(embeddingModel)
                .build()) {
            engine.preload(document); // reads it
            EngineStatus status = engine.status();
            System.out.printf(
                    "weights %,d bytes and %,d memory-mapped, KV caches %,d of %,d bytes%n",
                    status.target().weightBytes(),
                    status.target().mappedBytes(),
                    status.cacheBytes(),
                    status.maxCacheBytes());
        }
    }
}
