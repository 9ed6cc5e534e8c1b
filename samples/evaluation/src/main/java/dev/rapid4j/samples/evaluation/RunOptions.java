package dev.rapid4j.samples.evaluation;

import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.Hub;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.data.Sha256;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.ModelMachine;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * What a run is started with, wherever it runs. What is not given is as the benchmarks' and the paper's authors have
 * it.
 */
public final class RunOptions {

    private static final int LONGBENCH_PROMPT_TOKENS = 120_000;
    private static final int INFINITEBENCH_PROMPT_TOKENS = 128 * 1024;

    @Option(
            names = "--settings-of",
            defaultValue = "SCRIPT",
            description =
                    "whose settings apply where none is given: SCRIPT, the authors' for LongBench v2 (passages of 128"
                            + " tokens with a similarity of at least 0.1), README, those of their readme (16 passages of"
                            + " 512 and 0.3), both with vectors alone, 10 drafted tokens and no lookup; or LIBRARY, this"
                            + " library's (default: ${DEFAULT-VALUE})")
    private SettingsOf settingsOf;

    @Option(
            names = "--data",
            description = "a file with the benchmark's data, or hf://datasets/organisation/name/file; by default"
                    + " the published data from the Hugging Face hub")
    private Optional<String> data;

    @Option(
            names = "--target",
            required = true,
            description =
                    "the model: a folder, a GGUF file, organisation/name of the hub, ollama:model:tag, or \"bundled\" for"
                            + " the lighthouse model")
    private String target;

    @Option(
            names = "--draft",
            description = "for rapid and speculative: a drafter of its own with the target's vocabulary; by default the"
                    + " target drafts for itself")
    private Optional<String> drafter;

    @Option(
            names = "--embedding-model",
            defaultValue = "BAAI/bge-m3",
            description =
                    "finds passages: a folder, organisation/name, \"bge-small\" for the English one of LangChain4j, or"
                            + " \"bundled\" (default: ${DEFAULT-VALUE})")
    private String embeddingModel;

    @Option(
            names = "--mode",
            defaultValue = "rapid",
            converter = MethodConverter.class,
            description =
                    "rapid, long-context, lookup (long context with drafts from the text), classic-rag (LangChain4j's, in"
                            + " front of the target), retrieval-only, passage-attention, speculative or streaming-draft"
                            + " (default: ${DEFAULT-VALUE})")
    private Method method;

    @Option(
            names = "--margin",
            description =
                    "how far the target's distribution moves towards the drafter's, the paper's eta (default: ${DEFAULT-VALUE})")
    private double margin = RapidChatRequestParameters.DEFAULT.margin();

    @Option(
            names = "--draft-tokens",
            description =
                    "most tokens drafted in a round, the paper's gamma; 0: as many as pay, and with a margin 10 in the paper's way to learn (default: 10, of the library 0)")
    private Optional<Integer> draftTokens;

    @Option(
            names = "--draft-context",
            defaultValue = "PASSAGE_PROMPT",
            description =
                    "for rapid: what is attended to for drafting: PASSAGE_PROMPT (as in the paper), PASSAGE_ROWS or"
                            + " AUTO (default: ${DEFAULT-VALUE})")
    private DraftContext draftContext;

    @Option(
            names = "--learn-every-token",
            arity = "0..1",
            description =
                    "for rapid: every token of an answer learns, as in this library by default; without, the target's own"
                            + " token follows a draft that was accepted altogether, as in the paper")
    private boolean learnEveryToken;

    @Option(names = "--temperature", description = "default: 0.1 for LongBench v2, 1 for InfiniteBench, 0 for facts")
    private Optional<Double> temperature;

    @Option(names = "--top-p", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
    private double topP;

    @Option(
            names = "--max-tokens",
            description = "most tokens of an answer (default: 128 for LongBench v2, 40 for En.QA and En.MC, 1200 for"
                    + " En.Sum, 64 for facts)")
    private Optional<Integer> maxOutputTokens;

    @Option(
            names = "--max-prompt-tokens",
            description =
                    "most tokens of a prompt; longer ones lose their middle (default: 120000 for LongBench v2 and facts,"
                            + " 131072 for InfiniteBench, or what the context window leaves)")
    private Optional<Integer> maxPromptTokens;

    @Option(names = "--passage-tokens", description = "most tokens of a passage (default: 128, 512, 512)")
    private Optional<Integer> passageTokens;

    @Option(
            names = "--draft-context-tokens",
            description = "tokens of the long text for the drafter, or a 32nd of the prompt if that is more (default:"
                    + " 4096, 8192, 4096)")
    private Optional<Integer> draftContextTokens;

    @Option(
            names = "--min-similarity",
            description = "passages less similar to the question are left out (default: 0.1, 0.3, 0.3)")
    private Optional<Double> minSimilarity;

    @Option(
            names = "--passages-introduction",
            description = "for rapid: what stands in front of the passages in the drafter's prompt; an empty text for"
                    + " nothing (default: \"Retrieved text chunks:\", of the library nothing)")
    private Optional<String> passagesIntroduction;

    @Option(names = "--seed", defaultValue = "42", description = "default: ${DEFAULT-VALUE}")
    private int seed;

    @Option(
            names = "--target-device",
            defaultValue = "auto",
            description = "auto, cpu, cuda, cuda:N, or several with commas between (default: ${DEFAULT-VALUE})")
    private String targetDevice;

    @Option(names = "--draft-device", description = "for rapid and speculative (default: the target's)")
    private Optional<String> drafterDevice;

    @Option(
            names = "--weights",
            defaultValue = "AUTO",
            description = "AUTO (as suits file, device and memory), FLOAT32, BFLOAT16, FLOAT16, INT8, INT4 or FP8")
    private WeightFormat weights;

    @Option(
            names = "--cache-type",
            defaultValue = "AUTO",
            description = "of the keys and values: AUTO (as the model computes), FLOAT32, BFLOAT16 or FLOAT16")
    private CacheType cacheType;

    @Option(
            names = "--prompts",
            description = "a folder with templates, LongBench's for instance; replaces those that come along")
    private Optional<Path> prompts;

    private static final class MethodConverter implements ITypeConverter<Method> {

        @Override
        public Method convert(String value) {
            return Stream.of(Method.values())
                    .filter(method -> method.id().equals(value))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'%s' is none of %s"
                            .formatted(
                                    value,
                                    Stream.of(Method.values()).map(Method::id).collect(Collectors.joining(", ")))));
        }
    }

    /**
     * The file with the questions, see {@link DataFiles#find}.
     *
     * @throws IllegalArgumentException if there is none
     * @throws dev.rapid4j.CheckpointException if it cannot be downloaded
     */
    public Path data(Benchmark benchmark, Hub hub) {
        return DataFiles.find(benchmark, data, hub);
    }

    /**
     * The templates.
     *
     * @throws IllegalArgumentException if the folder has none, or one is none
     */
    public Prompts prompts() {
        return prompts.map(Prompts::from).orElseGet(Prompts::bundled);
    }

    /** Options that the method does not use are as if they had not been given, so that they tell no runs apart. */
    RunSettings settings(
            Benchmark benchmark, Path data, Prompts prompts, OptionalInt maxReasoningTokens, ModelMachine machine)
            throws IOException {
        checkDrafter();
        String onDevice = machine.device(targetDevice);
        String drafterOnDevice = drafterDevice.map(machine::device).orElse(onDevice);
        WeightFormat targetWeights = machine.weights(weights, target, onDevice);
        boolean searches = method.mode().retrieves();
        boolean same = drafter.isEmpty() && drafterOnDevice.equals(onDevice);
        WeightFormat drafterWeights =
                same ? targetWeights : machine.weights(weights, drafter.orElse(target), drafterOnDevice);
        return new RunSettings(
                benchmark,
                method,
                target,
                drafter,
                method.retrieves() ? Optional.of(embeddingModel) : Optional.empty(),
                data.getFileName().toString(),
                Sha256.of(data),
                prompts.hash(),
                maxReasoningTokens.isPresent(),
                method == Method.RAPID ? margin : RapidChatRequestParameters.DEFAULT.margin(),
                method.drafts() && method != Method.LOOKUP
                        ? draftTokens.orElse(settingsOf.draftTokens())
                        : RapidChatRequestParameters.DEFAULT.draftTokens(),
                method == Method.RAPID ? draftContext : DraftContext.PASSAGE_PROMPT,
                method == Method.RAPID && learnEveryToken,
                RapidChatRequestParameters.DEFAULT.confidenceThreshold(),
                RapidChatRequestParameters.DEFAULT.plausibility(),
                temperature.orElse(
                        switch (benchmark) {
                            case LONGBENCH_V2 -> 0.1;
                            case EN_QA, EN_MC, EN_SUM -> 1.0;
                            case FACTS -> 0.0;
                        }),
                topP,
                seed,
                maxOutputTokens.orElse(
                        switch (benchmark) {
                            case LONGBENCH_V2 -> 128;
                            case EN_QA, EN_MC -> 40;
                            case EN_SUM -> 1200;
                            case FACTS -> 64;
                        }),
                maxReasoningTokens.orElse(0),
                maxPromptTokens.orElse(
                        switch (benchmark) {
                            case LONGBENCH_V2, FACTS -> LONGBENCH_PROMPT_TOKENS;
                            case EN_QA, EN_MC, EN_SUM -> INFINITEBENCH_PROMPT_TOKENS;
                        }),
                searches ? passageTokens.orElse(settingsOf.passageTokens()) : SettingsOf.LIBRARY.passageTokens(),
                searches ? minSimilarity.orElse(settingsOf.minSimilarity()) : SettingsOf.LIBRARY.minSimilarity(),
                searches ? settingsOf.passageRanking() : Optional.empty(),
                method == Method.RAPID ? introduction() : Optional.empty(),
                lookupDrafting(),
                method.limitsDrafter()
                        ? draftContextTokens.orElse(settingsOf.draftContextTokens())
                        : SettingsOf.LIBRARY.draftContextTokens(),
                onDevice,
                drafterOnDevice,
                targetWeights,
                drafterWeights,
                cacheType);
    }

    private Optional<String> introduction() {
        return passagesIntroduction.or(settingsOf::passagesIntroduction).filter(text -> !text.isBlank());
    }

    private Optional<Boolean> lookupDrafting() {
        if (method == Method.LOOKUP) {
            return Optional.of(true);
        }
        return method.drafts() ? settingsOf.lookupDrafting() : Optional.empty();
    }

    private void checkDrafter() {
        if (method == Method.SPECULATIVE && drafter.isEmpty()) {
            throw new IllegalArgumentException("--mode speculative needs --draft: a smaller model with the target's"
                    + " vocabulary; without one there are --mode streaming-draft and --mode rapid");
        }
        if (method != Method.SPECULATIVE
                && method != Method.RAPID
                && (drafter.isPresent() || drafterDevice.isPresent())) {
            throw new IllegalArgumentException(
                    "--mode %s has no drafter besides the target; leave out --draft and --draft-device"
                            .formatted(method.id()));
        }
    }
}
