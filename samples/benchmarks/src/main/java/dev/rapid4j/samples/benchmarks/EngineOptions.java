package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The models that answer, and how they sample. */
final class EngineOptions {

    private static final int RANDOM_ANSWER_TOKENS = 64;
    private static final int BUNDLED_ANSWER_TOKENS = 256;

    @Option(
            names = "--target",
            description = "the model that reads everything: a folder, a GGUF file, organisation/name of the hub, or"
                    + " ollama:model:tag (default: the bundled lighthouse model)")
    private String target;

    @Option(
            names = "--draft",
            description = "the model that drafts (default: the target itself, and for NAIVE_SPECULATIVE the same"
                    + " checkpoint, loaded once more)")
    private String draft;

    @Option(
            names = "--random-weights",
            paramLabel = "SHAPE",
            description = "instead of --target: random weights in the shape of qwen2.5-0.5b, llama-3.2-1b or"
                    + " llama-3.1-8b. The times are the shape's; nothing is ever answered right, and as any token is about as"
                    + " likely as any other, nearly all that is drafted is accepted")
    private String shape;

    @Option(
            names = "--embedding-model",
            description = "an encoder in BGE-M3's layout, as --target (default: the bundled one)")
    private String embeddingModel;

    @Mixin
    private DeviceOption device;

    @Option(
            names = "--weights",
            defaultValue = "AUTO",
            description = "AUTO (as suits file, device and memory), FLOAT32, BFLOAT16, FLOAT16, INT8, INT4 or FP8")
    private WeightFormat weights;

    @Mixin
    private CacheTypeOption cacheType;

    @Option(names = "--passage-tokens", defaultValue = "128", description = "most tokens of a passage")
    private int passageTokens;

    @Option(
            names = "--draft-context",
            defaultValue = "1024",
            description = "tokens that the drafter reads, in passages or, with STREAMING_DRAFT, attends to")
    private int draftContextTokens;

    @Option(
            names = "--draft-over",
            defaultValue = "AUTO",
            description =
                    "what is attended to for drafting over passages: PASSAGE_PROMPT (the drafter reads a prompt of"
                            + " them), PASSAGE_ROWS (the target's KV cache of them), or AUTO")
    private DraftContext draftContext;

    @Option(
            names = "--learn-every-token",
            arity = "1",
            defaultValue = "true",
            description =
                    "false: after a draft that was accepted altogether the target's own token follows, as in the paper")
    private boolean learnEveryToken;

    @Option(names = "--temperature", description = "0 for greedy decoding, up to 2")
    private double temperature = 0.5;

    @Option(
            names = "--max-output-tokens",
            description = "most tokens of an answer (default, unless another is told: " + BUNDLED_ANSWER_TOKENS
                    + ", with random weights, which know no end, " + RANDOM_ANSWER_TOKENS + ")")
    private Integer maxOutputTokens;

    /** With the defaults of a command whose answers are long, and drawn. */
    EngineOptions() {}

    /** With others. */
    EngineOptions(double temperature, int maxOutputTokens) {
        this.temperature = temperature;
        this.maxOutputTokens = maxOutputTokens;
    }

    /** Makes ready what the engines are loaded from; to be closed. */
    Models open() throws IOException {
        if (shape != null && (target != null || draft != null)) {
            throw new IllegalArgumentException("Give either --random-weights or --target and --draft");
        }
        Optional<RandomCheckpoint> random = shape == null ? Optional.empty() : Optional.of(random(Shape.of(shape)));
        try {
            return new Models(
                    random,
                    random.map(RandomCheckpoint::folder)
                            .map(Path::toString)
                            .orElseGet(() -> orBundled(target, LighthouseModel.directory())),
                    Optional.ofNullable(draft),
                    RapidEmbeddingModel.builder()
                            .model(orBundled(embeddingModel, LighthouseEmbedding.directory()))
                            .device(device.name())
                            .build(),
                    this);
        } catch (RuntimeException e) {
            if (random.isPresent()) {
                random.get().close();
            }
            throw e;
        }
    }

    private static String orBundled(String given, Path bundled) {
        return given == null ? bundled.toString() : given;
    }

    /** A checkpoint with the bundled model's tokens, of which there are fewer than the shape has. */
    private static RandomCheckpoint random(Shape shape) throws IOException {
        List<Path> tokenizer = Stream.of("tokenizer.json", "tokenizer_config.json")
                .map(LighthouseModel.directory()::resolve)
                .toList();
        return RandomCheckpoint.write(shape.name(), shape.config(), shape.tensors(), tokenizer);
    }

    String device() {
        return device.name();
    }

    WeightFormat weights() {
        return weights;
    }

    CacheType cacheType() {
        return cacheType.type();
    }

    int passageTokens() {
        return passageTokens;
    }

    int draftContextTokens() {
        return draftContextTokens;
    }

    boolean learnEveryToken() {
        return learnEveryToken;
    }

    DraftContext draftContext() {
        return draftContext;
    }

    double temperature() {
        return temperature;
    }

    int maxOutputTokens() {
        if (maxOutputTokens != null) {
            return maxOutputTokens;
        }
        return shape == null ? BUNDLED_ANSWER_TOKENS : RANDOM_ANSWER_TOKENS;
    }

    /** With random weights no token is likely: above 0, drafting would always stop at once. */
    double confidenceThreshold() {
        return shape == null ? 0.1 : 0;
    }
}
