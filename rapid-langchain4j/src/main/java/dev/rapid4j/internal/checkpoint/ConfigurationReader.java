package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a {@code config.json} in the layout of transformers 4.x or 5.x; anything it does not know it refuses. */
final class ConfigurationReader {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationReader.class);

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
        if (!config.root().path("per_layer_config").isEmpty()) {
            throw config.invalid("per_layer_config", "supported are networks whose layers are all alike");
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
        RotaryParameters rotary = RotaryParameters.read(config, positions);

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
                contextLength(modelType, layers, positions, rotary.scaling()),
                config.flag("tie_word_embeddings", false),
                qwen2 || (llama || qwen3) && attentionBias,
                (llama || qwen3) && attentionBias,
                llama && config.flag("mlp_bias", false),
                qwen3,
                rotary.theta(),
                rotary.scaling());
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

    private int contextLength(String modelType, int layers, int positions, RotaryScaling scaling) {
        int contextLength = positions;
        if (scaling instanceof RotaryScaling.Yarn yarn) {
            double stretched = yarn.originalContextLength() * yarn.factor();
            contextLength = (int) Math.min(ConfigurationChecks.MAX_CONTEXT, Math.max(positions, stretched));
        }
        if (hasSlidingLayers(modelType, layers)) {
            int window = config.positive("sliding_window", Integer.MAX_VALUE, DEFAULT_WINDOW);
            if (window < contextLength) {
                LOG.warn(
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
