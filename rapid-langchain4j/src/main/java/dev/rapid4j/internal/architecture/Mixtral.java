package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;
import java.util.OptionalDouble;

/** Mixtral: Mistral with experts. */
record Mixtral() implements Architecture {

    /** In transformers, as what follows. */
    private static final int DEFAULT_CHOSEN = 2;

    private static final double DEFAULT_EPSILON = 1e-5;
    private static final double DEFAULT_THETA = 1_000_000;

    @Override
    public String modelType() {
        return "mixtral";
    }

    @Override
    public String className() {
        return "MixtralForCausalLM";
    }

    @Override
    public Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", DEFAULT_EPSILON));
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(DEFAULT_THETA, OptionalDouble.empty());
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window");
    }

    @Override
    public boolean readsLayerTypes() {
        return false;
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
