package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.Passage;
import java.util.List;

/** One text's passages, embedded. */
sealed interface Index extends AutoCloseable permits DenseIndex, EmptyIndex, HybridIndex {

    /**
     * The passages that answer a question best, in any order; more than asked for do no harm.
     *
     * @param source the number of the text, for the passages
     */
    List<Passage> search(Question question, int source, int maxPassages);

    /** An estimate of the memory it takes, native memory included. */
    long bytes();

    /** Frees native memory. */
    @Override
    void close();

    static Passage passage(TextSegment segment, int source, double score) {
        return new Passage(
                segment.text(),
                source,
                segment.metadata().getInteger(TokenDocumentSplitter.START),
                segment.metadata().getInteger(TokenDocumentSplitter.END),
                segment.metadata().getInteger(TokenDocumentSplitter.INDEX),
                score);
    }

    /** Memory of the texts themselves. */
    static long textBytes(List<TextSegment> segments) {
        return segments.stream()
                .mapToLong(segment -> (long) segment.text().length() * Character.BYTES)
                .sum();
    }
}
