package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.rapid4j.internal.json.JsonFile;

/** Qwen2 and Qwen2.5. */
record Qwen2() implements Architecture {

    private static final String FULL_LAYERS = "max_window_layers";

    /** In transformers. */
    private static final int DEFAULT_FULL_LAYERS = 28;

    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public String className() {
        return "Qwen2ForCausalLM";
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return true;
    }

    @Override
    public boolean readsBiases() {
        return false;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return hasWindowsInQwen(config);
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return slidesInQwen(config, layer);
    }

    static boolean hasWindowsInQwen(JsonFile config) {
        return config.flag("use_sliding_window", false) && Architecture.windowIsNotNull(config);
    }

    static boolean slidesInQwen(JsonFile config, int layer) {
        if (config.root().path(FULL_LAYERS).equals(IntNode.valueOf(0))) {
            return true;
        }
        return layer >= config.positive(FULL_LAYERS, ConfigurationChecks.MAX_LAYERS, DEFAULT_FULL_LAYERS);
    }
}
