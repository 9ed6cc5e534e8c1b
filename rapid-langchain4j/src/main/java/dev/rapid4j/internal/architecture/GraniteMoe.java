package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** Granite 3 with experts. */
record GraniteMoe() implements Architecture {

    private static final Granite DENSE = new Granite();

    private static final Mixtral MIXTURE = new Mixtral();

    @Override
    public String modelType() {
        return "granitemoe";
    }

    @Override
    public String className() {
        return "GraniteMoeForCausalLM";
    }

    @Override
    public double attentionScale(JsonFile config, int headDimension) {
        return DENSE.attentionScale(config, headDimension);
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        return DENSE.multipliers(config, hiddenSize);
    }

    @Override
    public Optional<Experts> experts(JsonFile config) {
        return MIXTURE.experts(config);
    }
}
