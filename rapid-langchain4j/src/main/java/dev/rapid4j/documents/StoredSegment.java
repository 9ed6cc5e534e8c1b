package dev.rapid4j.documents;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import java.util.OptionalDouble;

/**
 * A segment as the store returned it.
 *
 * @param score relevance to the question, from 0 to 1
 * @param rerankedScore that of the scoring model, if there is one
 */
record StoredSegment(
        TextSegment segment, SegmentMetadata place, String embeddingId, double score, OptionalDouble rerankedScore) {

    static StoredSegment of(EmbeddingMatch<TextSegment> match, String documentIdKey) {
        return new StoredSegment(
                match.embedded(),
                SegmentMetadata.of(match.embedded().metadata(), documentIdKey),
                match.embeddingId(),
                match.score(),
                OptionalDouble.empty());
    }

    StoredSegment withRerankedScore(double rerankedScore) {
        return new StoredSegment(segment, place, embeddingId, score, OptionalDouble.of(rerankedScore));
    }

    String text() {
        return segment.text();
    }
}
