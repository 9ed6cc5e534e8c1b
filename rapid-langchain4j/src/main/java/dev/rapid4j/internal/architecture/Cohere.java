package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;
import java.util.OptionalDouble;

/**
 * Cohere's Command R: attention and feed-forward beside each other, and heads whose neighbouring elements are turned.
 *
 * @param withWindows whether it is Command R7B or Command A, most of whose layers slide over a window, while the others
 *     know no positions
 */
record Cohere(boolean withWindows) implements Architecture {

    private static final String DEFAULTS = """
            {"tie_word_embeddings": true}
            """;

    private static final int DEFAULT_PATTERN = 4;

    @Override
    public String modelType() {
        return withWindows ? "cohere2" : "cohere";
    }

    @Override
    public String className() {
        return withWindows ? "Cohere2ForCausalLM" : "CohereForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        // of which only one value has ever been published, and which transformers passes over
        Architecture.requireIfAny(config, "use_parallel_block", "true");
        Architecture.requireIfAny(config, "use_gated_activation", "true");
        Architecture.requireIfAny(config, "position_embedding_type", "rope_gptj");
        if (config.positive("rotary_pct", 1.0) != 1) {
            throw config.invalid("rotary_pct", "supported is 1");
        }
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return false;
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        if (!config.flag("use_qk_norm", false)) {
            return QueryKeyNorm.NONE;
        }
        if (withWindows) {
            throw config.invalid("use_qk_norm", "supported is false in " + className());
        }
        return QueryKeyNorm.EACH_HEAD;
    }

    @Override
    public Norms norms(JsonFile config) {
        return new Norms(true, false, false, config.positive("layer_norm_eps", 1e-5), true, false, true);
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        return new Multipliers(1, 1, config.positive("logit_scale", 0.0625), 0);
    }

    @Override
    public boolean interleavesHeads() {
        return true;
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(withWindows ? 10_000 : 500_000, OptionalDouble.empty());
    }

    @Override
    public int rotary(JsonFile config, int layer, boolean slides) {
        return withWindows && !slides ? -1 : 0;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return withWindows;
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return Architecture.slidesInPattern(config, layer, DEFAULT_PATTERN);
    }
}
