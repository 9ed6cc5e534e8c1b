package dev.rapid4j.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A text in the three views that FlagEmbedding makes with the weights of {@code bge-m3-tiny}.
 *
 * @param tokenVectors of the tokens but the first, flat
 */
public record ExpectedViews(String text, float[] dense, Map<Integer, Float> lexicalWeights, float[] tokenVectors) {

    /** All but the last one, which was cut without its end token, as no tokenizer does it. */
    public static List<ExpectedViews> all() {
        JsonNode texts = Golden.json("bge-m3-tiny/expected.json");
        List<ExpectedViews> all = new ArrayList<>();
        for (int i = 0; i < texts.size() - 1; i++) {
            Map<Integer, Float> weights = new HashMap<>();
            texts.get(i)
                    .get("lexical_weights")
                    .properties()
                    .forEach(weight -> weights.put(
                            Integer.valueOf(weight.getKey()), weight.getValue().floatValue()));
            all.add(new ExpectedViews(
                    texts.get(i).get("text").textValue(), tensor("dense_" + i), weights, tensor("colbert_" + i)));
        }
        return all;
    }

    private static float[] tensor(String name) {
        return Golden.tensor("bge-m3-tiny/expected.safetensors", name);
    }
}
