package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.decoding.Mode;
import dev.rapid4j.embedding.BgeM3EmbeddingModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * RAPID against the long-context model alone over registers of growing length: tokens a second, right answers, time to
 * the first token of a first and of a second question on the same document, and what loading takes.
 *
 * <p>Arguments: the lengths in tokens, by default 2000 8000 16000 32000.
 */
public final class Benchmark {

    private static final int QUESTIONS_OF_A_KIND = 8;
    private static final Path PROCESS_STATUS = Path.of("/proc/self/status");

    private Benchmark() {}

    public static void main(String[] arguments) {
        List<Integer> lengths = arguments.length == 0
                ? List.of(2000, 8000, 16000, 32000)
                : Stream.of(arguments).map(Integer::valueOf).toList();
        try (BgeM3EmbeddingModel embeddingModel = Setup.embeddingModel()) {
            compare(embeddingModel, lengths);
        }
    }

    private static void compare(EmbeddingModel embeddingModel, List<Integer> lengths) {
        embeddingModel.embed("warm up");
        printLoading(embeddingModel);
        System.out.printf(
                "%n| register tokens | mode | right | tokens/s | accepted | first token, first question | first token, second |%n"
                        + "|---|---|---|---|---|---|---|%n");
        for (int length : lengths) {
            LighthouseRegister register = LighthouseRegister.ofTokens(length, length);
            List<Question> questions = Stream.of(Kind.FACT, Kind.ENTRY, Kind.SEVERAL_ENTRIES)
                    .flatMap(kind -> register.questions(kind, QUESTIONS_OF_A_KIND, length).stream())
                    .toList();
            for (Mode mode : List.of(Mode.RAPID, Mode.LONG_CONTEXT)) {
                printRow(mode, ask(mode, embeddingModel, register, questions));
            }
        }
        System.out.printf("%nMost memory of the process: %,d MB%n", memory("VmHWM"));
    }

    private static void printLoading(EmbeddingModel embeddingModel) {
        long before = memory("VmRSS");
        for (String which : List.of("first", "second")) {
            long start = System.nanoTime();
            Setup.engine(embeddingModel, new ProgressListener() {}).close();
            System.out.printf(
                    "Loading the %s time: %.2f s, the process grew by %,d MB%n",
                    which, (System.nanoTime() - start) / 1e9, memory("VmRSS") - before);
        }
    }

    private static List<Answer> ask(
            Mode mode, EmbeddingModel embeddingModel, LighthouseRegister register, List<Question> questions) {
        String text = register.text();
        List<Answer> answers = new ArrayList<>();
        try (RapidEngine engine = Setup.engine(embeddingModel, new ProgressListener() {})) {
            Registrar registrar = Setup.registrar(engine, mode);
            for (Question question : questions) {
                answers.add(Answer.stream(registrar, text, question, piece -> {}));
            }
        }
        return answers;
    }

    private static void printRow(Mode mode, List<Answer> answers) {
        double seconds = answers.stream()
                .mapToDouble(answer -> answer.statistics().decoding().toNanos() / 1e9)
                .sum();
        long tokens = answers.stream()
                .mapToLong(answer -> answer.statistics().emittedTokens())
                .sum();
        long drafted = answers.stream()
                .mapToLong(answer -> answer.statistics().draftedTokens())
                .sum();
        long accepted = answers.stream()
                .mapToLong(answer -> answer.statistics().acceptedTokens())
                .sum();
        System.out.printf(
                "| %,d | %s | %d of %d | %.0f | %s | %.2f s | %.2f s |%n",
                answers.get(0).statistics().targetPromptTokens(),
                mode,
                answers.stream().filter(Answer::right).count(),
                answers.size(),
                tokens / seconds,
                drafted == 0 ? "" : "%.0f %%".formatted(100.0 * accepted / drafted),
                answers.get(0).firstToken().toMillis() / 1e3,
                answers.get(1).firstToken().toMillis() / 1e3);
    }

    /** A figure of the process in MB, where the system tells it (Linux); 0 elsewhere. */
    private static long memory(String name) {
        if (!Files.isReadable(PROCESS_STATUS)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(PROCESS_STATUS)) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
