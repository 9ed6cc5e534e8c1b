package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;

/** What the generations of Gemma have in common: norms on both sides of each block, whose weights are added to 1. */
sealed interface Gemma extends Architecture permits Gemma2, Gemma3 {

    @Override
    default double attentionScale(JsonFile config, int headDimension) {
        return 1 / Math.sqrt(config.positive("query_pre_attn_scalar"));
    }

    @Override
    default Activation activation(JsonFile config) {
        return Architecture.activation(config, "hidden_activation", "gelu_pytorch_tanh");
    }

    @Override
    default Norms norms(JsonFile config) {
        return new Norms(false, false, true, config.positive("rms_norm_eps", 1e-6), true, true, false);
    }

    @Override
    default Multipliers multipliers(JsonFile config, int hiddenSize) {
        return new Multipliers(Math.sqrt(hiddenSize), 1, 1, config.positive("final_logit_softcapping", 0.0));
    }

    @Override
    default boolean hasWindows(JsonFile config) {
        if (config.flag("use_bidirectional_attention", false)) {
            throw config.invalid(
                    "use_bidirectional_attention", "supported are networks whose tokens attend to earlier ones");
        }
        return config.has("sliding_window");
    }
}
