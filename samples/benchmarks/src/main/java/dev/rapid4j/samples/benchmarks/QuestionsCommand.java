package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.benchmarks.QuestionBenchmark.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "questions",
        description = {
            "Asks about a document as its reader does: a first question, later ones, and one after a restart of an engine"
                    + " that has a cacheDirectory. How soon the first token is there, and the whole answer; where the time"
                    + " goes; and whether the answers are those of long context, before the restart and after it.",
            "Loading the engines is not part of the times. Of each figure there is the median."
        },
        showDefaultValues = true)
final class QuestionsCommand extends Measurement {

    private static final int ANSWER_TOKENS = 48;
    private static final int MOST_QUESTIONS = 500;
    private static final int WARM_UP_TOKENS = 2000;

    @Mixin
    private EngineOptions engineOptions = new EngineOptions(0, ANSWER_TOKENS);

    @Option(
            names = "--setting",
            split = ",",
            defaultValue = "LONG_CONTEXT,AS_IN_PAPER,SPECULATIVE",
            description =
                    "${COMPLETION-CANDIDATES}; AS_IN_PAPER is SPECULATIVE, but that the drafter reads the passages"
                            + " for each question, and drafts 10 tokens in every round, by itself. LONG_CONTEXT is always among"
                            + " them")
    private List<QuestionSetting> settings;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "4000,16000",
            description = "tokens of the document; of a text with no more than that, all")
    private List<Integer> contexts;

    @Option(names = "--text", description = "a file to ask about (default: registers of lighthouses)")
    private Path text;

    @Option(
            names = "--question",
            description =
                    "to be repeated, for the first, the last and at least one later question (default: such as suit"
                            + " any text)")
    private List<String> written = List.of();

    @Option(names = "--later", defaultValue = "6", description = "later questions about each register")
    private int later;

    @Option(names = "--turns", defaultValue = "1", description = "how often, about a register, each time about another")
    private int turns;

    @Option(
            names = "--directory",
            description = "where the engines' files are while it runs (default: a temporary one)")
    private Path directory;

    @Override
    void measure(Output output) throws IOException {
        requireRange("--later", later, MOST_QUESTIONS);
        requireRange("--turns", turns, AnswerTurns.MOST);
        if (!written.isEmpty()
                && (text == null || written.size() < 3 || new LinkedHashSet<>(written).size() < written.size())) {
            throw new IllegalArgumentException(
                    "--question needs --text, and to be given three times or more, with different questions");
        }
        Set<QuestionSetting> chosen = new LinkedHashSet<>(List.of(QuestionSetting.LONG_CONTEXT));
        chosen.addAll(settings);
        Path folder =
                directory == null ? Files.createTempDirectory("rapid-questions") : Files.createDirectories(directory);
        try (Models models = engineOptions.open()) {
            Set<Integer> lengths = new TreeSet<>(contexts);
            models.requireContexts(lengths);
            List<Result> results = measure(models, List.copyOf(chosen), lengths, folder, output);
            output.text(models.description());
            print(results, output);
        } finally {
            if (directory == null) {
                Files.delete(folder);
            }
        }
    }

    private List<Result> measure(
            Models models, List<QuestionSetting> settings, Set<Integer> lengths, Path folder, Output output)
            throws IOException {
        List<List<Document>> documents = new ArrayList<>();
        List<Document> warmUp;
        try (LoadedEngine engine = models.load(Mode.LONG_CONTEXT)) {
            warmUp = List.of(Document.of(engine.register(Math.min(WARM_UP_TOKENS, contexts.get(0)), 0), 3, 0));
            for (int length : lengths) {
                documents.add(documents(engine, length));
            }
        }
        int asked = documents.get(0).get(0).questions().size();
        QuestionBenchmark unmeasured =
                new QuestionBenchmark(models, settings, folder, new Progress(output.progress(), 0));
        double work = unmeasured.work(WARM_UP_TOKENS, 3)
                + lengths.stream()
                        .mapToDouble(length -> turns * unmeasured.work(length, asked))
                        .sum();
        QuestionBenchmark benchmark =
                new QuestionBenchmark(models, settings, folder, new Progress(output.progress(), work));
        // the first calls of a process are slower
        benchmark.run(WARM_UP_TOKENS, warmUp);
        List<Result> results = new ArrayList<>();
        int number = 0;
        for (int length : lengths) {
            results.addAll(benchmark.run(length, documents.get(number++)));
            output.write(results);
        }
        return results;
    }

    private List<Document> documents(LoadedEngine engine, int tokens) throws IOException {
        if (text == null) {
            return IntStream.rangeClosed(1, turns)
                    .mapToObj(seed -> Document.of(engine.register(tokens, seed), later + 2, seed))
                    .toList();
        }
        String whole = Files.readString(text);
        int textTokens = engine.engine().tokenCountEstimator().estimateTokenCountInText(whole);
        return Collections.nCopies(turns, Document.of(whole, tokens, textTokens, written));
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "tokens",
                "mode",
                "first question: first token, s",
                "whole answer, s",
                "later question: first token, s",
                "whole answer, s",
                "tokens/s",
                "of long context's",
                "accepted",
                "after a restart: first token, s",
                "whole answer, s",
                "answers that are long context's");
        for (Result result : results) {
            Result longContext = longContext(results, result);
            output.row(
                    "%,d".formatted(result.promptTokens()),
                    result.setting().toString(),
                    seconds(result.first(), QuestionFigures::firstToken),
                    seconds(result.first(), QuestionFigures::wholeAnswer),
                    seconds(result.later(), QuestionFigures::firstToken),
                    seconds(result.later(), QuestionFigures::wholeAnswer),
                    "%.1f".formatted(median(result.later(), QuestionFigures::tokensPerSecond)),
                    speedUp(result, longContext).format("%.2f"),
                    acceptance(result.later()),
                    seconds(result.restarted(), QuestionFigures::firstToken),
                    seconds(result.restarted(), QuestionFigures::wholeAnswer),
                    "%d of %d".formatted(result.sameAnswers(longContext), result.answers()));
        }
        output.text("Where the time goes, in ms, up to the first token (with all of the first round), and after it:");
        output.header(
                "tokens",
                "mode",
                "question",
                "prompt and passages' places",
                "retrieval",
                "reading",
                "tokens read",
                "drafting",
                "verifying",
                "after it: drafting",
                "verifying",
                "rounds");
        for (Result result : results) {
            printTimes(result, "first", result.first(), output);
            printTimes(result, "later", result.later(), output);
            printTimes(result, "after a restart", result.restarted(), output);
        }
    }

    private static void printTimes(Result result, String question, List<QuestionFigures> figures, Output output) {
        output.row(
                "%,d".formatted(result.promptTokens()),
                result.setting().toString(),
                question,
                milliseconds(figures, QuestionFigures::rest),
                milliseconds(figures, QuestionFigures::retrieval),
                milliseconds(figures, QuestionFigures::reading),
                "%,.0f".formatted(median(figures, QuestionFigures::readTokens)),
                milliseconds(figures, QuestionFigures::firstDrafting),
                milliseconds(figures, QuestionFigures::firstVerification),
                milliseconds(figures, answer -> answer.drafting() - answer.firstDrafting()),
                milliseconds(figures, answer -> answer.decoding() - answer.drafting() - answer.firstVerification()),
                "%.0f".formatted(median(figures, QuestionFigures::rounds)));
    }

    private static Result longContext(List<Result> results, Result result) {
        return results.stream()
                .filter(other -> other.context() == result.context() && other.setting() == QuestionSetting.LONG_CONTEXT)
                .findFirst()
                .orElseThrow();
    }

    private static Spread speedUp(Result result, Result longContext) {
        List<QuestionFigures> alone = longContext.later();
        return Spread.of(IntStream.range(0, alone.size())
                .mapToObj(i ->
                        result.later().get(i).tokensPerSecond() / alone.get(i).tokensPerSecond())
                .toList());
    }

    private static String acceptance(List<QuestionFigures> figures) {
        int drafted = figures.stream().mapToInt(QuestionFigures::draftedTokens).sum();
        int accepted =
                figures.stream().mapToInt(QuestionFigures::acceptedTokens).sum();
        return drafted == 0 ? "" : "%.0f %%".formatted(100.0 * accepted / drafted);
    }

    private static double median(List<QuestionFigures> figures, ToDoubleFunction<QuestionFigures> figure) {
        return Spread.of(figures, figure).median();
    }

    private static String seconds(List<QuestionFigures> figures, ToDoubleFunction<QuestionFigures> figure) {
        return "%.2f".formatted(median(figures, figure));
    }

    private static String milliseconds(List<QuestionFigures> figures, ToDoubleFunction<QuestionFigures> figure) {
        return "%.0f".formatted(1e3 * median(figures, figure));
    }
}
