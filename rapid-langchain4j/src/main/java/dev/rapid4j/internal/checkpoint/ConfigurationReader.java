package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a {@code config.json} in the layout of transformers 4.x or 5.x; anything it does not know it refuses. */
final class ConfigurationReader {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationReader.class);

    private static final int MAX_HEAD_DIMENSION = 1 << 14;

    /** Of Mistral and Qwen in transformers. */
    private static final int DEFAULT_WINDOW = 4096;

    private final JsonFile config;
    private final Architecture architecture;

    private ConfigurationReader(JsonFile config) {
        this.config = config;
        this.architecture = Architecture.of(config);
    }

    static DecoderConfiguration read(JsonFile config) {
        return new ConfigurationReader(config).read();
    }

    private DecoderConfiguration read() {
        Quantisation.refuse(config, CheckpointKind.DECODER);
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
        int headDimension = headDimension(hiddenSize, heads);
        int layers = config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS);
        int positions = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        RotaryParameters rotary = RotaryParameters.read(config, positions);

        return new DecoderConfiguration(
                architecture.modelType(),
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                layers,
                heads,
                keyValueHeads,
                headDimension,
                config.positive("rms_norm_eps", 1e-6),
                contextLength(layers, positions, rotary.scaling()),
                config.flag("tie_word_embeddings", false),
                architecture.attentionInputBias(config),
                architecture.attentionOutputBias(config),
                architecture.mlpBias(config),
                architecture.queryKeyNorm(),
                rotary.theta(),
                rotary.scaling());
    }

    private int headDimension(int hiddenSize, int heads) {
        int headDimension;
        if (config.has("head_dim")) {
            headDimension = config.positive("head_dim", MAX_HEAD_DIMENSION);
        } else if (architecture.headDimension().isPresent()) {
            headDimension = architecture.headDimension().getAsInt();
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

    private int contextLength(int layers, int positions, RotaryScaling scaling) {
        int contextLength = positions;
        if (scaling instanceof RotaryScaling.Yarn yarn) {
            double stretched = yarn.originalContextLength() * yarn.factor();
            contextLength = (int) Math.min(ConfigurationChecks.MAX_CONTEXT, Math.max(positions, stretched));
        }
        if (hasSlidingLayers(layers)) {
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

    private boolean hasSlidingLayers(int layers) {
        boolean listed = false;
        for (JsonNode type : config.root().path("layer_types")) {
            switch (type.asText()) {
                case "full_attention" -> {}
                case "sliding_attention" -> listed = true;
                default -> throw config.invalid("layer_types", "supported are full_attention and sliding_attention");
            }
        }
        return architecture.slides(config, layers, listed);
    }
}
