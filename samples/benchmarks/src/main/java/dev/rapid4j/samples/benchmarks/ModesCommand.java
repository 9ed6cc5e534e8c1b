package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.benchmarks.ModeBenchmark.ModeFigures;
import dev.rapid4j.samples.benchmarks.ModeBenchmark.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "modes",
        description = {
            "Asks questions about registers of lighthouses in several modes: how fast, and how right, as a multiple of long"
                    + " context's speed in the same turn; how long the first token takes; and where the time goes.",
            "Of each figure there is the median of several turns, and from where to where they went."
        },
        showDefaultValues = true)
final class ModesCommand extends Measurement {

    @Mixin
    private EngineOptions engineOptions;

    @Option(
            names = "--mode",
            split = ",",
            defaultValue = "LONG_CONTEXT,RAPID,NAIVE_SPECULATIVE,STREAMING_DRAFT,PASSAGE_ATTENTION,RETRIEVAL_ONLY",
            description = "also SPECULATIVE, which is RAPID with a margin of 0; LONG_CONTEXT is always among them")
    private List<Mode> modes;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "2000,8000,32000,64000",
            description = "tokens of a register")
    private List<Integer> contexts;

    @Option(
            names = "--draft-tokens",
            split = ",",
            defaultValue = "32",
            description =
                    "γ, tokens drafted in a round: 1 to 64, or 0 for as many as pay; each in each mode that drafts")
    private List<Integer> draftTokens;

    @Option(
            names = "--margin",
            defaultValue = "40",
            description = "η, how far the target follows the drafter: 0 to 100")
    private double margin;

    @Option(names = "--turns", defaultValue = "4", description = "measured turns, each with other questions")
    private int turns;

    @Option(names = "--questions", defaultValue = "2", description = "questions of each of three kinds in a turn")
    private int questions;

    @Option(
            names = "--readings",
            defaultValue = "3",
            description = "how often a first question is asked, each time of an engine that has just been loaded")
    private int readings;

    @Option(
            names = "--reading-seconds",
            defaultValue = "30",
            description = "no first question is asked again where those before took so long together")
    private int readingSeconds;

    @Override
    void measure(Output output) throws IOException {
        AnswerTurns answerTurns = new AnswerTurns(turns, questions);
        requireRange("--readings", readings, AnswerTurns.MOST);
        Set<Mode> chosen = new LinkedHashSet<>(List.of(Mode.LONG_CONTEXT));
        chosen.addAll(modes);
        List<Setting> settings = chosen.stream()
                .flatMap(mode -> (drafts(mode) ? draftTokens : draftTokens.subList(0, 1))
                        .stream().map(tokens -> new Setting(mode, tokens, margin)))
                .toList();
        SortedSet<Integer> lengths = new TreeSet<>(contexts);
        Progress progress = new Progress(
                output.progress(),
                ModeBenchmark.warmUpWork(lengths.first(), settings)
                        + lengths.stream()
                                .mapToDouble(context ->
                                        ModeBenchmark.work(context, settings, answerTurns, readings, readingSeconds))
                                .sum());
        List<Result> results = new ArrayList<>();
        try (Models models = engineOptions.open()) {
            models.requireContexts(lengths);
            ModeBenchmark benchmark =
                    new ModeBenchmark(models, settings, answerTurns, readings, readingSeconds, progress);
            benchmark.warmUp(lengths.first());
            for (int context : lengths) {
                results.add(benchmark.run(context));
                output.write(results);
            }
            output.text(models.description());
        }
        print(results, output);
    }

    private static boolean drafts(Mode mode) {
        return switch (mode) {
            case RAPID, SPECULATIVE, NAIVE_SPECULATIVE, STREAMING_DRAFT -> true;
            case LONG_CONTEXT, PASSAGE_ATTENTION, RETRIEVAL_ONLY -> false;
        };
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "tokens",
                "mode",
                "right",
                "tokens/s",
                "of long context's",
                "whole answers, of long context's speed",
                "accepted",
                "first token, s");
        for (Result result : results) {
            for (ModeFigures mode : result.modes()) {
                AnswerFigures later = mode.later();
                output.row(
                        "%,d".formatted(result.promptTokens()),
                        mode.name(),
                        "%d of %d".formatted(later.right(), later.answers()),
                        later.tokensPerSecond().format("%.0f"),
                        later.speedUp().format("%.2f"),
                        later.answerSpeedUp().format("%.2f"),
                        later.draftedPerRound().maximum() == 0
                                ? ""
                                : later.acceptanceRate().times(100).format("%.0f") + " %",
                        later.firstTokenSeconds().format("%.2f"));
            }
        }
        output.text("The first question on a document:");
        output.header(
                "tokens",
                "mode",
                "first token, s",
                "of it retrieval, s",
                "prefill, tokens/s",
                "loading, s",
                "memory, MB");
        for (Result result : results) {
            for (ModeFigures mode : result.modes()) {
                output.row(
                        "%,d".formatted(result.promptTokens()),
                        mode.name(),
                        mode.first().seconds().format("%.2f"),
                        mode.first().retrievalSeconds().format("%.2f"),
                        mode.first().tokensPerSecond().format("%.0f"),
                        mode.first().loadSeconds().format("%.2f"),
                        mode.first().memoryBytes().times(1e-6).format("%.0f"));
            }
        }
        output.text("Where the time of a later question goes:");
        output.header(
                "tokens",
                "mode",
                "retrieval, ms",
                "prefill, ms",
                "rounds",
                "tokens of a round",
                "drafted in a round",
                "drafting a round, ms",
                "verifying a round, ms");
        for (Result result : results) {
            for (ModeFigures mode : result.modes()) {
                AnswerFigures later = mode.later();
                output.row(
                        "%,d".formatted(result.promptTokens()),
                        mode.name(),
                        later.retrievalSeconds().times(1e3).format("%.0f"),
                        later.prefillSeconds().times(1e3).format("%.0f"),
                        later.rounds().format("%.0f"),
                        later.tokensPerRound().format("%.1f"),
                        later.draftedPerRound().format("%.1f"),
                        later.draftingSeconds().times(1e3).format("%.1f"),
                        later.verificationSeconds().times(1e3).format("%.1f"));
            }
        }
        Result last = results.get(results.size() - 1);
        if (last.mostResidentBytes() > 0) {
            output.text("The process had at most %,d MB of memory.".formatted(last.mostResidentBytes() / 1_000_000));
        }
    }
}
