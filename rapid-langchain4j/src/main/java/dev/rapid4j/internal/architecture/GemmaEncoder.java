package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.EncoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.EncoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Positions;
import dev.rapid4j.internal.json.JsonFile;

/** EmbeddingGemma: the layers of Gemma 3, in which tokens see to both sides. */
record GemmaEncoder() implements EncoderArchitecture {

    private static final String BOTH_SIDES = "use_bidirectional_attention";

    @Override
    public String modelType() {
        return "gemma3_text";
    }

    @Override
    public String className() {
        return "Gemma3Text";
    }

    @Override
    public boolean ranks() {
        return false;
    }

    @Override
    public EncoderConfiguration configuration(JsonFile config, Output output) {
        if (!config.flag(BOTH_SIDES, false)) {
            throw config.invalid(BOTH_SIDES, "supported is true, as in EmbeddingGemma");
        }
        if (config.has("attn_logit_softcapping")) {
            throw config.invalid("attn_logit_softcapping", "supported are scores without a cap");
        }
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        int keyValueHeads = config.positive("num_key_value_heads", heads, Math.min(4, heads));
        if (heads % keyValueHeads != 0) {
            throw config.invalid(
                    "num_key_value_heads", "it must divide num_attention_heads, which is %d".formatted(heads));
        }
        int headDimension = config.positive("head_dim", ConfigurationChecks.MAX_HEAD_DIMENSION, 256);
        if (headDimension % 2 != 0 || (long) heads * headDimension > ConfigurationChecks.MAX_WIDTH * 4L) {
            throw config.invalid("head_dim", "an even number is needed, and of all heads not too much together");
        }
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        int maxTokens = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        if (maxTokens < EncoderConfiguration.MIN_TOKENS) {
            throw config.invalid("max_position_embeddings", "that leaves no room for a text");
        }
        // to both sides together
        int window = config.positive("sliding_window", ConfigurationChecks.MAX_CONTEXT, 4096) / 2;
        if (window < 1) {
            throw config.invalid("sliding_window", "a token must see its neighbours, so at least 2 is needed");
        }
        int every = config.positive("sliding_window_pattern", ConfigurationChecks.MAX_LAYERS, 6);
        return new EncoderConfiguration(
                modelType(),
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                new Attention(
                        heads,
                        keyValueHeads,
                        headDimension,
                        config.flag("attention_bias", false),
                        1 / Math.sqrt(config.positive("query_pre_attn_scalar", 256.0))),
                new FeedForward(
                        config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                        EncoderArchitecture.activation(config, "hidden_activation", "gelu_pytorch_tanh"),
                        true,
                        false),
                new Norms(true, false, false, config.positive("rms_norm_eps", 1e-6)),
                Positions.NONE,
                Math.sqrt(hiddenSize),
                AlternatingLayers.read(
                        config,
                        layer -> (layer + 1) % every != 0,
                        new Layer(0, theta(config, "full_attention", "rope_theta", 1_000_000)),
                        new Layer(window, theta(config, "sliding_attention", "rope_local_base_freq", 10_000))),
                maxTokens,
                output);
    }

    private static double theta(JsonFile config, String kind, String field, double absent) {
        return AlternatingLayers.theta(config, kind, config.positive(field, absent));
    }

    @Override
    public void addEncoder(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        long width = configuration.feedForward().width();
        Attention attention = configuration.attention();
        long queries = (long) attention.heads() * attention.headDimension();
        long keys = (long) attention.keyValueHeads() * attention.headDimension();
        weights.add("embed_tokens.weight", "embedding.words", configuration.vocabularySize(), hidden);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            String name = "layers." + layer + ".";
            weights.addNorm(name + "input_layernorm", name + "input_norm", hidden, false);
            weights.addLinear(name + "self_attn.q_proj", name + "query", queries, hidden, attention.bias());
            weights.addLinear(name + "self_attn.k_proj", name + "key", keys, hidden, attention.bias());
            weights.addLinear(name + "self_attn.v_proj", name + "value", keys, hidden, attention.bias());
            weights.addLinear(name + "self_attn.o_proj", name + "output", hidden, queries, attention.bias());
            weights.addNorm(name + "self_attn.q_norm", name + "query_norm", attention.headDimension(), false);
            weights.addNorm(name + "self_attn.k_norm", name + "key_norm", attention.headDimension(), false);
            weights.addNorm(name + "post_attention_layernorm", name + "attention_norm", hidden, false);
            weights.addNorm(name + "pre_feedforward_layernorm", name + "feed_forward_norm", hidden, false);
            weights.addLinear(name + "mlp.gate_proj", name + "gate", width, hidden, false);
            weights.addLinear(name + "mlp.up_proj", name + "up", width, hidden, false);
            weights.addLinear(name + "mlp.down_proj", name + "down", hidden, width, false);
            weights.addNorm(name + "post_feedforward_layernorm", name + "output_norm", hidden, false);
        }
        weights.addNorm("norm", "norm", hidden, false);
    }
}
