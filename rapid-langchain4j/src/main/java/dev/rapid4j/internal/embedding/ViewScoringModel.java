package dev.rapid4j.internal.embedding;

import static dev.langchain4j.model.embedding.request.EmbeddingInputType.DOCUMENT;
import static dev.langchain4j.model.embedding.request.EmbeddingInputType.QUERY;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.RankingWeights;
import java.util.Arrays;
import java.util.List;

/** Scores texts by all three views of BGE-M3. */
record ViewScoringModel(EncoderEmbeddingModel model, RankingWeights weights) implements ScoringModel {

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        if (segments.isEmpty()) {
            return Response.from(List.of());
        }
        List<String> texts = segments.stream().map(TextSegment::text).toList();
        try (TextViews question = model.views(List.of(query), QUERY, (embedded, total) -> {});
                TextViews passages = model.views(texts, DOCUMENT, (embedded, total) -> {})) {
            return Response.from(
                    Arrays.stream(passages.score(question, weights)).boxed().toList());
        }
    }
}
