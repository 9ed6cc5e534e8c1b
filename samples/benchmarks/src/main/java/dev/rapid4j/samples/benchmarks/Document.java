package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked about, and what is asked.
 *
 * @param questions no two alike
 */
record Document(String text, List<String> questions) {

    /** For each question about a register that is to be different from the others. */
    private static final int TRIES = 20;

    /** Of a text that nobody has written questions for. All want a long answer, so that none ends early. */
    private static final List<String> ANY_TEXT = List.of(
            "What is this text about? Answer in several sentences.",
            "Quote the passage that matters most, word for word.",
            "Summarise the beginning of the text in detail.",
            "Which terms does the text explain, and how does it explain them?",
            "What must a reader do or not do, according to the text? Give all of its reasons.",
            "Who and what is named in the text, and what is said of each?",
            "Which numbers, dates and places does the text give, and what for?",
            "Quote the last paragraphs of the text, word for word.",
            "What would somebody misunderstand who has read only half of the text? Explain.",
            "Which parts does the text have? Describe each in a few sentences.");

    Document {
        questions = List.copyOf(questions);
    }

    /**
     * A register, of which whole entries are asked for.
     *
     * @throws IllegalArgumentException if it is too short for so many different questions
     */
    static Document of(LighthouseRegister register, int questions, int seed) {
        List<String> asked = new ArrayList<>();
        for (int i = 0; asked.size() < questions; i++) {
            if (i == TRIES * questions) {
                throw new IllegalArgumentException("a register of so few tokens has no " + questions
                        + " different questions; ask fewer, or name a larger --context");
            }
            Kind kind = i % 2 == 0 ? Kind.ENTRY : Kind.SEVERAL_ENTRIES;
            String question = register.questions(kind, 1, seed * 1000L + i).stream()
                    .map(Question::text)
                    .findFirst()
                    .orElseThrow();
            if (!asked.contains(question)) {
                asked.add(question);
            }
        }
        return new Document(register.text(), asked);
    }

    /**
     * The beginning of a text.
     *
     * @param tokens about so many, up to the end of a line
     * @param textTokens so many the whole text has
     * @param written questions; none: such as suit any text
     */
    static Document of(String text, int tokens, int textTokens, List<String> written) {
        List<String> questions = written.isEmpty() ? ANY_TEXT : written;
        if (tokens >= textTokens) {
            return new Document(text, questions);
        }
        int most = (int) ((long) text.length() * tokens / textTokens);
        int line = text.lastIndexOf('\n', most);
        return new Document(text.substring(0, line > 0 ? line : most), questions);
    }
}
