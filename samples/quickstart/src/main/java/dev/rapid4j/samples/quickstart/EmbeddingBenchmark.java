package dev.rapid4j.samples.quickstart;

import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.checkpoint.Pooling;
import dev.rapid4j.embedding.BgeM3EmbeddingModel;
import dev.rapid4j.model.Precision;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Tokens a second of an encoder in the shape of BGE-M3 over texts of 512 tokens, in float32 and in bfloat16, in turns.
 * The weights are random, which makes no difference to the time, and the vocabulary is small, as that makes none
 * either. Writes 1.2 GB into the folder for temporary files, and removes it again.
 */
public final class EmbeddingBenchmark {

    private static final int LAYERS = 24;
    private static final int HIDDEN = 1024;
    private static final int INTERMEDIATE = 4096;
    private static final int HEADS = 16;
    private static final int POSITIONS = 8194;
    private static final int VOCABULARY = 472;

    private static final int TEXTS = 4;
    private static final int TOKENS = 512;
    private static final int ROUNDS = 5;

    private EmbeddingBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("bge-m3-shape");
        try {
            writeCheckpoint(folder);
            try (BgeM3EmbeddingModel exact = model(folder, Precision.FLOAT32);
                    BgeM3EmbeddingModel half = model(folder, Precision.BFLOAT16)) {
                measure(Map.of("float32", exact, "bfloat16", half));
            }
        } finally {
            for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.delete(folder);
        }
    }

    private static BgeM3EmbeddingModel model(Path folder, Precision precision) {
        return BgeM3EmbeddingModel.builder()
                .model(folder)
                .pooling(Pooling.CLS)
                .precision(precision)
                .maxTokens(TOKENS)
                .build();
    }

    private static void measure(Map<String, BgeM3EmbeddingModel> models) {
        // longer than what is read of them
        List<TextSegment> texts = IntStream.range(0, TEXTS)
                .mapToObj(
                        i -> TextSegment.from(LighthouseRegister.generate(20, i).text()))
                .toList();
        Map<String, double[]> speeds = new LinkedHashMap<>();
        for (int round = -1; round < ROUNDS; round++) {
            for (Map.Entry<String, BgeM3EmbeddingModel> model : models.entrySet()) {
                long start = System.nanoTime();
                model.getValue().embedAll(texts);
                double speed = TEXTS * TOKENS / ((System.nanoTime() - start) / 1e9);
                if (round >= 0) {
                    speeds.computeIfAbsent(model.getKey(), name -> new double[ROUNDS])[round] = speed;
                }
            }
        }
        System.out.printf("%n| precision | tokens/s, least | median | most |%n|---|---|---|---|%n");
        speeds.forEach((name, measured) -> {
            Arrays.sort(measured);
            System.out.printf(
                    "| %s | %.0f | %.0f | %.0f |%n", name, measured[0], measured[ROUNDS / 2], measured[ROUNDS - 1]);
        });
    }

    private static void writeCheckpoint(Path folder) throws IOException {
        Files.copy(LighthouseEmbedding.directory().resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"], "vocab_size": %d, "hidden_size": %d,
                 "num_hidden_layers": %d, "num_attention_heads": %d, "intermediate_size": %d, "hidden_act": "gelu",
                 "max_position_embeddings": %d, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}
                """.formatted(
                        VOCABULARY, HIDDEN, LAYERS, HEADS, INTERMEDIATE, POSITIONS));
        writeWeights(folder.resolve("model.safetensors"), shapes());
    }

    private static Map<String, int[]> shapes() {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.word_embeddings.weight", new int[] {VOCABULARY, HIDDEN});
        shapes.put("embeddings.position_embeddings.weight", new int[] {POSITIONS, HIDDEN});
        shapes.put("embeddings.token_type_embeddings.weight", new int[] {1, HIDDEN});
        add(shapes, "embeddings.LayerNorm", HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "encoder.layer." + i + ".";
            for (String projection : List.of("self.query", "self.key", "self.value", "output.dense")) {
                add(shapes, layer + "attention." + projection, HIDDEN, HIDDEN);
            }
            add(shapes, layer + "attention.output.LayerNorm", HIDDEN);
            add(shapes, layer + "intermediate.dense", INTERMEDIATE, HIDDEN);
            add(shapes, layer + "output.dense", HIDDEN, INTERMEDIATE);
            add(shapes, layer + "output.LayerNorm", HIDDEN);
        }
        return shapes;
    }

    private static void add(Map<String, int[]> shapes, String name, int... shape) {
        shapes.put(name + ".weight", shape);
        shapes.put(name + ".bias", new int[] {shape[0]});
    }

    private static void writeWeights(Path file, Map<String, int[]> shapes) throws IOException {
        List<String> entries = new ArrayList<>();
        long offset = 0;
        for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
            long end = offset + (long) Float.BYTES * elements(entry.getValue());
            entries.add("\"%s\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": [%d, %d]}"
                    .formatted(entry.getKey(), Arrays.toString(entry.getValue()), offset, end));
            offset = end;
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel))) {
            out.writeLong(Long.reverseBytes(header.length));
            out.write(header);
            for (int[] shape : shapes.values()) {
                ByteBuffer weights =
                        ByteBuffer.allocate(Float.BYTES * elements(shape)).order(ByteOrder.LITTLE_ENDIAN);
                while (weights.hasRemaining()) {
                    weights.putFloat((float) random.nextDouble(-0.05, 0.05));
                }
                out.write(weights.array());
            }
        }
    }

    private static int elements(int[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
}
