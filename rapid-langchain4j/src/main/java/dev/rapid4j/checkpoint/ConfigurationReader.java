package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a {@code config.json} in the layout of transformers 4.x or 5.x; anything it does not know it refuses. */
final class ConfigurationReader {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationReader.class);

    private static final Map<String, String> MODEL_TYPES = Map.of(
            "LlamaForCausalLM", "llama",
            "MistralForCausalLM", "mistral",
            "Qwen2ForCausalLM", "qwen2",
            "Qwen3ForCausalLM", "qwen3");
    private static final String SUPPORTED =
            "supported are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM and" + " Qwen3ForCausalLM";

    private static final int MAX_HEAD_DIMENSION = 1 << 14;

    /** Of Mistral and Qwen in transformers. */
    private static final int DEFAULT_WINDOW = 4096;

    private final JsonFile config;

    private ConfigurationReader(JsonFile config) {
        this.config = config;
    }

    static DecoderConfiguration read(JsonFile config) {
        return new ConfigurationReader(config).read();
    }

    private DecoderConfiguration read() {
        String modelType = modelType();
        ConfigurationChecks.refuseQuantised(config);
        if (!config.text("hidden_act", "silu").equals("silu")) {
            throw config.invalid("hidden_act", "supported is silu");
        }
        if (config.positive("partial_rotary_factor", 1.0) != 1.0) {
            throw config.invalid("partial_rotary_factor", "supported is 1");
        }
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        int keyValueHeads = config.positive("num_key_value_heads", heads, heads);
        if (heads % keyValueHeads != 0) {
            throw config.invalid(
                    "num_key_value_heads", "it must divide num_attention_heads, which is %d".formatted(heads));
        }
        int headDimension = headDimension(modelType, hiddenSize, heads);
        int layers = config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS);
        int positions = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        JsonFile rope = ropeParameters();
        RotaryScaling scaling = rotaryScaling(rope, positions);

        boolean attentionBias = config.flag("attention_bias", false);
        boolean llama = modelType.equals("llama");
        boolean qwen2 = modelType.equals("qwen2");
        boolean qwen3 = modelType.equals("qwen3");
        return new DecoderConfiguration(
                modelType,
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                layers,
                heads,
                keyValueHeads,
                headDimension,
                config.positive("rms_norm_eps", 1e-6),
                contextLength(modelType, layers, positions, scaling),
                config.flag("tie_word_embeddings", false),
                qwen2 || (llama || qwen3) && attentionBias,
                (llama || qwen3) && attentionBias,
                llama && config.flag("mlp_bias", false),
                qwen3,
                rope.positive("rope_theta", config.positive("rope_theta", 10_000.0)),
                scaling);
    }

    private String modelType() {
        JsonNode architecture = config.root().path("architectures").path(0);
        if (architecture.isMissingNode()) {
            String modelType = config.text("model_type", "");
            if (!MODEL_TYPES.containsValue(modelType)) {
                throw config.invalid("model_type", SUPPORTED);
            }
            return modelType;
        }
        String modelType = MODEL_TYPES.get(architecture.asText());
        if (modelType == null) {
            throw config.invalid("architectures", SUPPORTED);
        }
        return modelType;
    }

    private int headDimension(String modelType, int hiddenSize, int heads) {
        int headDimension;
        if (config.has("head_dim")) {
            headDimension = config.positive("head_dim", MAX_HEAD_DIMENSION);
        } else if (modelType.equals("qwen3")) {
            headDimension = 128;
        } else if (hiddenSize % heads == 0) {
            headDimension = hiddenSize / heads;
        } else {
            throw config.invalid(
                    "num_attention_heads",
                    "it must divide hidden_size, which is %d, or head_dim must be given".formatted(hiddenSize));
        }
        if (headDimension % 2 != 0) {
            throw config.invalid(
                    "head_dim", "rotary embeddings need an even head dimension, this is %d".formatted(headDimension));
        }
        if ((long) heads * headDimension > ConfigurationChecks.MAX_WIDTH * 4L) {
            throw config.invalid(
                    "num_attention_heads", "with a head dimension of %d that is too much".formatted(headDimension));
        }
        return headDimension;
    }

    /** The object that describes the rotary embeddings; an empty one if there is none. */
    private JsonFile ropeParameters() {
        for (String name : new String[] {"rope_parameters", "rope_scaling"}) {
            if (config.has(name)) {
                return config.object(name);
            }
        }
        return new JsonFile(config.file(), JsonFile.MAPPER.createObjectNode());
    }

    private RotaryScaling rotaryScaling(JsonFile rope, int positions) {
        for (JsonNode value : rope.root()) {
            if (value.isObject()) {
                throw config.invalid(
                        "rope_parameters", "different rotary embeddings for different layers are not supported");
            }
        }
        if (rope.positive("partial_rotary_factor", 1.0) != 1.0) {
            throw rope.invalid("partial_rotary_factor", "supported is 1");
        }
        String typeName = rope.has("rope_type") ? "rope_type" : "type";
        return switch (rope.text(typeName, "default")) {
            case "default" -> new RotaryScaling.None();
            case "linear" -> new RotaryScaling.Linear(rope.positive("factor"));
            case "llama3" -> llama3(rope);
            case "yarn" ->
                new RotaryScaling.Yarn(
                        rope.positive("factor"),
                        rope.positive("original_max_position_embeddings", ConfigurationChecks.MAX_CONTEXT, positions),
                        rope.positive("beta_fast", 32.0),
                        rope.positive("beta_slow", 1.0),
                        rope.optionalPositive("attention_factor"),
                        nonZero(rope, "mscale"),
                        nonZero(rope, "mscale_all_dim"),
                        rope.flag("truncate", true));
            default -> throw rope.invalid(typeName, "supported are default, linear, llama3 and yarn");
        };
    }

    private RotaryScaling llama3(JsonFile rope) {
        double low = rope.positive("low_freq_factor");
        double high = rope.positive("high_freq_factor");
        if (high <= low) {
            throw rope.invalid("high_freq_factor", "it must be above low_freq_factor, which is %s".formatted(low));
        }
        return new RotaryScaling.Llama3(
                rope.positive("factor"),
                low,
                high,
                rope.positive("original_max_position_embeddings", ConfigurationChecks.MAX_CONTEXT));
    }

    /** transformers takes an mscale of zero for an absent one. */
    private static OptionalDouble nonZero(JsonFile rope, String name) {
        return rope.root().path(name).doubleValue() == 0
                        && rope.root().path(name).isNumber()
                ? OptionalDouble.empty()
                : rope.optionalPositive(name);
    }

    private int contextLength(String modelType, int layers, int positions, RotaryScaling scaling) {
        int contextLength = positions;
        if (scaling instanceof RotaryScaling.Yarn yarn) {
            double stretched = yarn.originalContextLength() * yarn.factor();
            contextLength = (int) Math.min(ConfigurationChecks.MAX_CONTEXT, Math.max(positions, stretched));
        }
        if (hasSlidingLayers(modelType, layers)) {
            int window = config.positive("sliding_window", Integer.MAX_VALUE, DEFAULT_WINDOW);
            if (window < contextLength) {
                log.warn(
                        "{}: attention slides over {} tokens; the context is limited to one window instead of {} tokens",
                        config.file(),
                        window,
                        contextLength);
                contextLength = window;
            }
        }
        return contextLength;
    }

    private boolean hasSlidingLayers(String modelType, int layers) {
        boolean listed = false;
        for (JsonNode type : config.root().path("layer_types")) {
            switch (type.asText()) {
                case "full_attention" -> {}
                case "sliding_attention" -> listed = true;
                default -> throw config.invalid("layer_types", "supported are full_attention and sliding_attention");
            }
        }
        return switch (modelType) {
            // null switches it off, absence does not
            case "mistral" -> config.has("sliding_window") || !config.root().has("sliding_window");
            case "qwen2", "qwen3" ->
                config.flag("use_sliding_window", false)
                        && (config.has("layer_types")
                                ? listed
                                : config.positive("max_window_layers", ConfigurationChecks.MAX_LAYERS, 28) < layers);
            default -> false;
        };
    }
}
