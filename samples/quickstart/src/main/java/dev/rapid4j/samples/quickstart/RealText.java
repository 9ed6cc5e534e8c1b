package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** Asks a published model that is on this machine about a real text, in three ways. */
final class RealText {

    /** To be left out of the text, so that it has less than 4,000 tokens. */
    private static final String FIRST_SECTION_LEFT_OUT = "8. TRANSLATION";

    /** With what is asked here, the evaluation asks about this text first, as far as the answer stands in this part. */
    private static final List<Question> QUESTIONS = List.of(
            new Question("How many words at most may a Back-Cover Text have?", List.of("25", "twenty-five")),
            new Question(
                    "How many of the principal authors at least must be listed on the Title Page of a Modified Version?",
                    List.of("five", "5")),
            new Question("What is a copy called that is not \"Transparent\"?", List.of("opaque")));

    private static final List<Mode> MODES = List.of(Mode.LONG_CONTEXT, Mode.RAPID, Mode.SPECULATIVE);

    private RealText() {}

    /** @param right words of which one must stand in an answer */
    private record Question(String text, List<String> right) {

        boolean isAnsweredBy(String answer) {
            List<String> words = List.of(answer.toLowerCase(Locale.ROOT).split("[^\\p{Alnum}-]+"));
            return right.stream().anyMatch(words::contains);
        }
    }

    static void ask() {
        List<RealModel> models = RealModel.find();
        if (!models.isEmpty()) {
            System.out.print("""

                    ============================================================
                    The same with a real model that is on this machine, and a real text, the GNU Free Documentation License,
                    sections 0 to 7. It takes about a minute on two cores with nothing else to do, and longer on busy ones. Each mode first
                    reads the text. -Dsample.arguments=--bundled-only leaves this part out.
                    """);
        }
        try {
            Optional<RapidEngine> opened = open(models);
            if (opened.isEmpty()) {
                System.out.println("""

                        No chat model of 300 MB to 2.5 GB was found on this machine that could be asked about a real text.
                        "ollama pull qwen2.5:0.5b" gets one (400 MB); or put a GGUF file into ~/.cache/rapid-langchain4j/models.""");
                return;
            }
            try (RapidEngine engine = opened.get()) {
                ask(engine);
            }
        } catch (CompletionException e) {
            System.out.printf("%nThis did not work: %s%n", e.getCause().getMessage());
        } catch (RuntimeException e) {
            System.out.printf("%nThis did not work: %s%n", e.getMessage());
        }
    }

    /** The first that can be asked: some are damaged, and base models have no chat template. */
    static Optional<RapidEngine> open(List<RealModel> models) {
        for (RealModel model : models) {
            System.out.printf("%n%s (%s, %,d MB)%n", model.name(), model.path(), model.bytes() / 1_000_000);
            try {
                return Optional.of(RapidEngine.builder()
                        .target(model.path())
                        .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
                        // of 4,000 tokens, or the text would be too short for a draft to pay
                        .draftContextTokens(1024)
                        .progressListener(ConsoleProgress.onStandardOutput())
                        .build());
            } catch (CheckpointException e) {
                System.out.printf("Passed over: %s%n", e.getMessage());
            }
        }
        return Optional.empty();
    }

    private static void ask(RapidEngine engine) {
        String text = text();
        System.out.printf(
                "%,d tokens to read, %d questions.%n",
                engine.tokenCountEstimator().estimateTokenCountInText(text), QUESTIONS.size());
        Map<Mode, List<Answer>> answers = new LinkedHashMap<>();
        Map<Mode, Long> cacheBytes = new LinkedHashMap<>();
        for (Mode mode : MODES) {
            System.out.printf("%n=== %s ===%n", mode);
            Reader reader = AiServices.create(
                    Reader.class,
                    RapidStreamingChatModel.builder()
                            .engine(engine)
                            .mode(mode)
                            .temperature(0.0)
                            .maxOutputTokens(48)
                            .build());
            List<Answer> given = new ArrayList<>();
            for (Question question : QUESTIONS) {
                given.add(Answer.of(
                        question.text(), reader.answerInASentence(text, question.text()), question::isAnsweredBy));
            }
            answers.put(mode, given);
            cacheBytes.put(mode, engine.status().cacheBytes());
            // or the next one would find the text read
            engine.forget(text);
        }
        printTable(answers, cacheBytes, engine.status().target());
    }

    private static void printTable(
            Map<Mode, List<Answer>> answers, Map<Mode, Long> cacheBytes, EngineStatus.ModelStatus model) {
        System.out.printf(
                "%n%-13s %7s %9s   %-24s %s%n%-13s %7s %9s   %11s %12s %12s %9s%n",
                "",
                "",
                "",
                "first token (s) of the",
                "memory (MB) of",
                "",
                "right",
                "tokens/s",
                "1st answer",
                "later ones",
                "the model",
                "the text");
        long weightBytes = model.weightBytes() + model.mappedBytes();
        answers.forEach((mode, given) -> System.out.printf(
                "%-13s %7s %9.0f   %11.1f %12.1f %12d %9d%n",
                mode,
                given.stream().filter(Answer::right).count() + " of " + given.size(),
                tokensPerSecond(given),
                Answer.seconds(given.get(0).firstToken()),
                later(given),
                weightBytes / 1_000_000,
                cacheBytes.get(mode) / 1_000_000));
        System.out.println("LONG_CONTEXT is plain decoding. Three questions say little about what is right;"
                + " docs/evaluation.md asks a hundred. Ask your own document: docs/getting-started.md.");
    }

    private static double tokensPerSecond(List<Answer> answers) {
        double seconds = answers.stream()
                .mapToDouble(answer -> Answer.seconds(answer.statistics().decoding()))
                .sum();
        return answers.stream()
                        .mapToInt(answer -> answer.statistics().emittedTokens())
                        .sum()
                / Math.max(0.001, seconds);
    }

    private static double later(List<Answer> answers) {
        return answers.stream()
                .skip(1)
                .map(Answer::firstToken)
                .mapToDouble(Answer::seconds)
                .average()
                .orElseThrow();
    }

    private static String text() {
        try (InputStream resource = RealText.class.getResourceAsStream("gfdl-1.3.txt")) {
            String all = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            return all.substring(0, all.indexOf(FIRST_SECTION_LEFT_OUT)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
