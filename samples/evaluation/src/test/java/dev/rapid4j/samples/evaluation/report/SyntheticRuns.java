package dev.rapid4j.samples.evaluation.report;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Machine;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Pass;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Runs made up for tests; four questions each are about one text. */
public final class SyntheticRuns {

    private static final JsonMapper MAPPER =
            JsonMapper.builder().addModule(new Jdk8Module()).build();

    static final int QUESTIONS = 100;

    static final Machine MACHINE = new Machine("processor", 2, 1, "17");

    private SyntheticRuns() {}

    public static RunSettings settings(Benchmark benchmark, Method method) {
        return new RunSettings(
                benchmark,
                method,
                "models/target-8b",
                method == Method.SPECULATIVE ? Optional.of("models/drafter-1b") : Optional.empty(),
                method.retrieves() ? Optional.of("models/encoder") : Optional.empty(),
                benchmark.id() + ".jsonl",
                "0123456789abcdef",
                "fedcba9876543210",
                false,
                10,
                10,
                DraftContext.PASSAGE_PROMPT,
                false,
                0.1,
                0.1,
                1,
                1,
                1,
                128,
                1024,
                128_000,
                512,
                0.3,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                4096,
                "cpu",
                "cpu",
                WeightFormat.FLOAT32,
                WeightFormat.FLOAT32,
                CacheType.AUTO);
    }

    /** The same settings but for some, by their names. */
    static RunSettings with(RunSettings settings, Map<String, ?> changes) {
        Map<String, Object> fields = MAPPER.convertValue(settings, new TypeReference<>() {});
        fields.putAll(changes);
        return MAPPER.convertValue(fields, RunSettings.class);
    }

    public static Run run(RunSettings settings) {
        return new Run(settings, Shard.ALL, QUESTIONS, MACHINE);
    }

    /** An answer of 60 tokens, decoded at so many a second; half of what was drafted is accepted. */
    static Answer answer(Run run, int number, boolean right, int promptTokens, double tokensPerSecond) {
        Method method = run.settings().method();
        boolean drafts = method.drafts();
        boolean first = number % 4 == 0;
        double prefill = first ? promptTokens / 10_000.0 : 0.01;
        double retrieval = method.retrieves() ? 0.1 : 0;
        double decoding = 60 / tokensPerSecond;
        Pass pass = new Pass(
                method.mode(),
                response(run.settings().benchmark(), right),
                FinishReason.STOP,
                promptTokens,
                promptTokens > run.settings().maxPromptTokens(),
                method.retrieves() ? 8 : 0,
                number,
                Optional.of(seconds(retrieval + prefill + 0.05)),
                new GenerationStatistics(
                        promptTokens,
                        promptTokens,
                        promptTokens,
                        0,
                        0,
                        seconds(retrieval),
                        seconds(prefill),
                        seconds(decoding),
                        seconds(drafts ? decoding / 3 : 0),
                        20,
                        drafts ? 0 : 20,
                        drafts ? 80 : 0,
                        drafts ? 40 : 0,
                        0,
                        0,
                        0,
                        0,
                        60));
        return new Answer(
                task(run.settings().benchmark(), number),
                "document-" + number / 4,
                List.of(pass),
                Optional.empty(),
                Optional.empty());
    }

    /** Answers to texts of 1,000 to 60,000 tokens; faster and better than long context the longer the text is. */
    static List<Answer> answers(Run run, int count) {
        Method method = run.settings().method();
        double chance = switch (method) {
            case LONG_CONTEXT, LOOKUP, PASSAGE_ATTENTION, SPECULATIVE, STREAMING_DRAFT -> 0.55;
            case CLASSIC_RAG, RETRIEVAL_ONLY -> 0.45;
            case RAPID -> 0.5 + run.settings().margin() / 150;
        };
        Random random = new Random(method.ordinal() + 31 * run.settings().seed());
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int promptTokens = 1000 << i / 4 % 7;
                    double longContext = 30 / (1 + promptTokens / 20_000.0);
                    double factor = switch (method) {
                        case LONG_CONTEXT -> 1;
                        case LOOKUP -> 1.1;
                        case PASSAGE_ATTENTION -> 1 + promptTokens / 20_000.0;
                        case CLASSIC_RAG, RETRIEVAL_ONLY -> 1 + promptTokens / 16_000.0;
                        case SPECULATIVE -> 0.9 + promptTokens / 90_000.0;
                        case STREAMING_DRAFT -> 1 + promptTokens / 60_000.0;
                        case RAPID -> 1.1 + promptTokens / 40_000.0;
                    };
                    return answer(run, i, random.nextDouble() < chance, promptTokens, longContext * factor);
                })
                .toList();
    }

    /** A run of so many questions, all of which it has answered. */
    public static Path write(Path folder, RunSettings settings, int count) {
        return write(folder, new Run(settings, Shard.ALL, count, MACHINE), count);
    }

    public static Path write(Path folder, Run run, int count) {
        return write(folder, run, answers(run, count));
    }

    static Path write(Path folder, Run run, List<Answer> answers) {
        try (RunWriter writer = RunWriter.open(folder, run, true)) {
            answers.forEach(writer::append);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    private static Task task(Benchmark benchmark, int number) {
        String id = "question-" + number;
        List<String> options = List.of("north", "east", "south", "west");
        return switch (benchmark) {
            case LONGBENCH_V2 ->
                new LongBenchTask(
                        id,
                        number % 2 == 0 ? "Single-Document QA" : "Long In-context Learning",
                        "registers",
                        Difficulty.values()[number % 2],
                        Length.values()[number % 3],
                        "Which?",
                        options,
                        Choice.B,
                        "text");
            case EN_QA -> new QuestionAnswer(id, "text", "Who?", List.of("the keeper of the light"));
            case EN_MC -> new MultipleChoice(id, "text", "Which?", options, Choice.B);
            case EN_SUM -> new Summary(id, "text", "", List.of("the light burns\nthe keeper sleeps"));
            case FACTS -> new FactsTask(id, FactsTask.Kind.NUMBER, "text", "How many?", List.of("five|5"));
        };
    }

    private static String response(Benchmark benchmark, boolean right) {
        return switch (benchmark) {
            case LONGBENCH_V2 -> right ? "The correct answer is (B)" : "I do not know";
            case EN_QA -> right ? "the keeper of a light" : "the keeper";
            case EN_MC -> right ? "B" : "C";
            case EN_SUM -> right ? "the light burns\nsomeone sleeps" : "nothing";
            case FACTS -> right ? "There are 5." : "There are 15.";
        };
    }
}
