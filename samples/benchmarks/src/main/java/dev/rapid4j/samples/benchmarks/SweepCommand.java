package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "sweep",
        description =
                "RAPID with different numbers of draft tokens (γ) and margins (η): acceptance rate, speed as a multiple"
                        + " of long context's in the same turn, and right answers. While one changes, the other stays.",
        showDefaultValues = true)
final class SweepCommand extends Measurement {

    /** Which register; any will do. */
    private static final long SEED = 1;

    @Mixin
    private EngineOptions engineOptions;

    @Option(names = "--context", split = ",", defaultValue = "16000", description = "tokens of a register")
    private List<Integer> contexts;

    @Option(
            names = "--draft-tokens",
            split = ",",
            defaultValue = "1,2,4,8,16,32,64",
            description = "γ, tokens drafted in a round: 1 to 64")
    private List<Integer> draftTokens;

    @Option(
            names = "--margin",
            split = ",",
            defaultValue = "0,5,10,20,40,70,100",
            description = "η, how far the target follows the drafter: 0 to 100")
    private List<Double> margins;

    @Option(names = "--usual-draft-tokens", defaultValue = "32", description = "γ while η changes")
    private int usualDraftTokens;

    @Option(names = "--usual-margin", defaultValue = "40", description = "η while γ changes")
    private double usualMargin;

    @Option(names = "--turns", defaultValue = "4", description = "measured turns, each with other questions")
    private int turns;

    @Option(names = "--questions", defaultValue = "1", description = "questions of each of three kinds in a turn")
    private int questions;

    /** @param context tokens asked for */
    private record Result(int context, List<AnswerFigures> settings) {}

    @Override
    void measure(Output output) throws IOException {
        AnswerTurns answerTurns = new AnswerTurns(turns, questions);
        List<Setting> settings = settings();
        Set<Integer> lengths = new TreeSet<>(contexts);
        Progress progress = new Progress(output.progress(), (double) lengths.size() * answerTurns.asked());
        List<Result> results = new ArrayList<>();
        try (Models models = engineOptions.open()) {
            models.requireContexts(lengths);
            for (int context : lengths) {
                results.add(new Result(context, measure(context, models, settings, answerTurns, progress)));
                output.write(results);
            }
            output.text(models.description());
        }
        print(results, output);
    }

    private List<Setting> settings() {
        Set<Setting> settings = new LinkedHashSet<>();
        settings.add(new Setting(Mode.LONG_CONTEXT, usualDraftTokens, usualMargin));
        draftTokens.forEach(tokens -> settings.add(new Setting(Mode.RAPID, tokens, usualMargin)));
        margins.forEach(margin -> settings.add(new Setting(Mode.RAPID, usualDraftTokens, margin)));
        for (Setting setting : settings) {
            RapidChatRequestParameters.builder()
                    .draftTokens(setting.draftTokens())
                    .margin(setting.margin())
                    .build()
                    .validate();
        }
        return List.copyOf(settings);
    }

    /** Long context has an engine of its own, so that it reads each question, too. */
    private static List<AnswerFigures> measure(
            int context, Models models, List<Setting> settings, AnswerTurns turns, Progress progress) {
        try (LoadedEngine longContext = models.load(Mode.LONG_CONTEXT);
                LoadedEngine rapid = models.load(Mode.RAPID)) {
            return turns.measure(
                    settings,
                    setting -> setting.mode() == Mode.RAPID ? rapid : longContext,
                    rapid.register(context, SEED),
                    question -> progress.begin(
                            "%,d tokens: question %d of %d".formatted(context, question, turns.asked()), 1));
        }
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "tokens", "mode", "γ", "η", "right", "accepted", "tokens of a round", "tokens/s", "of long context's");
        for (Result result : results) {
            for (AnswerFigures figures : result.settings()) {
                boolean drafts = figures.setting().mode() == Mode.RAPID;
                output.row(
                        "%,d".formatted(result.context()),
                        figures.setting().mode().name(),
                        drafts ? "%d".formatted(figures.setting().draftTokens()) : "",
                        drafts ? "%.0f".formatted(figures.setting().margin()) : "",
                        "%d of %d".formatted(figures.right(), figures.answers()),
                        drafts ? figures.acceptanceRate().times(100).format("%.0f") + " %" : "",
                        figures.tokensPerRound().format("%.1f"),
                        figures.tokensPerSecond().format("%.0f"),
                        figures.speedUp().format("%.2f"));
            }
        }
    }
}
