package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.internal.json.JsonFile;

/** Llama 2 and 3. */
record Llama() implements Architecture {

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String className() {
        return "LlamaForCausalLM";
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("attention_bias", false);
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return config.flag("attention_bias", false);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return config.flag("mlp_bias", false);
    }
}
