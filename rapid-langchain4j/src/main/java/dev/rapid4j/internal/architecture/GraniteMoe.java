package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** Granite 3 with experts. */
record GraniteMoe() implements Architecture {

    private static final Granite DENSE = new Granite();

    /** In transformers. */
    private static final int DEFAULT_CHOSEN = 2;

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
        int count = ConfigurationChecks.experts(config);
        return Optional.of(Experts.of(
                count,
                config.positive("num_experts_per_tok", count, Math.min(count, DEFAULT_CHOSEN)),
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                true));
    }
}
