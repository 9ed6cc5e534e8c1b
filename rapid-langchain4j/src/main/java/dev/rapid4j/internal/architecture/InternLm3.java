package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;

/** InternLM3: Llama's layers, with names of its own for the biases. */
record InternLm3() implements Architecture {

    private static final double DEFAULT_EPSILON = 1e-5;

    private static final String DEFAULTS = """
            {"num_key_value_heads": 2, "head_dim": 128}
            """;

    @Override
    public String modelType() {
        return "internlm3";
    }

    @Override
    public String className() {
        return "InternLM3ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("qkv_bias", config.flag("attention_bias", false));
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return mlpBias(config);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return config.flag("bias", config.flag("mlp_bias", false));
    }

    @Override
    public Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", DEFAULT_EPSILON));
    }
}
