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
                "Different numbers of draft tokens (γ) and, with RAPID, margins (η): acceptance rate, speed as a multiple"
                        + " of long context's in the same turn, and right answers. While one changes, the other stays.",
        showDefaultValues = true)
final class SweepCommand extends Measurement {

    /** Which register; any will do. */
    private static final long SEED = 1;

    @Mixin
    private EngineOptions engineOptions;

    @Option(names = "--context", split = ",", defaultValue = "16000", description = "tokens of a register")
    private List<Integer> contexts;

    @Option(names = "--mode", split = ",", defaultValue = "RAPID", description = "${COMPLETION-CANDIDATES}")
    private List<Mode> modes;

    @Option(
            names = "--draft-tokens",
            split = ",",
            defaultValue = "0,1,2,4,8,16,32,64",
            description = "γ, tokens drafted in a round: 1 to 64, or 0 for as many as pay")
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
        for (Mode mode : modes) {
            draftTokens.forEach(tokens -> settings.add(new Setting(mode, tokens, usualMargin)));
        }
        if (modes.contains(Mode.RAPID)) {
            margins.forEach(margin -> settings.add(new Setting(Mode.RAPID, usualDraftTokens, margin)));
        }
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
    private List<AnswerFigures> measure(
            int context, Models models, List<Setting> settings, AnswerTurns turns, Progress progress) {
        try (LoadedEngine longContext = models.load(Mode.LONG_CONTEXT);
                LoadedEngine drafting = models.load(modes.get(0))) {
            return turns.measure(
                    settings,
                    setting -> setting.mode() == Mode.LONG_CONTEXT ? longContext : drafting,
                    drafting.register(context, SEED),
                    question -> progress.begin(
                            "%,d tokens: question %d of %d".formatted(context, question, turns.asked()), 1));
        }
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "tokens",
                "mode",
                "γ",
                "η",
                "right",
                "accepted",
                "drafted in a round",
                "tokens of a round",
                "tokens/s",
                "of long context's");
        for (Result result : results) {
            for (AnswerFigures figures : result.settings()) {
                Setting setting = figures.setting();
                boolean drafts = setting.mode() != Mode.LONG_CONTEXT;
                output.row(
                        "%,d".formatted(result.context()),
                        setting.mode().name(),
                        drafts ? setting.draftLength() : "",
                        setting.mode() == Mode.RAPID ? "%.0f".formatted(setting.margin()) : "",
                        "%d of %d".formatted(figures.right(), figures.answers()),
                        drafts ? figures.acceptanceRate().times(100).format("%.0f") + " %" : "",
                        drafts ? figures.draftedPerRound().format("%.1f") : "",
                        figures.tokensPerRound().format("%.1f"),
                        figures.tokensPerSecond().format("%.0f"),
                        figures.speedUp().format("%.2f"));
            }
        }
    }
}
