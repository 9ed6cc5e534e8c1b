package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** Qwen3 with experts, such as Qwen3-30B-A3B and Qwen3-Coder. */
record Qwen3Moe() implements Architecture {

    @Override
    public String modelType() {
        return "qwen3_moe";
    }

    @Override
    public String className() {
        return "Qwen3MoeForCausalLM";
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.HEAD;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return Qwen2.hasWindowsInQwen(config);
    }

    @Override
    public boolean readsLayerTypes() {
        return false;
    }

    @Override
    public Optional<Experts> experts(JsonFile config) {
        return Optional.of(expertsInQwen(config));
    }

    @Override
    public boolean hasExperts(JsonFile config, int layer) {
        return hasExpertsInQwen(config, layer);
    }

    static Experts expertsInQwen(JsonFile config) {
        int count = ConfigurationChecks.experts(config);
        return Experts.of(
                count,
                config.positive("num_experts_per_tok", count),
                config.positive("moe_intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                config.flag("norm_topk_prob", false));
    }

    static boolean hasExpertsInQwen(JsonFile config, int layer) {
        for (JsonNode dense : config.root().path("mlp_only_layers")) {
            if (dense.asInt(-1) == layer) {
                return false;
            }
        }
        return (layer + 1) % config.positive("decoder_sparse_step", ConfigurationChecks.MAX_LAYERS, 1) == 0;
    }
}
