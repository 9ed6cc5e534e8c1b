package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;

/** OLMo 2: norms behind the blocks and none before them. */
record Olmo2() implements Architecture {

    private static final double DEFAULT_EPSILON = 1e-5;

    @Override
    public String modelType() {
        return "olmo2";
    }

    @Override
    public String className() {
        return "Olmo2ForCausalLM";
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.WHOLE;
    }

    @Override
    public Norms norms(JsonFile config) {
        return normsBehindBlocks(config);
    }

    static Norms normsBehindBlocks(JsonFile config) {
        double epsilon = config.positive("rms_norm_eps", DEFAULT_EPSILON);
        return new Norms(false, false, false, epsilon, false, true, false);
    }
}
