package dev.rapid4j.internal.decoding;

import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    static LanguageModel llama;
    static LanguageModel mistral;
    static Tokenizer tokenizer;

    @BeforeAll
    static void load() {
        llama = LanguageModel.load(Golden.checkpoint("llama3-tiny"), Device.CPU, WeightFormat.FLOAT32);
        mistral = LanguageModel.load(Golden.checkpoint("mistral-tiny"), Device.CPU, WeightFormat.FLOAT32);
        tokenizer = Golden.checkpoint("llama3-tiny").openTokenizer();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        llama.close();
        mistral.close();
    }

    static Generator generator(LanguageModel drafter) {
        return new Generator(llama, drafter, tokenizer, Set.of(), CACHE_BYTES);
    }

    static GenerationRequest greedy(int[] prompt, int[] drafterPrompt, Mode mode, double margin, int limit) {
        return greedy(prompt, drafterPrompt, DecodingPlan.of(mode, margin, DRAFT_CONTEXT, NO_LOOKUP), limit);
    }

    static GenerationRequest greedy(int[] prompt, int[] drafterPrompt, DecodingPlan plan, int limit) {
        return new GenerationRequest(
                new PromptTokens(prompt, drafterPrompt),
                plan,
                GREEDY,
                new SpeculationParameters(plan.margin(), 10, 0, 0.1),
                1,
                new AnswerLimits(limit, List.of()));
    }

    static GenerationRequest request(
            int[] prompt,
            int[] drafterPrompt,
            Mode mode,
            SamplingParameters sampling,
            SpeculationParameters speculation,
            long seed,
            int limit,
            List<String> stopSequences) {
        return new GenerationRequest(
                new PromptTokens(prompt, drafterPrompt),
                DecodingPlan.of(mode, speculation.margin(), DRAFT_CONTEXT, NO_LOOKUP),
                sampling,
                speculation,
                seed,
                new AnswerLimits(limit, stopSequences));
    }
}
