package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** StableLM and StableLM 2: norms with a mean and a bias, and heads of which a part is turned. */
record StableLm() implements Architecture {

    @Override
    public String modelType() {
        return "stablelm";
    }

    @Override
    public String className() {
        return "StableLmForCausalLM";
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("use_qkv_bias", false);
    }

    @Override
    public boolean readsBiases() {
        return false;
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return config.flag("qk_layernorm", false) ? QueryKeyNorm.EACH_HEAD : QueryKeyNorm.NONE;
    }

    @Override
    public Norms norms(JsonFile config) {
        boolean parallel = config.flag("use_parallel_residual", false);
        return new Norms(true, true, false, config.positive("layer_norm_eps", 1e-5), true, false, parallel);
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(10_000, OptionalDouble.of(0.25));
    }

    @Override
    public Map<String, Tensor> named(Map<String, Tensor> tensors) {
        Map<String, Tensor> renamed = new HashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(name.replace("_layernorm.norms.", "_norm."), tensor));
        return renamed;
    }
}
