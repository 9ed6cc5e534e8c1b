package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.embedding.TextViews;
import java.util.Optional;

/** A question, embedded once for all the indexes it is put to, when the first one asks for it. */
final class Question implements AutoCloseable {

    private final String text;
    private final TextEmbedder embedder;
    private Optional<Embedding> dense = Optional.empty();
    private Optional<TextViews> views = Optional.empty();

    Question(String text, TextEmbedder embedder) {
        this.text = text;
        this.embedder = embedder;
    }

    /** @param dimension what the passages have */
    Embedding dense(int dimension) {
        Embedding embedding = dense.orElseGet(() -> embedder.question(text).content());
        dense = Optional.of(embedding);
        if (embedding.dimension() != dimension) {
            throw new LangChain4jException(
                    "The embedding model " + embedder.model().modelName() + " returned a vector of "
                            + embedding.dimension() + " dimensions for the question, but " + dimension
                            + " for the text; use one embedding model that always returns the same number");
        }
        return embedding;
    }

    /** How well each of the passages answers it. */
    double[] scores(TextViews passages) {
        if (views.isEmpty()) {
            views = Optional.of(embedder.questionViews(text));
        }
        return embedder.scores(views.get(), passages);
    }

    @Override
    public void close() {
        views.ifPresent(TextViews::close);
    }
}
