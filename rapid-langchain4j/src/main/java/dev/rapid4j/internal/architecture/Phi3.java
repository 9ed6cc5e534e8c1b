package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;
import java.util.OptionalDouble;

/** Phi-3, Phi-3.5 and Phi-4: what multiplies the same is one tensor. */
record Phi3() implements Architecture {

    private static final double DEFAULT_EPSILON = 1e-5;

    /** In transformers it stands beside the rotary parameters, and so comes before what these say. */
    private static final String DEFAULTS = """
            {"original_max_position_embeddings": 4096}
            """;

    @Override
    public String modelType() {
        return "phi3";
    }

    @Override
    public String className() {
        return "Phi3ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public boolean readsBiases() {
        return false;
    }

    @Override
    public Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", DEFAULT_EPSILON));
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(10_000, OptionalDouble.of(1));
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
    public boolean fusesProjections() {
        return true;
    }
}
