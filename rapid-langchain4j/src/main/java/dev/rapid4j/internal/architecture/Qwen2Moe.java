package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** Qwen1.5 and Qwen2 with experts, beside which there is one that all tokens have. */
record Qwen2Moe() implements Architecture {

    @Override
    public String modelType() {
        return "qwen2_moe";
    }

    @Override
    public String className() {
        return "Qwen2MoeForCausalLM";
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("qkv_bias", true);
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return false;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return Qwen2.hasWindowsInQwen(config);
    }

    /** Other than in Qwen2, every second one of the first layers. */
    @Override
    public boolean slides(JsonFile config, int layer) {
        return layer % 2 == 0 && !Qwen2.slidesInQwen(config, layer);
    }

    @Override
    public Optional<Experts> experts(JsonFile config) {
        return Optional.of(Qwen3Moe.expertsInQwen(config)
                .withDenseBlock(
                        config.positive("shared_expert_intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                        true));
    }

    @Override
    public boolean hasExperts(JsonFile config, int layer) {
        return Qwen3Moe.hasExpertsInQwen(config, layer);
    }
}
