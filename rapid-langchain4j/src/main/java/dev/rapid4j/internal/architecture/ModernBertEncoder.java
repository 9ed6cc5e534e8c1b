package dev.rapid4j.internal.architecture;

import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.EncoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Positions;
import dev.rapid4j.internal.architecture.NetworkWeights.Part;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Optional;

/** ModernBERT: rotary embeddings, gated feed-forward blocks, norms before blocks, attention to all or nearby. */
record ModernBertEncoder() implements EncoderArchitecture {

    @Override
    public String modelType() {
        return "modernbert";
    }

    @Override
    public String className() {
        return "ModernBert";
    }

    @Override
    public EncoderConfiguration configuration(JsonFile config, Output output) {
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        int headDimension = EncoderArchitecture.headDimension(config, hiddenSize, heads);
        if (headDimension % 2 != 0) {
            throw config.invalid(
                    "num_attention_heads",
                    "rotary embeddings need an even head dimension, this makes it %d".formatted(headDimension));
        }
        int maxTokens = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        if (maxTokens < EncoderConfiguration.MIN_TOKENS) {
            throw config.invalid("max_position_embeddings", "that leaves no room for a text");
        }
        int window = config.positive("local_attention", ConfigurationChecks.MAX_CONTEXT, 128) / 2;
        if (window < 1) {
            throw config.invalid("local_attention", "a token must see its neighbours, so at least 2 is needed");
        }
        return new EncoderConfiguration(
                modelType(),
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                new Attention(
                        heads,
                        heads,
                        headDimension,
                        config.flag("attention_bias", false),
                        1 / Math.sqrt(headDimension)),
                new FeedForward(
                        config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                        EncoderArchitecture.activation(config, "hidden_activation", "gelu"),
                        true,
                        config.flag("mlp_bias", false)),
                new Norms(false, false, config.flag("norm_bias", false), config.positive("norm_eps", 1e-5)),
                Positions.NONE,
                1,
                AlternatingLayers.read(
                        config,
                        layer ->
                                layer % config.positive("global_attn_every_n_layers", ConfigurationChecks.MAX_LAYERS, 3)
                                        != 0,
                        new Layer(0, theta(config, "full_attention", "global_rope_theta", 160_000)),
                        new Layer(window, theta(config, "sliding_attention", "local_rope_theta", 10_000))),
                maxTokens,
                output(config, output));
    }

    private static double theta(JsonFile config, String kind, String field, double absent) {
        return AlternatingLayers.theta(config, kind, config.positive(field, absent));
    }

    /** A reranker pools as its classifier was trained to. */
    private static Output output(JsonFile config, Output output) {
        if (output.scorer().isEmpty()) {
            return output;
        }
        if (config.flag("classifier_bias", false)) {
            throw config.invalid("classifier_bias", "supported is false");
        }
        Pooling pooling = switch (config.text("classifier_pooling", "cls")) {
            case "cls" -> Pooling.CLS;
            case "mean" -> Pooling.MEAN;
            default -> throw config.invalid("classifier_pooling", "supported are cls and mean");
        };
        Activation activation = EncoderArchitecture.activation(config, "classifier_activation", "gelu");
        return new Output(pooling, List.of(), false, Optional.of(activation));
    }

    @Override
    public void addEncoder(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        long width = configuration.feedForward().width();
        boolean attentionBias = configuration.attention().bias();
        boolean bias = configuration.feedForward().bias();
        boolean normBias = configuration.norms().bias();
        weights.add("embeddings.tok_embeddings.weight", "embedding.words", configuration.vocabularySize(), hidden);
        weights.addNorm("embeddings.norm", "embedding.norm", hidden, normBias);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            String name = "layers." + layer + ".";
            // the norm of the embedding is that of the first layer, too
            if (layer > 0) {
                weights.addNorm(name + "attn_norm", name + "input_norm", hidden, normBias);
            }
            List<Part> projections = NetworkWeights.parts(hidden, name + "query", name + "key", name + "value");
            weights.addFused(name + "attn.Wqkv", projections, hidden, attentionBias);
            weights.addLinear(name + "attn.Wo", name + "output", hidden, hidden, attentionBias);
            weights.addNorm(name + "mlp_norm", name + "feed_forward_norm", hidden, normBias);
            // what goes through the activation comes first
            weights.addFused(name + "mlp.Wi", NetworkWeights.parts(width, name + "gate", name + "up"), hidden, bias);
            weights.addLinear(name + "mlp.Wo", name + "down", hidden, width, bias);
        }
        weights.addNorm("final_norm", "norm", hidden, normBias);
    }

    @Override
    public void addScorer(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        weights.addLinear("head.dense", "scorer.dense", hidden, hidden, false);
        weights.addNorm(
                "head.norm", "scorer.norm", hidden, configuration.norms().bias());
        weights.addLinear("classifier", "scorer.output", 1, hidden, true);
    }
}
