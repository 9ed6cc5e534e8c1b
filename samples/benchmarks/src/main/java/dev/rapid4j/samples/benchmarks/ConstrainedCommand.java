package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "constrained",
        description = {
            "Asks for entries of a register of lighthouses as JSON, once in words alone and once by a schema that the answer"
                    + " is held to, in several modes: tokens a second of both, and how many answers are right JSON.",
            "Each question is asked both ways, one after the other, of an engine that has read the register."
        },
        showDefaultValues = true)
final class ConstrainedCommand extends Measurement {

    private static final int ANSWER_TOKENS = 128;
    private static final int MOST_QUESTIONS = 500;

    /** Which register; any will do. */
    private static final long SEED = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private EngineOptions engineOptions = new EngineOptions(0, ANSWER_TOKENS);

    @Option(
            names = "--mode",
            split = ",",
            defaultValue = "LONG_CONTEXT,SPECULATIVE,RAPID,NAIVE_SPECULATIVE,STREAMING_DRAFT,PASSAGE_ATTENTION,"
                    + "RETRIEVAL_ONLY",
            description = "${COMPLETION-CANDIDATES}")
    private List<Mode> modes;

    @Option(names = "--context", defaultValue = "4000", description = "tokens of the register")
    private int context;

    @Option(
            names = "--draft-tokens",
            defaultValue = "0",
            description = "γ, tokens drafted in a round: 1 to 64, or 0 for as many as pay")
    private int draftTokens;

    @Option(names = "--questions", defaultValue = "8", description = "questions in each mode, each asked both ways")
    private int questions;

    /** @param speedUp constrained tokens a second as a multiple of the others, to the same question */
    private record Result(Mode mode, Figures unconstrained, Figures constrained, Spread speedUp) {}

    /**
     * Of the answers of one kind.
     *
     * @param right those that are JSON with all properties of the schema
     * @param given share of the tokens that followed from the schema
     */
    private record Figures(
            int answers, int right, Spread tokensPerSecond, Spread tokens, Spread tokensPerRound, Spread given) {

        static Figures of(List<Answer> answers) {
            return new Figures(
                    answers.size(),
                    (int) answers.stream().filter(Answer::right).count(),
                    Spread.of(answers, Answer::tokensPerSecond),
                    Spread.of(answers, answer -> answer.statistics().emittedTokens()),
                    Spread.of(answers, share(GenerationStatistics::emittedTokens, GenerationStatistics::rounds)),
                    Spread.of(
                            answers,
                            share(GenerationStatistics::grammarAcceptedTokens, GenerationStatistics::emittedTokens)));
        }

        private static ToDoubleFunction<Answer> share(
                ToDoubleFunction<GenerationStatistics> part, ToDoubleFunction<GenerationStatistics> whole) {
            return answer ->
                    part.applyAsDouble(answer.statistics()) / Math.max(1, whole.applyAsDouble(answer.statistics()));
        }
    }

    private record Answer(String text, GenerationStatistics statistics) {

        static Answer of(ChatResponse response) {
            return new Answer(
                    LoadedEngine.text(response), ((RapidChatResponseMetadata) response.metadata()).statistics());
        }

        double tokensPerSecond() {
            return statistics.tokensPerSecond();
        }

        boolean right() {
            try {
                JsonNode read = JSON.readTree(text);
                return read != null
                        && EntryAsJson.SCHEMA.properties().keySet().stream().allMatch(read::has);
            } catch (JsonProcessingException e) {
                return false;
            }
        }
    }

    @Override
    void measure(Output output) throws IOException {
        requireRange("--questions", questions, MOST_QUESTIONS);
        Set<Mode> chosen = new LinkedHashSet<>(modes);
        Progress progress = new Progress(output.progress(), chosen.size() * (questions + 1.0));
        List<Result> results = new ArrayList<>();
        try (Models models = engineOptions.open()) {
            models.requireContexts(List.of(context));
            for (Mode mode : chosen) {
                results.add(measure(mode, models, progress));
                output.write(results);
            }
            output.text(models.description());
        }
        print(results, output);
    }

    private Result measure(Mode mode, Models models, Progress progress) {
        List<Answer> unconstrained = new ArrayList<>();
        List<Answer> constrained = new ArrayList<>();
        try (LoadedEngine engine = models.load(mode)) {
            LighthouseRegister register = engine.register(context, SEED);
            for (int i = 0; i <= questions; i++) {
                progress.begin("%s: question %d of %d".formatted(mode, i, questions), 1);
                Lighthouse lighthouse =
                        register.lighthouses().get(i % register.lighthouses().size());
                Answer free = ask(engine, mode, register, lighthouse, ResponseFormat.TEXT);
                Answer held = ask(engine, mode, register, lighthouse, EntryAsJson.FORMAT);
                // the first answers find nothing read, and measure what lengths pay
                if (i > 0) {
                    unconstrained.add(free);
                    constrained.add(held);
                }
            }
        }
        Spread speedUp = Spread.of(IntStream.range(0, questions)
                .mapToObj(i -> constrained.get(i).tokensPerSecond()
                        / unconstrained.get(i).tokensPerSecond())
                .toList());
        return new Result(mode, Figures.of(unconstrained), Figures.of(constrained), speedUp);
    }

    private Answer ask(
            LoadedEngine engine, Mode mode, LighthouseRegister register, Lighthouse lighthouse, ResponseFormat format) {
        return Answer.of(engine.ask(
                register.text(),
                EntryAsJson.question(lighthouse),
                RapidChatRequestParameters.builder()
                        .mode(mode)
                        .draftTokens(draftTokens)
                        .responseFormat(format)
                        .seed(1)
                        .build()));
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "mode",
                "tokens/s in words",
                "tokens/s by schema",
                "by schema, of the other's",
                "tokens a round in words",
                "by schema",
                "given by the schema",
                "right JSON in words",
                "by schema");
        for (Result result : results) {
            Figures free = result.unconstrained();
            Figures held = result.constrained();
            output.row(
                    result.mode().name(),
                    free.tokensPerSecond().format("%.0f"),
                    held.tokensPerSecond().format("%.0f"),
                    result.speedUp().format("%.2f"),
                    free.tokensPerRound().format("%.1f"),
                    held.tokensPerRound().format("%.1f"),
                    held.given().times(100).format("%.0f") + " %",
                    "%d of %d".formatted(free.right(), free.answers()),
                    "%d of %d".formatted(held.right(), held.answers()));
        }
    }
}
