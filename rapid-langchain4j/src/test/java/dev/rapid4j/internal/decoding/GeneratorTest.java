package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CacheType;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TokenSource;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.Generation.FinishReason;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds in every mode, and what ends a generation. */
class GeneratorTest extends GeneratorFixture {

    static List<String> models() {
        return Golden.MODELS;
    }

    @ParameterizedTest
    @MethodSource("models")
    void greedyAnswersWithoutMarginAreThoseOfTheTargetAlone(String name) {
        Expected expected = Expected.of(name);
        int[] prompt = Arrays.copyOf(expected.inputIds(), 150);
        List<Integer> answer;
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.FLOAT32);
                Generator generator = new Generator(model, llama, Set.of(), CACHE_BYTES)) {
            answer = Arrays.stream(expected.greedyIds()).boxed().toList();
            assertThat(generator
                            .generate(greedy(prompt, prompt, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .tokens())
                    .isEqualTo(answer);
            for (Mode mode : new Mode[] {Mode.RAPID, Mode.SPECULATIVE, Mode.NAIVE_SPECULATIVE, Mode.STREAMING_DRAFT}) {
                Generation baseline = generator.generate(greedy(prompt, SHORT_PROMPT, mode, 0, 40), QUIET);
                assertThat(baseline.tokens()).as("%s", mode).isEqualTo(answer);
                assertThat(baseline.statistics().draftedTokens()).isPositive();
                assertThat(baseline.statistics().drafting())
                        .isPositive()
                        .isLessThan(baseline.statistics().decoding());
            }
        }
    }

    /** Which of two tokens of nearly the same logit is chosen may depend on how many are verified at once. */
    @ParameterizedTest
    @MethodSource("models")
    void greedyAnswersWithACacheOfHalfTheSizeAreThoseOfTheTargetAloneButForItsRounding(String name) {
        int[] prompt = Arrays.copyOf(Expected.of(name).inputIds(), 150);
        try (LanguageModel model = LanguageModel.load(
                        Golden.checkpoint(name),
                        Device.CPU,
                        WeightFormat.FLOAT32,
                        CacheType.BFLOAT16,
                        Integer.MAX_VALUE,
                        new ProgressListener() {});
                Generator generator = new Generator(model, llama, Set.of(), CACHE_BYTES)) {
            for (Mode mode : new Mode[] {Mode.SPECULATIVE, Mode.NAIVE_SPECULATIVE, Mode.STREAMING_DRAFT}) {
                int[] sequence = Arrays.copyOf(prompt, 190);
                GenerationListener collecting = new GenerationListener() {
                    private int length = 150;

                    @Override
                    public boolean onToken(int token, TokenSource source) {
                        sequence[length++] = token;
                        return false;
                    }
                };
                generator.generate(greedy(prompt, SHORT_PROMPT, mode, 10, 40), collecting);
                try (KeyValueCache alone = model.newCache(190)) {
                    model.prefill(alone, Arrays.copyOf(prompt, 149), done -> {});
                    for (int at = 150; at < 190; at++) {
                        double[] logits = model.logits(alone, new int[] {sequence[at - 1]}, 1)[0];
                        assertThat(logits[sequence[at]])
                                .as("%s, token %d", mode, at - 150)
                                .isGreaterThan(Arrays.stream(logits).max().orElseThrow() - 0.02);
                    }
                }
            }
        }
    }

    @Test
    void aSeedFixesTheAnswerInEveryMode() {
        SamplingParameters sampling = new SamplingParameters(1, 0.9, 50, 0.5, 0.5);
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                List<List<Integer>> answers = new ArrayList<>();
                for (long seed : new long[] {7, 7, 8}) {
                    answers.add(generator
                            .generate(
                                    request(
                                            PROMPT,
                                            SHORT_PROMPT,
                                            mode,
                                            sampling,
                                            SpeculationParameters.DEFAULT,
                                            seed,
                                            30),
                                    QUIET)
                            .tokens());
                }
                assertThat(answers.get(0)).isEqualTo(answers.get(1)).isNotEqualTo(answers.get(2));
            }
        }
    }

    @Test
    void atTemperatureZeroPenaltiesChangeAllModesAlike() {
        SamplingParameters penalised = new SamplingParameters(0, 1, 0, 1.5, 1);
        List<List<Integer>> answers = new ArrayList<>();
        try (Generator generator = generator(mistral)) {
            for (Mode mode : EnumSet.complementOf(EnumSet.of(Mode.RETRIEVAL_ONLY, Mode.PASSAGE_ATTENTION))) {
                answers.add(generator
                        .generate(
                                request(
                                        PROMPT,
                                        SHORT_PROMPT,
                                        mode,
                                        penalised,
                                        new SpeculationParameters(0, 10, 0, 0.1),
                                        1,
                                        40),
                                QUIET)
                        .tokens());
            }
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .tokens())
                    .isNotEqualTo(answers.get(0));
        }
        assertThat(Set.copyOf(answers)).hasSize(1);
    }

    /** Logits divided by such a number are infinite in float32. */
    @Test
    void aTemperatureCloseToZeroIsGreedy() {
        try (Generator generator = generator(mistral)) {
            List<Integer> greedy = generator
                    .generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET)
                    .tokens();
            for (double temperature : new double[] {1e-5, 1e-40, Double.MIN_VALUE}) {
                GenerationRequest request = request(
                        PROMPT,
                        SHORT_PROMPT,
                        Mode.RAPID,
                        new SamplingParameters(temperature, 1, 0, 0, 0),
                        new SpeculationParameters(10, 10, 0, 0.1),
                        1,
                        20);
                assertThat(generator.generate(request, QUIET).tokens())
                        .as("temperature %s", temperature)
                        .isEqualTo(greedy);
            }
        }
    }

    @Test
    void nothingIsEmittedPastAnEndTokenTheListenersWordOrTheLimit() {
        int[] greedy = Expected.of("llama3-tiny").greedyIds();
        int end = greedy[5];
        int before =
                (int) IntStream.range(0, 40).takeWhile(i -> greedy[i] != end).count();
        for (Mode mode : new Mode[] {Mode.RAPID, Mode.STREAMING_DRAFT, Mode.LONG_CONTEXT}) {
            try (Generator generator = new Generator(llama, llama, Set.of(end), CACHE_BYTES)) {
                Generation ended = generator.generate(greedy(PROMPT, PROMPT, mode, 10, 40), QUIET);
                assertThat(ended.finishReason()).isEqualTo(FinishReason.STOP);
                assertThat(ended.statistics().emittedTokens()).isEqualTo(before);
                assertThat(ended.tokens())
                        .isEqualTo(Arrays.stream(greedy, 0, before).boxed().toList());
            }
            try (Generator generator = generator(llama)) {
                Generation limited = generator.generate(greedy(PROMPT, PROMPT, mode, 10, 3), QUIET);
                assertThat(limited.finishReason()).isEqualTo(FinishReason.LENGTH);
                assertThat(limited.statistics().emittedTokens()).isEqualTo(3);

                Generation stopped = generator.generate(greedy(PROMPT, PROMPT, mode, 10, 40), new GenerationListener() {
                    @Override
                    public boolean onToken(int token, TokenSource source) {
                        return token == end;
                    }
                });
                assertThat(stopped.tokens())
                        .isEqualTo(Arrays.stream(greedy, 0, before + 1).boxed().toList());
                assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
            }
        }
    }

    @Test
    void aRequestBeyondTheContextIsRefusedWithTheNumbers() {
        try (Generator generator = generator(llama)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 363), QUIET))
                    .isInstanceOf(RequestTooLargeException.class)
                    .hasMessageContaining("150")
                    .hasMessageContaining("363")
                    .hasMessageContaining("512");
        }
    }

    @Test
    void aPromptThatLeavesNoRoomForAnAnswerIsNotToldToAllowALesserOne() {
        try (Generator generator = generator(llama)) {
            assertThatThrownBy(() -> generator.checkTarget(new int[512], 1))
                    .isInstanceOf(RequestTooLargeException.class)
                    .hasMessageContaining("The prompt has 512 tokens")
                    .hasMessageContaining("shorten the text")
                    .hasMessageNotContaining("output tokens");
        }
    }

    @Test
    void cancellingEndsAGenerationBetweenTwoRoundsAndKeepsTheCache() {
        GenerationListener cancelling = new GenerationListener() {
            private boolean cancelled;

            @Override
            public boolean onToken(int token, TokenSource source) {
                cancelled = true;
                return false;
            }

            @Override
            public void checkCancelled() {
                if (cancelled) {
                    throw new CancellationException();
                }
            }
        };
        try (Generator generator = generator(llama)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), cancelling))
                    .isInstanceOf(CancellationException.class);
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isEqualTo(PROMPT.length - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7E, 0x7C}) // NaN and infinity in float16
    void aModelThatReturnsNaNIsReportedNotQuoted(int highByte, @TempDir Path folder) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(Golden.path("mistral-tiny").resolve(file), folder.resolve(file));
        }
        WeightEntry norm = Checkpoint.open(folder).weights().get("model.norm.weight");
        try (RandomAccessFile file = new RandomAccessFile(norm.file().toFile(), "rw")) {
            file.seek(norm.offset());
            file.write(new byte[] {0, (byte) highByte});
        }
        try (LanguageModel broken = LanguageModel.load(Checkpoint.open(folder), Device.CPU, WeightFormat.FLOAT32);
                Generator generator = new Generator(broken, broken, Set.of(), CACHE_BYTES)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.RAPID, 10, 5), QUIET))
                    .isInstanceOf(TorchException.class)
                    .hasMessageStartingWith(broken.name() + " returned infinite or NaN logits")
                    .hasMessageContaining("download it again");
        }
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new SamplingParameters(-0.1, 1, 0, 0, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingParameters(1, 0, 0, 0, 0)).hasMessageContaining("topP must be above 0");
        assertThatThrownBy(() -> new SpeculationParameters(Double.NaN, 10, 0, 0))
                .hasMessageContaining("margin");
        assertThatThrownBy(() -> new SpeculationParameters(1, 65, 0, 0))
                .hasMessageContaining("draftTokens must be from 0 to 64, not 65");
    }
}
