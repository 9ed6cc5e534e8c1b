package dev.rapid4j.internal.embedding;

import static dev.langchain4j.model.embedding.request.EmbeddingInputType.DOCUMENT;
import static dev.langchain4j.model.embedding.request.EmbeddingInputType.QUERY;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.RankingWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Scores texts by all three views of BGE-M3. */
record ViewScoringModel(EncoderEmbeddingModel model, RankingWeights weights) implements ScoringModel {

    /** Tokens, and one more text, whose views are kept at once: of BGE-M3 2 KB each. */
    private static final int TOKENS = 1 << 16;

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        if (segments.isEmpty()) {
            return Response.from(List.of());
        }
        List<int[]> asked = model.encode(List.of(query), Optional.of(QUERY));
        List<int[]> texts =
                model.encode(segments.stream().map(TextSegment::text).toList(), Optional.of(DOCUMENT));
        List<Double> scores = new ArrayList<>(texts.size());
        try (TextViews question = model.views(asked)) {
            while (scores.size() < texts.size()) {
                try (TextViews passages = model.views(next(texts, scores.size()))) {
                    for (double score : passages.score(question, weights)) {
                        scores.add(score);
                    }
                }
            }
        }
        return Response.from(scores, TokenUsage.sum(model.tokenUsage(asked), model.tokenUsage(texts)));
    }

    private static List<int[]> next(List<int[]> texts, int from) {
        int to = from;
        for (int tokens = 0; to < texts.size() && tokens < TOKENS; to++) {
            tokens += texts.get(to).length;
        }
        return texts.subList(from, to);
    }
}
