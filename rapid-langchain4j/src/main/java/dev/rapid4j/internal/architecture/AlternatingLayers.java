package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Layers of encoders that see all tokens or those nearby, in the layouts of transformers 4.x and 5.x. */
final class AlternatingLayers {

    private static final String TYPES = "layer_types";
    private static final String PARAMETERS = "rope_parameters";

    private AlternatingLayers() {}

    /**
     * @param nearby whether a layer sees what is nearby, where {@code layer_types} does not say so
     * @param all what a layer is that sees all
     */
    static List<Layer> read(JsonFile config, IntPredicate nearby, Layer all, Layer some) {
        int count = config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS);
        JsonNode types = config.root().path(TYPES);
        if (config.has(TYPES) && types.size() != count) {
            throw config.invalid(TYPES, "num_hidden_layers is %d, so as many are needed".formatted(count));
        }
        List<Layer> layers = new ArrayList<>(count);
        for (int layer = 0; layer < count; layer++) {
            if (!config.has(TYPES)) {
                layers.add(nearby.test(layer) ? some : all);
                continue;
            }
            layers.add(
                    switch (types.path(layer).asText()) {
                        case "full_attention" -> all;
                        case "sliding_attention" -> some;
                        default -> throw config.invalid(TYPES, "supported are full_attention and sliding_attention");
                    });
        }
        return layers;
    }

    /**
     * The base of the rotary embeddings of one kind of layers.
     *
     * @param kind as {@code rope_parameters} calls it
     * @param beside what the field for it says that transformers 4 wrote
     */
    static double theta(JsonFile config, String kind, double beside) {
        if (config.has("rope_scaling")) {
            throw config.invalid("rope_scaling", "supported are rotary embeddings as they are, without scaling");
        }
        if (!config.has(PARAMETERS) || !config.object(PARAMETERS).has(kind)) {
            return beside;
        }
        JsonFile parameters = config.object(PARAMETERS).object(kind);
        if (!parameters.text("rope_type", "default").equals("default")) {
            throw parameters.invalid("rope_type", "supported is default");
        }
        return parameters.positive("rope_theta", beside);
    }
}
