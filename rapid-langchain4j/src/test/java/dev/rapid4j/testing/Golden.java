package dev.rapid4j.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Reference data computed with Hugging Face transformers and the authors' code. */
public final class Golden {

    /** The four tiny language models. */
    public static final List<String> MODELS = List.of("llama3-tiny", "qwen2-tiny", "qwen3-tiny", "mistral-tiny");

    private Golden() {}

    public static Path path(String name) {
        return Path.of("src/test/resources/golden").resolve(name).toAbsolutePath();
    }

    public static Checkpoint checkpoint(String model) {
        return Checkpoint.open(path(model));
    }

    /**
     * A copy with room for 16,384 tokens whose attention slides over a window, as in {@code make_windows.py}: in all
     * layers of mistral-tiny, in the first and the last of the three of qwen3-tiny.
     *
     * @param folder in which the copy is made
     */
    public static Checkpoint windowed(String model, int window, Path folder) {
        try (Stream<Path> files = Files.list(path(model))) {
            Path copy = Files.createTempDirectory(folder, model);
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
            ObjectNode config = (ObjectNode) json(model + "/config.json");
            config.put("max_position_embeddings", 16384).put("sliding_window", window);
            if (model.equals("qwen3-tiny")) {
                config.put("use_sliding_window", true);
                config.putArray("layer_types")
                        .add("sliding_attention")
                        .add("full_attention")
                        .add("sliding_attention");
            }
            Files.writeString(copy.resolve("config.json"), config.toString());
            return Checkpoint.open(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(path(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The numbers of a float32 tensor, flat. */
    public static float[] tensor(String file, String name) {
        return Safetensors.read(path(file)).floats(name);
    }

    /** A safetensors file in memory: the header's JSON, and the data behind it. */
    private record Safetensors(JsonNode header, ByteBuffer data) {

        static Safetensors read(Path path) {
            try {
                ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
                byte[] header = new byte[Math.toIntExact(file.getLong())];
                file.get(header);
                return new Safetensors(new ObjectMapper().readTree(header), file.slice());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        float[] floats(String name) {
            float[] values = new float[bytes(name).remaining() / Float.BYTES];
            bytes(name).asFloatBuffer().get(values);
            return values;
        }

        int[] integers(String name) {
            JsonNode shape = header.get(name).get("shape");
            ByteBuffer bytes = bytes(name);
            int[] values = new int[shape.get(shape.size() - 1).intValue()];
            boolean wide = bytes.remaining() / values.length == Long.BYTES;
            for (int i = 0; i < values.length; i++) {
                values[i] = wide ? Math.toIntExact(bytes.getLong()) : bytes.getInt();
            }
            return values;
        }

        private ByteBuffer bytes(String name) {
            JsonNode offsets = header.get(name).get("data_offsets");
            int start = offsets.get(0).intValue();
            return data.slice(start, offsets.get(1).intValue() - start).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /**
     * What transformers computed.
     *
     * @param logits {@code [inputIds.length][vocabulary]}
     * @param greedyIds tokens that follow the first 150 of {@code inputIds}, the first 64 in {@code architectures}
     */
    public record Expected(int[] inputIds, float[][] logits, int[] greedyIds) {

        public static Expected of(String model) {
            Safetensors file = Safetensors.read(path(model).resolve("expected.safetensors"));
            int[] ids = file.integers("input_ids");
            float[][] logits = rows(file.floats("logits"), ids.length);
            return new Expected(ids, logits, file.integers("greedy_ids"));
        }

        /**
         * Logits behind tokens 149 to 156 of {@code inputIds}, which attend to some of the 149 before them and to each
         * other; see {@code make_cache_rows.py}.
         */
        public static float[][] logits(String model, String file) {
            return rows(Safetensors.read(path(model).resolve(file)).floats("logits"), 8);
        }

        private static float[][] rows(float[] flat, int count) {
            int width = flat.length / count;
            float[][] rows = new float[count][];
            for (int i = 0; i < count; i++) {
                rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
            }
            return rows;
        }
    }
}
