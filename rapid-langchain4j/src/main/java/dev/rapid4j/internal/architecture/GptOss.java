package dev.rapid4j.internal.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** gpt-oss: experts in MXFP4 or as numbers of their own, every other layer with a window, and sinks. */
record GptOss() implements Architecture {

    private static final int DEFAULT_HEAD_DIMENSION = 64;
    private static final double DEFAULT_EPSILON = 1e-5;
    private static final double DEFAULT_THETA = 150_000;

    /** In transformers, where neither {@code rope_parameters} nor a {@code rope_scaling} are described. */
    private static final String DEFAULT_ROTARY_PARAMETERS = """
            {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false,
             "original_max_position_embeddings": 4096}
            """;

    private static final double ALPHA = 1.702;
    private static final double LIMIT = 7;

    @Override
    public String modelType() {
        return "gpt_oss";
    }

    @Override
    public String className() {
        return "GptOssForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        if (config.has("rope_parameters") || config.has("rope_scaling")) {
            return config;
        }
        ObjectNode described = (ObjectNode) config.root().deepCopy();
        described.set(
                "rope_parameters",
                JsonFile.parse(config.file(), DEFAULT_ROTARY_PARAMETERS.getBytes(UTF_8))
                        .root());
        return new JsonFile(config.file(), described);
    }

    @Override
    public RotaryParameters.Defaults rotaryDefaults() {
        return new RotaryParameters.Defaults(DEFAULT_THETA, OptionalDouble.empty());
    }

    @Override
    public boolean unpacks(String quantisation) {
        return quantisation.equals("mxfp4");
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("attention_bias", true);
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return config.flag("attention_bias", true);
    }

    @Override
    public boolean sinks() {
        return true;
    }

    @Override
    public Activation activation(JsonFile config) {
        requireValue(config, "swiglu_alpha", ALPHA);
        requireValue(config, "swiglu_limit", LIMIT);
        return Activation.CLAMPED_SWISH;
    }

    private static void requireValue(JsonFile config, String name, double value) {
        if (config.positive(name, value) != value) {
            throw config.invalid(name, "supported is " + value);
        }
    }

    @Override
    public Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", DEFAULT_EPSILON));
    }

    @Override
    public OptionalInt headDimension() {
        return OptionalInt.of(DEFAULT_HEAD_DIMENSION);
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window");
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return layer % 2 == 0;
    }

    @Override
    public Optional<Experts> experts(JsonFile config) {
        int count = ConfigurationChecks.experts(config);
        int width = config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE);
        return Optional.of(Experts.of(count, config.positive("num_experts_per_tok", count), width, true)
                .withBiases());
    }

    @Override
    public ExpertNames expertNames() {
        return ExpertNames.GPT_OSS;
    }
}
