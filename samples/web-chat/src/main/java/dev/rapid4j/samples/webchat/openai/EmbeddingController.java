package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.langchain4j.store.embedding.RelevanceScore;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /v1/embeddings}, which is OpenAI's, and {@code /v1/rerank}, as Jina and Cohere have it. */
@RestController
@RequestMapping("/v1")
class EmbeddingController {

    private final ServedEmbeddingModel model;
    private final RequestBodies bodies;

    EmbeddingController(ServedEmbeddingModel model, RequestBodies bodies) {
        this.model = model;
        this.bodies = bodies;
    }

    @PostMapping("/embeddings")
    ResponseEntity<String> embed(HttpServletRequest request) {
        EmbeddingsRequest asked = Json.read(bodies.read(request), EmbeddingsRequest.class);
        model.check(asked.model());
        List<String> texts = asked.texts();
        EmbeddingResponse response = model.embed(texts, asked.type(), asked.dimensions());
        return json(EmbeddingsRequest.Embeddings.of(asked, response));
    }

    @PostMapping("/rerank")
    ResponseEntity<String> rerank(HttpServletRequest request) {
        RerankRequest asked = Json.read(bodies.read(request), RerankRequest.class);
        model.check(asked.model());
        List<String> documents = asked.texts();
        EmbeddingResponse query = model.embed(List.of(asked.query()), EmbeddingInputType.QUERY, null);
        EmbeddingResponse found = model.embed(documents, EmbeddingInputType.DOCUMENT, null);
        Embedding wanted = query.embeddings().get(0);
        List<RerankRequest.Result> results = IntStream.range(0, documents.size())
                .mapToObj(index -> new RerankRequest.Result(
                        index, relevance(wanted, found.embeddings().get(index)), asked.returned(documents.get(index))))
                // of equals the first comes first
                .sorted(Comparator.comparingDouble(RerankRequest.Result::relevanceScore)
                        .reversed())
                .limit(asked.most())
                .toList();
        int tokens = EmbeddingsRequest.tokens(query) + EmbeddingsRequest.tokens(found);
        return json(new RerankRequest.Ranking(
                "rerank-" + UUID.randomUUID(), asked.model(), results, new EmbeddingsRequest.Usage(tokens, tokens)));
    }

    /** Rounding brings a vector's cosine with itself beyond 1. */
    private static double relevance(Embedding query, Embedding document) {
        return Math.max(0, Math.min(1, RelevanceScore.fromCosineSimilarity(CosineSimilarity.between(query, document))));
    }

    private static ResponseEntity<String> json(Object body) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(body));
    }
}
