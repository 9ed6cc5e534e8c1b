package dev.rapid4j.docs;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.BgeM3Embedding;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidScoringModel;
import java.util.List;

/** The code of docs/embedding.md. */
final class Encoders {

    private Encoders() {}

    static void embedding() {
        try (RapidEmbeddingModel model = RapidEmbeddingModel.builder().build()) { // BAAI/bge-m3, from the hub
            Embedding embedding =
                    model.embed("Who keeps the light at Cape Salholm?").content();
            System.out.println(embedding.dimension()); // 1024

            BgeM3Embedding views =
                    model.embedViews(List.of("The tower was built in 1893.")).get(0);
            views.lexicalWeights()
                    .forEach((token, weight) -> System.out.println(model.tokenText(token) + ": " + weight));
        }
    }

    static void reranker() {
        try (RapidScoringModel model = RapidScoringModel.builder().build()) { // BAAI/bge-reranker-v2-m3, from the hub
            double score = model.score("The tower was built in 1893.", "How old is the tower?")
                    .content();
            System.out.println(score); // from 0 to 1
        }
    }

    static EmbeddingModel anotherEncoder() {
        EmbeddingModel embeddingModel = RapidEmbeddingModel.builder()
                .model("intfloat/multilingual-e5-small")
                .queryPrefix("query: ")
                .documentPrefix("passage: ")
                .build();
        return embeddingModel;
    }
}
