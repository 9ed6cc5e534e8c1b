package dev.rapid4j.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A text in the three views that FlagEmbedding makes with the weights of {@code bge-m3-tiny}.
 *
 * @param ids with start and end token; those of the last text are cut to 512, and have no end token
 * @param tokenVectors {@code [ids.length - 1][64]}
 */
public record ExpectedViews(
        String text, int[] ids, float[] dense, Map<Integer, Float> lexicalWeights, float[][] tokenVectors) {

    public static List<ExpectedViews> all() {
        try {
            ByteBuffer file = ByteBuffer.wrap(
                            Files.readAllBytes(Golden.path("bge-m3-tiny").resolve("expected.safetensors")))
                    .order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(file.getLong())];
            file.get(header);
            JsonNode tensors = new ObjectMapper().readTree(header);
            ByteBuffer data = file.slice().order(ByteOrder.LITTLE_ENDIAN);
            List<ExpectedViews> all = new ArrayList<>();
            for (JsonNode text : Golden.json("bge-m3-tiny/expected.json")) {
                Map<Integer, Float> weights = new LinkedHashMap<>();
                text.get("lexical_weights")
                        .properties()
                        .forEach(weight -> weights.put(
                                Integer.valueOf(weight.getKey()),
                                weight.getValue().floatValue()));
                all.add(new ExpectedViews(
                        text.get("text").textValue(),
                        new ObjectMapper().convertValue(text.get("ids"), int[].class),
                        rows(tensors.get("dense_" + all.size()), data)[0],
                        weights,
                        rows(tensors.get("colbert_" + all.size()), data)));
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[][] rows(JsonNode tensor, ByteBuffer data) {
        int start = tensor.get("data_offsets").get(0).intValue();
        int width = tensor.get("shape").get(tensor.get("shape").size() - 1).intValue();
        int count =
                tensor.get("shape").size() == 1 ? 1 : tensor.get("shape").get(0).intValue();
        float[][] rows = new float[count][width];
        for (int i = 0; i < count; i++) {
            data.slice(start + i * width * Float.BYTES, width * Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(rows[i]);
        }
        return rows;
    }
}
