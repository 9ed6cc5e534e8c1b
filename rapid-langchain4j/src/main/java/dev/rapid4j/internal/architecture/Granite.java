package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.json.JsonFile;

/** Granite 3, the dense ones: Llama's layers with multipliers. */
record Granite() implements Architecture {

    @Override
    public String modelType() {
        return "granite";
    }

    @Override
    public String className() {
        return "GraniteForCausalLM";
    }

    @Override
    public double attentionScale(JsonFile config, int headDimension) {
        return config.positive("attention_multiplier", 1.0);
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        return new Multipliers(
                config.positive("embedding_multiplier", 1.0),
                config.positive("residual_multiplier", 1.0),
                1 / config.positive("logits_scaling", 1.0),
                0);
    }
}
