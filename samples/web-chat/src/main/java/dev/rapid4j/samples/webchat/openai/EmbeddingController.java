package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
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
        Response<List<Double>> scored = model.score(documents, asked.query());
        List<Double> scores = scored.content();
        List<RerankRequest.Result> results = IntStream.range(0, documents.size())
                .boxed()
                // of equals the first comes first
                .sorted(Comparator.comparing(scores::get, Comparator.reverseOrder()))
                .limit(asked.most())
                .map(index -> new RerankRequest.Result(
                        index, RerankRequest.relevance(scores.get(index)), asked.returned(documents.get(index))))
                .toList();
        int tokens = EmbeddingsRequest.tokens(scored.tokenUsage());
        return json(new RerankRequest.Ranking(
                "rerank-" + UUID.randomUUID(), asked.model(), results, new EmbeddingsRequest.Usage(tokens, tokens)));
    }

    private static ResponseEntity<String> json(Object body) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(body));
    }
}
