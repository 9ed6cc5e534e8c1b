package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** OLMoE. */
record Olmoe() implements Architecture {

    /** In transformers. */
    private static final double DEFAULT_EPSILON = 1e-5;

    @Override
    public String modelType() {
        return "olmoe";
    }

    @Override
    public String className() {
        return "OlmoeForCausalLM";
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        if (config.has("clip_qkv")) {
            throw config.invalid("clip_qkv", "supported is null: queries, keys and values that are not clipped");
        }
        return QueryKeyNorm.WHOLE;
    }

    @Override
    public Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", DEFAULT_EPSILON));
    }

    @Override
    public Optional<Experts> experts(JsonFile config) {
        int count = ConfigurationChecks.experts(config);
        return Optional.of(Experts.of(
                count,
                config.positive("num_experts_per_tok", count),
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                config.flag("norm_topk_prob", false)));
    }
}
