package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.OptionalDouble;

/** SmolLM3: every fourth layer knows no positions. */
record SmolLm3() implements Architecture {

    private static final String LAYERS = "no_rope_layers";
    private static final int DEFAULT_INTERVAL = 4;

    private static final String DEFAULTS = """
            {"num_key_value_heads": 4, "tie_word_embeddings": true}
            """;

    @Override
    public String modelType() {
        return "smollm3";
    }

    @Override
    public String className() {
        return "SmolLM3ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(2_000_000, OptionalDouble.empty());
    }

    /** In spite of its name the list has 1 for layers that are rotated. */
    @Override
    public int rotary(JsonFile config, int layer, boolean slides) {
        if (!config.has(LAYERS)) {
            int interval = config.positive("no_rope_layer_interval", ConfigurationChecks.MAX_LAYERS, DEFAULT_INTERVAL);
            return (layer + 1) % interval == 0 ? -1 : 0;
        }
        JsonNode rotated = config.root().path(LAYERS).path(layer);
        if (!rotated.isIntegralNumber() || rotated.intValue() < 0 || rotated.intValue() > 1) {
            throw config.invalid(LAYERS, "a list with 0 or 1 for each layer is needed");
        }
        return rotated.intValue() - 1;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return config.flag("use_sliding_window", false) && config.has("sliding_window");
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return rotary(config, layer, false) < 0;
    }
}
