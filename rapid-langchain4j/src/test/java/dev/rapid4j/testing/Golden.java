package dev.rapid4j.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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

    public static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(path(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What transformers computed.
     *
     * @param logits {@code [inputIds.length][vocabulary]}
     * @param greedyIds 40 tokens that follow the first 150 of {@code inputIds}
     */
    public record Expected(int[] inputIds, float[][] logits, int[] greedyIds) {

        public static Expected of(String model) {
            try {
                ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path(model).resolve("expected.safetensors")))
                        .order(ByteOrder.LITTLE_ENDIAN);
                byte[] header = new byte[Math.toIntExact(file.getLong())];
                file.get(header);
                JsonNode entries = new ObjectMapper().readTree(header);
                ByteBuffer data = file.slice().order(ByteOrder.LITTLE_ENDIAN);
                int[] ids = integers(entries.get("input_ids"), data);
                float[] flat = new float[length(entries.get("logits")) / Float.BYTES];
                at(entries.get("logits"), data).asFloatBuffer().get(flat);
                float[][] logits = new float[ids.length][flat.length / ids.length];
                for (int i = 0; i < ids.length; i++) {
                    System.arraycopy(flat, i * logits[i].length, logits[i], 0, logits[i].length);
                }
                return new Expected(ids, logits, integers(entries.get("greedy_ids"), data));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static int[] integers(JsonNode entry, ByteBuffer data) {
            int count = entry.get("shape").get(entry.get("shape").size() - 1).intValue();
            int bytes = length(entry) / count;
            int[] values = new int[count];
            ByteBuffer at = at(entry, data);
            for (int i = 0; i < count; i++) {
                values[i] = bytes == Long.BYTES ? Math.toIntExact(at.getLong()) : at.getInt();
            }
            return values;
        }

        private static ByteBuffer at(JsonNode entry, ByteBuffer data) {
            int offset = entry.get("data_offsets").get(0).intValue();
            return data.slice(offset, length(entry)).order(ByteOrder.LITTLE_ENDIAN);
        }

        private static int length(JsonNode entry) {
            return entry.get("data_offsets").get(1).intValue()
                    - entry.get("data_offsets").get(0).intValue();
        }
    }
}
