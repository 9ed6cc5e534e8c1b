package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Experts;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;

/** Mixtral: Mistral with experts. */
record Mixtral() implements Architecture {

    /** In transformers. */
    private static final int DEFAULT_CHOSEN = 2;

    @Override
    public String modelType() {
        return "mixtral";
    }

    @Override
    public String className() {
        return "MixtralForCausalLM";
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window");
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return true;
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

    @Override
    public ExpertNames expertNames() {
        return ExpertNames.MIXTRAL;
    }
}
