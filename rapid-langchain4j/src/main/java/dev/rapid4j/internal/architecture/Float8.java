package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Weights in 8-bit floats with scales beside them, as DeepSeek, Qwen, Mistral, Meta and Red Hat publish them: each is
 * its float times its scale. What is said of activations is left out, as these are not rounded so.
 */
final class Float8 {

    private static final Set<String> METHODS = Set.of("fp8", "fbgemm_fp8");
    private static final String COMPRESSED_TENSORS = "compressed-tensors";
    private static final String COMPRESSED_FORMAT = "float-quantized";

    private static final List<String> SCALES = List.of("_scale_inv", "_scale");

    /** Of activations, and of keys and values in a cache of 8 bits. */
    private static final Pattern NOT_NEEDED =
            Pattern.compile(".*\\.(?:input|activation|output|[qkv])_scale(?:_ub|_inv)?");

    /** More than any layer has. */
    private static final int MAX_BLOCK = 1 << 20;

    private Float8() {}

    /** Whether a configuration says that its weights are such. */
    static boolean isDescribed(JsonFile config) {
        for (String field : Quantisation.FIELDS) {
            JsonNode description = config.root().path(field);
            String method = description.path("quant_method").asText();
            if (METHODS.contains(method)
                    || method.equals(COMPRESSED_TENSORS)
                            && description.path("format").asText().equals(COMPRESSED_FORMAT)) {
                return true;
            }
        }
        return false;
    }

    /** The tensors, each that is so with its scales. */
    static Map<String, Tensor> withScales(JsonFile config, Map<String, Tensor> tensors) {
        List<String> floats = tensors.entrySet().stream()
                .filter(entry -> entry.getValue().type().equals(WeightType.FLOAT8.published()))
                .map(Map.Entry::getKey)
                .toList();
        if (floats.isEmpty()) {
            return tensors;
        }
        List<Long> block = block(config);
        Map<String, Tensor> joined = new HashMap<>(tensors);
        joined.keySet().removeIf(name -> NOT_NEEDED.matcher(name).matches());
        for (String name : floats) {
            for (String scales : SCALES) {
                Tensor beside = tensors.get(name + scales);
                if (beside != null) {
                    Tensor.ofFloats(tensors.get(name), beside, block).ifPresent(one -> {
                        joined.put(name, one);
                        joined.remove(name + scales);
                    });
                }
            }
        }
        return joined;
    }

    /** Rows and columns that have a scale in common; empty where the configuration names none. */
    private static List<Long> block(JsonFile config) {
        for (String field : Quantisation.FIELDS) {
            JsonNode description = config.root().path(field);
            List<JsonNode> places = new ArrayList<>(List.of(description.path("weight_block_size")));
            description
                    .path("config_groups")
                    .forEach(group -> places.add(group.path("weights").path("block_structure")));
            for (JsonNode place : places) {
                if (place.size() == 2 && isSize(place.get(0)) && isSize(place.get(1))) {
                    return List.of(place.get(0).longValue(), place.get(1).longValue());
                }
            }
        }
        return List.of();
    }

    private static boolean isSize(JsonNode value) {
        return value.isInt() && value.intValue() > 0 && value.intValue() <= MAX_BLOCK;
    }
}
