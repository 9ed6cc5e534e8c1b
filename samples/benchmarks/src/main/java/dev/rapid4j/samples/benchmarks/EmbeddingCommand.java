package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.Pooling;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "embedding",
        description = {
            "Times an encoder of random weights in the shape of BGE-M3 over texts of the same length, in two formats, in"
                    + " turns.",
            "Writes 0.6 GB into the folder for temporary files, and removes them again."
        },
        showDefaultValues = true)
final class EmbeddingCommand extends Measurement {

    private static final int HIDDEN = 1024;
    private static final int INTERMEDIATE = 4096;
    private static final int HEADS = 16;
    private static final int POSITIONS = 8194;
    private static final int MOST_LAYERS = 24;
    private static final int MOST_TEXTS = 1000;

    /** The bundled tokenizer has so many tokens; the size of the table makes no difference to the time. */
    private static final int VOCABULARY = 472;

    @Mixin
    private DeviceOption device;

    @Option(names = "--layers", defaultValue = "24", description = "fewer than BGE-M3's 24 for a trial")
    private int layers;

    @Option(names = "--texts", defaultValue = "4", description = "texts that are embedded together")
    private int texts;

    @Option(names = "--tokens", defaultValue = "512", description = "tokens of a text")
    private int tokens;

    @Option(names = "--turns", defaultValue = "5", description = "measured turns, after one that is not counted")
    private int turns;

    /** @param speedUp tokens a second as a multiple of those in float32 in the same turn */
    private record Result(WeightFormat weights, Spread tokensPerSecond, Spread speedUp) {}

    @Override
    void measure(Output output) throws IOException {
        requireRange("--layers", layers, MOST_LAYERS);
        requireRange("--texts", texts, MOST_TEXTS);
        requireRange("--tokens", tokens, POSITIONS - 2);
        requireRange("--turns", turns, AnswerTurns.MOST);
        List<Path> tokenizer = List.of(LighthouseEmbedding.directory().resolve("tokenizer.json"));
        output.progress().println("Writing random weights in the shape of BGE-M3");
        try (RandomCheckpoint checkpoint = RandomCheckpoint.write("bge-m3", configuration(), tensors(), tokenizer);
                RapidEmbeddingModel exact = model(checkpoint.folder(), WeightFormat.FLOAT32);
                RapidEmbeddingModel half = model(checkpoint.folder(), WeightFormat.BFLOAT16)) {
            Map<WeightFormat, RapidEmbeddingModel> models = new EnumMap<>(WeightFormat.class);
            models.put(WeightFormat.FLOAT32, exact);
            models.put(WeightFormat.BFLOAT16, half);
            List<Map<WeightFormat, Double>> speeds = measure(models, new Progress(output.progress(), turns + 1));
            List<Result> results = models.keySet().stream()
                    .map(weights -> {
                        ToDoubleFunction<Map<WeightFormat, Double>> speed = turn -> turn.get(weights);
                        return new Result(
                                weights,
                                Spread.of(speeds, speed),
                                Spread.of(speeds, turn -> speed.applyAsDouble(turn) / turn.get(WeightFormat.FLOAT32)));
                    })
                    .toList();
            output.write(results);
            output.header("weights", "tokens/s", "of float32's");
            for (Result result : results) {
                output.row(
                        result.weights().name(),
                        result.tokensPerSecond().format("%.0f"),
                        result.speedUp().format("%.2f"));
            }
        }
    }

    private RapidEmbeddingModel model(Path folder, WeightFormat weights) {
        return RapidEmbeddingModel.builder()
                .model(folder)
                .device(device.name())
                .pooling(Pooling.CLS)
                .weights(weights)
                .maxTokens(tokens)
                .build();
    }

    private List<Map<WeightFormat, Double>> measure(Map<WeightFormat, RapidEmbeddingModel> models, Progress progress) {
        // longer than what is read of them
        List<TextSegment> segments = IntStream.range(0, texts)
                .mapToObj(i -> TextSegment.from(
                        LighthouseRegister.ofTokens(3 * tokens, i).text()))
                .toList();
        List<Map<WeightFormat, Double>> speeds = new ArrayList<>();
        for (int turn = 0; turn <= turns; turn++) {
            progress.begin("Turn %d of %d".formatted(turn, turns), 1);
            Map<WeightFormat, Double> measured = new EnumMap<>(WeightFormat.class);
            models.forEach((weights, model) -> {
                long start = System.nanoTime();
                model.embedAll(segments);
                measured.put(weights, texts * tokens / ((System.nanoTime() - start) / 1e9));
            });
            if (turn > 0) {
                speeds.add(measured);
            }
        }
        return speeds;
    }

    private Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("model_type", "xlm-roberta");
        configuration.put("architectures", List.of("XLMRobertaModel"));
        configuration.put("vocab_size", VOCABULARY);
        configuration.put("hidden_size", HIDDEN);
        configuration.put("num_hidden_layers", layers);
        configuration.put("num_attention_heads", HEADS);
        configuration.put("intermediate_size", INTERMEDIATE);
        configuration.put("hidden_act", "gelu");
        configuration.put("max_position_embeddings", POSITIONS);
        configuration.put("type_vocab_size", 1);
        configuration.put("layer_norm_eps", 1e-5);
        configuration.put("pad_token_id", 1);
        return configuration;
    }

    private Map<String, long[]> tensors() {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        tensors.put("embeddings.word_embeddings.weight", new long[] {VOCABULARY, HIDDEN});
        tensors.put("embeddings.position_embeddings.weight", new long[] {POSITIONS, HIDDEN});
        tensors.put("embeddings.token_type_embeddings.weight", new long[] {1, HIDDEN});
        add(tensors, "embeddings.LayerNorm", HIDDEN);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.layer." + i + ".";
            for (String projection : List.of("self.query", "self.key", "self.value", "output.dense")) {
                add(tensors, layer + "attention." + projection, HIDDEN, HIDDEN);
            }
            add(tensors, layer + "attention.output.LayerNorm", HIDDEN);
            add(tensors, layer + "intermediate.dense", INTERMEDIATE, HIDDEN);
            add(tensors, layer + "output.dense", HIDDEN, INTERMEDIATE);
            add(tensors, layer + "output.LayerNorm", HIDDEN);
        }
        return tensors;
    }

    private static void add(Map<String, long[]> tensors, String name, long... size) {
        tensors.put(name + ".weight", size);
        tensors.put(name + ".bias", new long[] {size[0]});
    }
}
