package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Positions;
import dev.rapid4j.internal.json.JsonFile;

/** MPNet: BERT's layers, a table of positions, and a bias by relative positions. */
record MpnetEncoder() implements EncoderArchitecture {

    /** transformers takes it, whatever {@code pad_token_id} says. */
    private static final int PADDING = 1;

    private static final int MAX_BUCKETS = 1024;

    @Override
    public String modelType() {
        return "mpnet";
    }

    @Override
    public String className() {
        return "MPNet";
    }

    @Override
    public boolean ranks() {
        return false;
    }

    @Override
    public EncoderConfiguration configuration(JsonFile config, Output output) {
        int buckets = config.positive("relative_attention_num_buckets", MAX_BUCKETS, 32);
        if (buckets != 32) {
            // transformers distributes distances over 32, however many there are
            throw config.invalid("relative_attention_num_buckets", "supported is 32");
        }
        Positions positions = new Positions(
                config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT), PADDING + 1, 0, buckets);
        return BertEncoder.configuration(config, modelType(), positions, output);
    }

    @Override
    public void addEncoder(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        BertEncoder.addEmbedding(weights, configuration);
        weights.add(
                "encoder.relative_attention_bias.weight",
                "relative",
                configuration.positions().buckets(),
                configuration.attention().heads());
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            String name = "encoder.layer." + layer + ".";
            String field = "layers." + layer + ".";
            weights.addLinear(name + "attention.attn.q", field + "query", hidden, hidden, true);
            weights.addLinear(name + "attention.attn.k", field + "key", hidden, hidden, true);
            weights.addLinear(name + "attention.attn.v", field + "value", hidden, hidden, true);
            weights.addLinear(name + "attention.attn.o", field + "output", hidden, hidden, true);
            weights.addNorm(name + "attention.LayerNorm", field + "attention_norm", hidden, true);
            BertEncoder.addFeedForward(weights, name, field, configuration);
        }
    }
}
