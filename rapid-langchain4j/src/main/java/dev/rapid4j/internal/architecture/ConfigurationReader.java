package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.DecoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;

/** Reads a {@code config.json} in the layout of transformers 4.x or 5.x; anything it does not know it refuses. */
final class ConfigurationReader {

    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    /** Of Mistral and Qwen in transformers. */
    private static final int DEFAULT_WINDOW = 4096;

    private final JsonFile config;
    private final Architecture architecture;

    private ConfigurationReader(JsonFile config) {
        this.architecture = Architecture.of(config);
        if (!architecture.unpacks(Quantisation.method(config))) {
            Quantisation.refuse(config, NetworkKind.DECODER);
        }
        this.config = architecture.described(config);
    }

    static DecoderConfiguration read(JsonFile config) {
        return new ConfigurationReader(config).read();
    }

    private DecoderConfiguration read() {
        if (!config.root().path("per_layer_config").isEmpty()) {
            throw config.invalid("per_layer_config", "supported are networks whose layers are all alike");
        }
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        Attention attention = attention(hiddenSize);
        FeedForward feedForward = new FeedForward(
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                architecture.activation(config),
                architecture.gated(),
                architecture.mlpBias(config),
                architecture.experts(config));
        int positions = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        List<Rotary> rotaries = architecture.rotaries(config, positions, attention.headDimension());
        List<Layer> layers = layers(
                config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS),
                feedForward.experts().isPresent());
        return new DecoderConfiguration(
                architecture.modelType(),
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                rotaries.get(0).scaling().contextLength(positions),
                config.flag("tie_word_embeddings", false),
                attention,
                feedForward,
                architecture.norms(config),
                architecture.multipliers(config, hiddenSize),
                rotaries,
                layers);
    }

    private Attention attention(int hiddenSize) {
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        int keyValueHeads = config.positive("num_key_value_heads", heads, heads);
        if (heads % keyValueHeads != 0) {
            throw config.invalid(
                    "num_key_value_heads", "it must divide num_attention_heads, which is %d".formatted(heads));
        }
        int headDimension = headDimension(hiddenSize, heads);
        QueryKeyNorm queryKeyNorm = architecture.queryKeyNorm(config);
        if (queryKeyNorm == QueryKeyNorm.EACH_HEAD) {
            ConfigurationChecks.requireFewHeads(config, heads + keyValueHeads);
        }
        return new Attention(
                heads,
                keyValueHeads,
                headDimension,
                architecture.attentionInputBias(config),
                architecture.attentionOutputBias(config),
                queryKeyNorm,
                architecture.attentionScale(config, headDimension),
                architecture.attentionSoftCap(config),
                architecture.sinks(),
                architecture.interleavesHeads());
    }

    private int headDimension(int hiddenSize, int heads) {
        int headDimension;
        if (config.has("head_dim")) {
            headDimension = config.positive("head_dim", ConfigurationChecks.MAX_HEAD_DIMENSION);
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

    private List<Layer> layers(int count, boolean hasExperts) {
        JsonNode types = config.root().path("layer_types");
        if (config.has("layer_types") && !types.isArray()) {
            throw config.invalid("layer_types", "a list is needed");
        }
        for (JsonNode type : types) {
            if (!type.asText().equals(FULL) && !type.asText().equals(SLIDING)) {
                throw config.invalid("layer_types", "supported are %s and %s".formatted(FULL, SLIDING));
            }
        }
        boolean hasWindows = architecture.hasWindows(config);
        if (hasWindows && !types.isEmpty() && types.size() != count) {
            throw config.invalid("layer_types", "it must have one for each of the %d layers".formatted(count));
        }
        List<Layer> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            boolean slides = hasWindows
                    && (types.isEmpty() || !architecture.readsLayerTypes()
                            ? architecture.slides(config, layer)
                            : types.path(layer).asText().equals(SLIDING));
            int window = slides ? config.positive("sliding_window", Integer.MAX_VALUE, DEFAULT_WINDOW) : 0;
            layers.add(new Layer(
                    window,
                    architecture.rotary(config, layer, slides),
                    hasExperts && architecture.hasExperts(config, layer)));
        }
        return layers;
    }
}
