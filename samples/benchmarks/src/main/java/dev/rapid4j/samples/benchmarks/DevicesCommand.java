package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "devices",
        description = {
            "Asks the same questions of the model on a device and on the CPU, in all modes, and compares the answers.",
            "With --weights=FLOAT32 and --temperature=0 they must be the same; in the half precisions two tokens are"
                    + " often as good as each other, and either may be taken."
        },
        showDefaultValues = true)
final class DevicesCommand extends Measurement {

    private static final String CPU = "cpu";

    /** Which register and which draws; any will do. */
    private static final int SEED = 1;

    @Mixin
    private EngineOptions engineOptions;

    @Option(names = "--mode", split = ",", description = "(default: all)")
    private List<Mode> modes = List.of(Mode.values());

    @Option(names = "--context", split = ",", defaultValue = "2000,8000", description = "tokens of a register")
    private List<Integer> contexts;

    @Option(names = "--draft-tokens", defaultValue = "16", description = "γ, tokens drafted in a round: 0 to 64")
    private int draftTokens;

    @Option(
            names = "--margin",
            defaultValue = "10",
            description = "η, how far the target follows the drafter: 0 to 100")
    private double margin;

    @Option(names = "--questions", defaultValue = "2", description = "questions of each of three kinds")
    private int questions;

    @Option(
            names = "--by-schema",
            description = "asks for whole entries as JSON, each answer held to a schema, in place of the questions")
    private boolean bySchema;

    /** One question's answers. */
    private record Both(Asked onDevice, Asked onCpu) {

        boolean same() {
            return onDevice.answer().equals(onCpu.answer());
        }
    }

    /** @param different the answers that are not the same, the device's first */
    private record Result(
            int context,
            Mode mode,
            int answers,
            int same,
            int right,
            double tokensPerSecond,
            double cpuTokensPerSecond,
            List<List<String>> different) {

        static Result of(int context, Mode mode, List<Both> asked) {
            return new Result(
                    context,
                    mode,
                    asked.size(),
                    (int) asked.stream().filter(Both::same).count(),
                    (int) asked.stream().filter(both -> both.onDevice().right()).count(),
                    new AnswerFigures.Turn(asked.stream().map(Both::onDevice).toList()).tokensPerSecond(),
                    new AnswerFigures.Turn(asked.stream().map(Both::onCpu).toList()).tokensPerSecond(),
                    asked.stream()
                            .filter(both -> !both.same())
                            .map(both -> List.of(
                                    both.onDevice().answer(), both.onCpu().answer()))
                            .toList());
        }
    }

    @Override
    void measure(Output output) throws IOException {
        requireRange("--questions", questions, AnswerTurns.MOST);
        RapidChatRequestParameters.builder()
                .draftTokens(draftTokens)
                .margin(margin)
                .build()
                .validate();
        SortedSet<Integer> lengths = new TreeSet<>(contexts);
        Progress progress = new Progress(output.progress(), (double) lengths.size() * modes.size());
        List<Result> results = new ArrayList<>();
        try (Models models = engineOptions.open()) {
            models.requireContexts(lengths);
            for (int context : lengths) {
                for (Mode mode : modes) {
                    progress.begin("%,d tokens: %s".formatted(context, mode), 1);
                    results.add(Result.of(context, mode, ask(models, mode, context)));
                    output.write(results);
                }
            }
            output.text(models.description());
        }
        output.header("tokens", "mode", "as on the CPU", "right", "tokens/s", "on the CPU, tokens/s");
        for (Result result : results) {
            output.row(
                    "%,d".formatted(result.context()),
                    result.mode().name(),
                    "%d of %d".formatted(result.same(), result.answers()),
                    "%d".formatted(result.right()),
                    "%.0f".formatted(result.tokensPerSecond()),
                    "%.0f".formatted(result.cpuTokensPerSecond()));
        }
    }

    private List<Both> ask(Models models, Mode mode, int context) {
        List<Both> answers = new ArrayList<>();
        try (LoadedEngine device = models.load(mode);
                LoadedEngine cpu = models.load(mode, CPU)) {
            LighthouseRegister register = device.register(context, SEED);
            for (Function<LoadedEngine, Asked> question :
                    bySchema ? entries(mode, register) : questions(mode, register)) {
                answers.add(new Both(question.apply(device), question.apply(cpu)));
            }
        }
        return answers;
    }

    private List<Function<LoadedEngine, Asked>> questions(Mode mode, LighthouseRegister register) {
        Setting setting = new Setting(mode, draftTokens, margin);
        List<Function<LoadedEngine, Asked>> asking = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (Question question : register.questions(kind, questions, SEED)) {
                asking.add(engine -> engine.ask(setting, register.text(), question, SEED));
            }
        }
        return asking;
    }

    private List<Function<LoadedEngine, Asked>> entries(Mode mode, LighthouseRegister register) {
        RapidChatRequestParameters parameters = RapidChatRequestParameters.builder()
                .mode(mode)
                .draftTokens(draftTokens)
                .margin(margin)
                .responseFormat(EntryAsJson.FORMAT)
                .seed(SEED)
                .build();
        return register.lighthouses().stream()
                .limit((long) Kind.values().length * questions)
                .map(lighthouse -> (Function<LoadedEngine, Asked>) engine -> {
                    ChatResponse response = engine.ask(register.text(), EntryAsJson.question(lighthouse), parameters);
                    // no entry is expected word for word
                    return new Asked(LoadedEngine.text(response), "", (RapidChatResponseMetadata) response.metadata());
                })
                .toList();
    }
}
