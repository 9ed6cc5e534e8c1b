package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.internal.embedding.TextEmbedder;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Scores texts as passages are scored, whether they are kept or not. */
record PassageScoringModel(TextEmbedder embedder, PassageRanking ranking) implements ScoringModel {

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        if (segments.isEmpty()) {
            return Response.from(List.of());
        }
        try {
            return switch (ranking) {
                case DENSE -> cosines(segments, query);
                case HYBRID -> embedder.viewModel().orElseThrow().scoringModel().scoreAll(segments, query);
            };
        } catch (CancellationException e) {
            throw new LangChain4jException("The thread was interrupted while texts were scored", e);
        }
    }

    private Response<List<Double>> cosines(List<TextSegment> segments, String query) {
        Response<Embedding> question = embedder.question(query);
        Response<List<Embedding>> passages = embedder.passages(segments, (embedded, total) -> {});
        return Response.from(
                passages.content().stream()
                        .map(passage -> CosineSimilarity.between(question.content(), passage))
                        .toList(),
                TokenUsage.sum(question.tokenUsage(), passages.tokenUsage()));
    }
}
