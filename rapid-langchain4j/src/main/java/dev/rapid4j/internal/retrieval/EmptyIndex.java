package dev.rapid4j.internal.retrieval;

import dev.rapid4j.Passage;
import java.util.List;

/** A blank text has no passages. */
record EmptyIndex() implements Index {

    @Override
    public List<Passage> search(Question question, int source, int maxPassages) {
        return List.of();
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void close() {}
}
