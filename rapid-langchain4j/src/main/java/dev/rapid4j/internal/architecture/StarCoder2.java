package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.HashMap;
import java.util.Map;

/** StarCoder2: norms with a mean, biases everywhere, and feed-forward blocks without a gate. */
record StarCoder2() implements Architecture {

    private static final String DEFAULTS = """
            {"num_key_value_heads": 2, "tie_word_embeddings": true}
            """;

    @Override
    public String modelType() {
        return "starcoder2";
    }

    @Override
    public String className() {
        return "Starcoder2ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        Architecture.requireIfAny(config, "norm_type", "layer_norm");
        Architecture.requireIfAny(config, "mlp_type", "default");
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("use_bias", true);
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return config.flag("use_bias", true);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return config.flag("use_bias", true);
    }

    @Override
    public Activation activation(JsonFile config) {
        return Architecture.activation(config, "hidden_act", "gelu_pytorch_tanh");
    }

    @Override
    public boolean gated() {
        return false;
    }

    @Override
    public Norms norms(JsonFile config) {
        return new Norms(true, true, false, config.positive("norm_epsilon", 1e-5), true, false, false);
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window");
    }

    @Override
    public boolean readsLayerTypes() {
        return false;
    }

    @Override
    public Map<String, Tensor> named(Map<String, Tensor> tensors) {
        Map<String, Tensor> renamed = new HashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(
                name.replace(".mlp.c_fc.", ".mlp.up_proj.").replace(".mlp.c_proj.", ".mlp.down_proj."), tensor));
        return renamed;
    }
}
