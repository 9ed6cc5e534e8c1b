package dev.rapid4j;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.util.List;

/**
 * What was found for one question.
 *
 * @param passages the passages in the order they have in the text, text by text
 * @param elapsed time taken, indexing included
 * @param fromCache whether every long text had been indexed before, so that only the question was embedded
 */
public record Retrieval(List<Passage> passages, Duration elapsed, boolean fromCache) {

    public Retrieval {
        passages = List.copyOf(passages);
    }

    /** The passages of one long text, joined by blank lines; empty if there are none. */
    public String joined(int source) {
        return passages.stream()
                .filter(passage -> passage.source() == source)
                .map(Passage::text)
                .collect(joining("\n\n"));
    }
}
