package dev.rapid4j.samples.evaluation.data;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A question to answer freely.
 *
 * @param facts all of which a right answer has, each with alternatives set off by {@code |}; empty if the text does not
 *     hold the answer, and a right answer says so
 */
public record FactsTask(String id, Kind kind, String context, String question, List<String> facts) implements Task {

    /** What is asked for. */
    public enum Kind {
        FACT,
        NUMBER,
        QUOTE,
        SECTION,
        COMPARISON,
        UNANSWERABLE;

        /** As in files. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Kind> of(String id) {
            return Stream.of(values()).filter(kind -> kind.id().equals(id)).findFirst();
        }
    }

    /** @throws IllegalArgumentException if there are facts and no answer, or the other way round */
    public FactsTask {
        facts = List.copyOf(facts);
        if (facts.isEmpty() != (kind == Kind.UNANSWERABLE)) {
            throw new IllegalArgumentException("Facts are needed where, and only where, the text holds the answer");
        }
    }

    @Override
    public FactsTask withContext(String context) {
        return new FactsTask(id, kind, context, question, facts);
    }
}
