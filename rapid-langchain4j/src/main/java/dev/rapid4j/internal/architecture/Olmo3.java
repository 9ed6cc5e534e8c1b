package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.OptionalDouble;

/** OLMo 3: OLMo 2's layers, of which three in four slide; only the others' position embeddings are stretched. */
record Olmo3() implements Architecture {

    private static final double DEFAULT_THETA = 500_000;

    @Override
    public String modelType() {
        return "olmo3";
    }

    @Override
    public String className() {
        return "Olmo3ForCausalLM";
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.WHOLE;
    }

    @Override
    public Norms norms(JsonFile config) {
        return Olmo2.normsBehindBlocks(config);
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return Architecture.windowIsNotNull(config);
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return (layer + 1) % 4 != 0;
    }

    @Override
    public List<Rotary> rotaries(JsonFile config, int positions, int headDimension) {
        RotaryParameters.Defaults defaults = new RotaryParameters.Defaults(DEFAULT_THETA, OptionalDouble.empty());
        return RotaryParameters.readBoth(config, positions, headDimension, defaults, DEFAULT_THETA);
    }

    @Override
    public int rotary(JsonFile config, int layer, boolean slides) {
        return slides ? 1 : 0;
    }
}
