package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "parallel",
        description = {
            "Asks about several registers of lighthouses, some at the same time: tokens a second of all answers together,"
                    + " and how long each waits for its first token.",
            "Each register is asked about once while nobody has read it, then again. An engine that answers so many"
                    + " requests at once is loaded for each number; it never has more to answer."
        },
        showDefaultValues = true)
final class ParallelCommand extends Measurement {

    private static final int ANSWER_TOKENS = 64;
    private static final int MOST_AT_ONCE = 256;
    private static final int MOST_QUESTIONS = 100;

    @Mixin
    private EngineOptions engineOptions = new EngineOptions(0, ANSWER_TOKENS);

    @Option(
            names = "--mode",
            split = ",",
            defaultValue = "LONG_CONTEXT,RAPID",
            description = "${COMPLETION-CANDIDATES}")
    private List<Mode> modes;

    @Option(names = "--at-once", split = ",", defaultValue = "1,2,4,8", description = "requests at the same time")
    private List<Integer> atOnce;

    @Option(names = "--documents", defaultValue = "8", description = "registers, each with questions of its own")
    private int documents;

    @Option(names = "--context", defaultValue = "2000", description = "tokens of each register")
    private int context;

    @Option(names = "--questions", defaultValue = "3", description = "questions on each that is read already")
    private int questions;

    /**
     * @param tokensPerSecond of all answers to later questions together, in the time that these have taken
     * @param firstTokenSeconds of a question on a register that nobody has read
     * @param laterFirstTokenSeconds of the others
     */
    private record Result(
            Mode mode,
            int atOnce,
            double tokensPerSecond,
            Spread firstTokenSeconds,
            Spread laterFirstTokenSeconds,
            long mostResidentBytes) {}

    private record Answer(int tokens, double firstTokenSeconds) {}

    @Override
    void measure(Output output) throws IOException {
        Set<Integer> numbers = new TreeSet<>(atOnce);
        Set<Mode> chosen = new LinkedHashSet<>(modes);
        numbers.forEach(number -> requireRange("--at-once", number, MOST_AT_ONCE));
        requireRange("--documents", documents, MOST_AT_ONCE);
        requireRange("--questions", questions, MOST_QUESTIONS);
        Progress progress = new Progress(output.progress(), chosen.size() * numbers.size());
        List<Result> results = new ArrayList<>();
        try (Models models = engineOptions.open()) {
            models.requireContexts(List.of(context));
            for (Mode mode : chosen) {
                for (int number : numbers) {
                    progress.begin("%s, %d at once".formatted(mode, number), 1);
                    results.add(measure(mode, number, models));
                    output.write(results);
                }
            }
            output.text(models.description());
        }
        print(results, output);
    }

    private Result measure(Mode mode, int number, Models models) {
        ExecutorService clients = Executors.newFixedThreadPool(number);
        try (LoadedEngine engine = models.loadForSeveral(mode, number)) {
            List<Document> registers = IntStream.range(0, documents)
                    .mapToObj(seed -> Document.of(engine.register(context, seed), questions + 1, seed))
                    .toList();
            List<Answer> first = ask(mode, registers, 0, 1, engine, clients);
            long begin = System.nanoTime();
            List<Answer> later = ask(mode, registers, 1, questions + 1, engine, clients);
            double seconds = (System.nanoTime() - begin) / 1e9;
            return new Result(
                    mode,
                    number,
                    later.stream().mapToInt(Answer::tokens).sum() / seconds,
                    Spread.of(first, Answer::firstTokenSeconds),
                    Spread.of(later, Answer::firstTokenSeconds),
                    Machine.mostResidentBytes());
        } finally {
            clients.shutdown();
        }
    }

    private static List<Answer> ask(
            Mode mode, List<Document> registers, int from, int to, LoadedEngine engine, ExecutorService clients) {
        List<Callable<Answer>> asked = new ArrayList<>();
        for (int question = from; question < to; question++) {
            for (Document register : registers) {
                String text = register.questions().get(question);
                asked.add(() -> ask(mode, register.text(), text, engine));
            }
        }
        try {
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> answer : clients.invokeAll(asked)) {
                answers.add(answer.get());
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        }
    }

    private static Answer ask(Mode mode, String register, String question, LoadedEngine engine) {
        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) engine.ask(
                        register,
                        question,
                        RapidChatRequestParameters.builder().mode(mode).seed(1).build())
                .metadata();
        // none for an answer without tokens
        double seconds = Optional.ofNullable(metadata.timeToFirstToken())
                .map(Asked::seconds)
                .orElse(0.0);
        return new Answer(metadata.statistics().emittedTokens(), seconds);
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "mode",
                "at once",
                "tokens/s of all answers",
                "of one at a time",
                "first token of a known text, s",
                "of a new one, s",
                "resident at most, MB");
        for (Result result : results) {
            double alone = results.stream()
                    .filter(other -> other.mode() == result.mode())
                    .findFirst()
                    .orElseThrow()
                    .tokensPerSecond();
            output.row(
                    result.mode().name(),
                    "%d".formatted(result.atOnce()),
                    "%.1f".formatted(result.tokensPerSecond()),
                    "%.2f".formatted(result.tokensPerSecond() / alone),
                    result.laterFirstTokenSeconds().format("%.2f"),
                    result.firstTokenSeconds().format("%.1f"),
                    "%,d".formatted(result.mostResidentBytes() / 1_000_000));
        }
    }
}
