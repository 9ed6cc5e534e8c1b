package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.List;
import java.util.stream.Stream;

/** A document to try things with, and questions that the bundled model can answer about it. */
final class SampleRegister {

    static final String NAME = "Register of lighthouses.txt";
    private static final int TOKENS = 16_000;
    private static final int SEED = 2026;

    private final LighthouseRegister register = LighthouseRegister.ofTokens(TOKENS, SEED);

    String text() {
        return register.text();
    }

    List<String> questions() {
        return Stream.of(
                        register.questions(Kind.ENTRY, 2, 1),
                        register.questions(Kind.FACT, 2, 2),
                        register.questions(Kind.SEVERAL_ENTRIES, 1, 3))
                .flatMap(List::stream)
                .map(Question::text)
                .toList();
    }
}
