package dev.rapid4j.internal.decoding;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tiny models, prompts that they read, and short ways to ask. */
abstract class GeneratorFixture {

    static final GenerationListener QUIET = new GenerationListener() {};
    static final SamplingParameters GREEDY = new SamplingParameters(0, 1, 0, 0, 0);
    static final long CACHE_BYTES = 100 << 20;
    static final int DRAFT_CONTEXT = 32;
    static final Optional<Boolean> NO_LOOKUP = Optional.of(false);
    static final int[] PROMPT = Arrays.copyOf(Expected.of("llama3-tiny").inputIds(), 150);
    static final int[] SHORT_PROMPT = Arrays.copyOfRange(PROMPT, 90, 150);

    /** A system message, two passages, a question. */
    static final BitSet PASSAGE_ROWS = rows();

    static LanguageModel llama;
    static LanguageModel mistral;

    @BeforeAll
    static void load() {
        llama = LanguageModel.load(Golden.checkpoint("llama3-tiny"), Device.CPU, WeightFormat.FLOAT32);
        mistral = LanguageModel.load(Golden.checkpoint("mistral-tiny"), Device.CPU, WeightFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        llama.close();
        mistral.close();
    }

    private static BitSet rows() {
        BitSet rows = new BitSet();
        rows.set(0, 9);
        rows.set(30, 51);
        rows.set(77);
        rows.set(140, 150);
        return rows;
    }

    static Generator generator(LanguageModel drafter) {
        return new Generator(llama, drafter, Set.of(), CACHE_BYTES);
    }

    /** A drafter reads a prompt of passages. */
    static DecodingPlan plan(Mode mode, double margin) {
        return DecodingPlan.of(mode, margin, false, DRAFT_CONTEXT, NO_LOOKUP, DraftContext.PASSAGE_PROMPT, true);
    }

    static PromptTokens prompts(int[] prompt, int[] drafterPrompt) {
        return new PromptTokens(prompt, drafterPrompt, Optional.of(PASSAGE_ROWS.get(0, prompt.length)));
    }

    static GenerationRequest greedy(int[] prompt, int[] drafterPrompt, Mode mode, double margin, int limit) {
        return greedy(prompt, drafterPrompt, plan(mode, margin), limit);
    }

    static GenerationRequest greedy(int[] prompt, int[] drafterPrompt, DecodingPlan plan, int limit) {
        return new GenerationRequest(
                prompts(prompt, drafterPrompt),
                plan,
                GREEDY,
                new SpeculationParameters(plan.margin(), 10, 0, 0.1),
                1,
                limit);
    }

    static GenerationRequest request(
            int[] prompt,
            int[] drafterPrompt,
            Mode mode,
            SamplingParameters sampling,
            SpeculationParameters speculation,
            long seed,
            int limit) {
        return request(prompt, drafterPrompt, plan(mode, speculation.margin()), sampling, speculation, seed, limit);
    }

    static GenerationRequest request(
            int[] prompt,
            int[] drafterPrompt,
            DecodingPlan plan,
            SamplingParameters sampling,
            SpeculationParameters speculation,
            long seed,
            int limit) {
        return new GenerationRequest(prompts(prompt, drafterPrompt), plan, sampling, speculation, seed, limit);
    }

    /** Behind a prompt and some tokens of the answer. */
    static double[] logits(LanguageModel model, int[] prompt, List<Integer> answer) {
        int[] tokens = IntStream.concat(Arrays.stream(prompt), answer.stream().mapToInt(Integer::intValue))
                .toArray();
        try (KeyValueCache cache = model.newCache(tokens.length)) {
            return model.logits(cache, tokens, 1)[0];
        }
    }

    static double[] softmax(double[] logits) {
        double highest = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(z -> Math.exp(z - highest)).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z - highest) / sum).toArray();
    }

    static int best(double[] values) {
        return IntStream.range(0, values.length)
                .reduce((best, i) -> values[i] > values[best] ? i : best)
                .orElseThrow();
    }

    static int[] support(double[] distribution) {
        return IntStream.range(0, distribution.length)
                .filter(i -> distribution[i] > 0)
                .toArray();
    }

    static int indexOf(int[] tokens, int token) {
        return IntStream.range(0, tokens.length)
                .filter(i -> tokens[i] == token)
                .findFirst()
                .orElseThrow();
    }
}
