package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.Passage;
import dev.rapid4j.internal.embedding.TextViews;
import java.util.List;
import java.util.stream.IntStream;

/** Passages in BGE-M3's three views, all of which are scored for a question. */
record HybridIndex(TextViews views, List<TextSegment> segments, long bytes) implements Index {

    /** @param views of the segments; they belong to the index */
    static HybridIndex of(TextViews views, List<TextSegment> segments) {
        return new HybridIndex(views, segments, Index.textBytes(segments) + views.bytes());
    }

    @Override
    public List<Passage> search(Question question, int source, int maxPassages) {
        double[] scores = question.scores(views);
        return IntStream.range(0, scores.length)
                .mapToObj(i -> Index.passage(segments.get(i), source, scores[i]))
                .toList();
    }

    @Override
    public void close() {
        views.close();
    }
}
