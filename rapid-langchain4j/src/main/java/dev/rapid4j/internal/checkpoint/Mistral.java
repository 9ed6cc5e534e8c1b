package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.internal.json.JsonFile;

/** Mistral 7B and its successors. */
record Mistral() implements Architecture {

    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public String className() {
        return "MistralForCausalLM";
    }

    /** null switches it off, absence does not. */
    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window") || !config.root().has("sliding_window");
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return true;
    }
}
