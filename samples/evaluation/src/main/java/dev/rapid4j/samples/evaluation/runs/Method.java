package dev.rapid4j.samples.evaluation.runs;

import dev.rapid4j.Mode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The paper's method and those it is compared with, in the order of its tables. */
public enum Method {
    LONG_CONTEXT("Long context", Mode.LONG_CONTEXT),
    LOOKUP("Long context, drafts from the text", Mode.LONG_CONTEXT),
    CLASSIC_RAG("Classic RAG (LangChain4j)", Mode.LONG_CONTEXT),
    RETRIEVAL_ONLY("Retrieval only", Mode.RETRIEVAL_ONLY),
    PASSAGE_ATTENTION("Passage attention", Mode.PASSAGE_ATTENTION),
    SPECULATIVE("Speculative decoding", Mode.NAIVE_SPECULATIVE),
    STREAMING_DRAFT("Streaming draft (MagicDec)", Mode.STREAMING_DRAFT),
    RAPID("RAPID", Mode.RAPID);

    private final String title;
    private final Mode mode;

    Method(String title, Mode mode) {
        this.title = title;
        this.mode = mode;
    }

    /** All but the two that are LangChain4j's, or this library's, beside the paper's. */
    public static List<Method> ofThePaper() {
        return Stream.of(values())
                .filter(method -> method != LOOKUP && method != CLASSIC_RAG)
                .toList();
    }

    /** As on the command line, {@code long-context} for instance. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The name that tables show. */
    public String title() {
        return title;
    }

    /** Whether tokens are proposed. */
    public boolean drafts() {
        return switch (this) {
            case LONG_CONTEXT, CLASSIC_RAG, RETRIEVAL_ONLY, PASSAGE_ATTENTION -> false;
            case LOOKUP, SPECULATIVE, STREAMING_DRAFT, RAPID -> true;
        };
    }

    /** Whether passages are searched for, by the engine or in front of it. */
    public boolean retrieves() {
        return mode.retrieves() || this == CLASSIC_RAG;
    }

    /** Whether who drafts, or writes, sees less of the long text than there is. */
    public boolean limitsDrafter() {
        return mode.retrieves() || this == STREAMING_DRAFT;
    }

    /** How the engine decodes. */
    public Mode mode() {
        return mode;
    }
}
