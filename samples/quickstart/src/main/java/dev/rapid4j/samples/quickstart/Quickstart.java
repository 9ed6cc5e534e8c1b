package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Asks several questions about a long register, with RAPID and with the long-context model alone; then a published
 * model, where there is one on the machine, about a real text.
 */
public final class Quickstart {

    private static final int REGISTER_TOKENS = 16_000;
    private static final String BUNDLED_ONLY = "--bundled-only";

    private Quickstart() {}

    /** @param arguments none, or {@code --bundled-only} */
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (!given.isEmpty() && !given.equals(List.of(BUNDLED_ONLY))) {
            System.err.printf("The quickstart takes no arguments but %s%n", BUNDLED_ONLY);
            System.exit(2);
        }
        askBundledModel();
        if (given.isEmpty()) {
            RealText.ask();
        }
    }

    private static void askBundledModel() {
        LighthouseRegister register = LighthouseRegister.ofTokens(REGISTER_TOKENS, 2026);
        List<Question> questions = Stream.of(
                        register.questions(Kind.ENTRY, 3, 1),
                        register.questions(Kind.FACT, 3, 2),
                        register.questions(Kind.SEVERAL_ENTRIES, 2, 3))
                .flatMap(List::stream)
                .toList();
        System.out.printf(
                "A small model, made for registers and bundled, and a register of %d lighthouses of about %,d tokens; %d questions.%n",
                register.lighthouses().size(), REGISTER_TOKENS, questions.size());

        try (RapidEmbeddingModel embeddingModel = Setup.embeddingModel(ConsoleProgress.onStandardOutput())) {
            List<Answer> rapid = ask(Mode.RAPID, embeddingModel, register, questions);
            List<Answer> longContext = ask(Mode.LONG_CONTEXT, embeddingModel, register, questions);
            printTable(questions, rapid, longContext);
        }
    }

    private static List<Answer> ask(
            Mode mode, EmbeddingModel embeddingModel, LighthouseRegister register, List<Question> questions) {
        System.out.printf("%n=== %s ===%n", mode);
        String text = register.text();
        List<Answer> answers = new ArrayList<>();
        // an engine each, so that neither finds the register read already
        try (RapidEngine engine = Setup.engine(embeddingModel, ConsoleProgress.onStandardOutput())) {
            Reader registrar = Setup.registrar(engine, mode);
            for (Question question : questions) {
                answers.add(
                        Answer.of(question.text(), registrar.answer(text, question.text()), question.answer()::equals));
            }
        }
        return answers;
    }

    private static void printTable(List<Question> questions, List<Answer> rapid, List<Answer> longContext) {
        System.out.printf(
                "%n%-18s|%-44s|%-33s%n%-18s|%8s %9s %10s %13s |%8s %9s %10s%n",
                "",
                " RAPID",
                " LONG_CONTEXT",
                "question",
                "answer",
                "seconds",
                "tokens/s",
                "accepted",
                "answer",
                "seconds",
                "tokens/s");
        for (int i = 0; i < questions.size(); i++) {
            System.out.printf(
                    "%-18s|%s %12.0f%% |%s%n",
                    questions.get(i).kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    cells(rapid.get(i)),
                    100 * rapid.get(i).statistics().acceptanceRate(),
                    cells(longContext.get(i)));
        }
        System.out.printf(
                "%n%d of %d right with RAPID, %d of %d with the long context alone.%n",
                right(rapid), questions.size(), right(longContext), questions.size());
        System.out.println("The first question pays for reading the register (and, with RAPID, for indexing it);"
                + " later ones find it in the KV cache.");
    }

    private static String cells(Answer answer) {
        return "%8s %9.2f %10.0f"
                .formatted(
                        answer.verdict(),
                        Answer.seconds(answer.total()),
                        answer.statistics().tokensPerSecond());
    }

    private static long right(List<Answer> answers) {
        return answers.stream().filter(Answer::right).count();
    }
}
