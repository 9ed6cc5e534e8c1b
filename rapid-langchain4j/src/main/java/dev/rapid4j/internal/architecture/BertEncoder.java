package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.EncoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Positions;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Collections;

/** BERT, RoBERTa and XLM-RoBERTa. */
record BertEncoder(String modelType, String className) implements EncoderArchitecture {

    @Override
    public EncoderConfiguration configuration(JsonFile config, Output output) {
        if (!config.text("position_embedding_type", "absolute").equals("absolute")) {
            throw config.invalid("position_embedding_type", "supported is absolute");
        }
        Positions positions = new Positions(
                config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT),
                isBert() ? 0 : paddingId(config) + 1,
                config.positive("type_vocab_size", ConfigurationChecks.MAX_WIDTH, 2),
                0);
        return configuration(config, modelType, positions, output);
    }

    /** Of networks that have the layers of BERT. */
    static EncoderConfiguration configuration(JsonFile config, String modelType, Positions positions, Output output) {
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        int headDimension = EncoderArchitecture.headDimension(config, hiddenSize, heads);
        int maxTokens = positions.rows() - positions.first();
        if (maxTokens < EncoderConfiguration.MIN_TOKENS) {
            throw config.invalid("max_position_embeddings", "that leaves no room for a text");
        }
        return new EncoderConfiguration(
                modelType,
                config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY),
                hiddenSize,
                new Attention(heads, heads, headDimension, true, 1 / Math.sqrt(headDimension)),
                new FeedForward(
                        config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                        EncoderArchitecture.activation(config, "hidden_act", "gelu"),
                        false,
                        true),
                new Norms(false, true, true, config.positive("layer_norm_eps", 1e-12)),
                positions,
                1,
                Collections.nCopies(
                        config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS), new Layer(0, 0)),
                maxTokens,
                output);
    }

    private boolean isBert() {
        return modelType.equals("bert");
    }

    /** (XLM-)RoBERTa counts the positions of a text from behind the padding's. */
    private static int paddingId(JsonFile config) {
        JsonNode id = config.root().path("pad_token_id");
        if (!config.has("pad_token_id")) {
            return 1;
        }
        if (!id.isInt() || id.intValue() < 0 || id.intValue() >= ConfigurationChecks.MAX_VOCABULARY) {
            throw config.invalid("pad_token_id", "the id of a token is needed");
        }
        return id.intValue();
    }

    @Override
    public void addEncoder(NetworkWeights weights, EncoderConfiguration configuration) {
        addEmbedding(weights, configuration);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            String name = "encoder.layer." + layer + ".";
            String field = "layers." + layer + ".";
            long hidden = configuration.hiddenSize();
            weights.addLinear(name + "attention.self.query", field + "query", hidden, hidden, true);
            weights.addLinear(name + "attention.self.key", field + "key", hidden, hidden, true);
            weights.addLinear(name + "attention.self.value", field + "value", hidden, hidden, true);
            weights.addLinear(name + "attention.output.dense", field + "output", hidden, hidden, true);
            weights.addNorm(name + "attention.output.LayerNorm", field + "attention_norm", hidden, true);
            addFeedForward(weights, name, field, configuration);
        }
        if (isBert() && configuration.output().scorer().isPresent()) {
            weights.addLinear(
                    "pooler.dense", "scorer.dense", configuration.hiddenSize(), configuration.hiddenSize(), true);
        }
    }

    static void addEmbedding(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        Positions positions = configuration.positions();
        String name = "embeddings.";
        String field = "embedding.";
        weights.add(name + "word_embeddings.weight", field + "words", configuration.vocabularySize(), hidden);
        weights.add(name + "position_embeddings.weight", field + "positions", positions.rows(), hidden);
        if (positions.tokenTypes() > 0) {
            weights.add(name + "token_type_embeddings.weight", field + "types", positions.tokenTypes(), hidden);
        }
        weights.addNorm(name + "LayerNorm", field + "norm", hidden, true);
    }

    static void addFeedForward(NetworkWeights weights, String name, String field, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        long width = configuration.feedForward().width();
        weights.addLinear(name + "intermediate.dense", field + "up", width, hidden, true);
        weights.addLinear(name + "output.dense", field + "down", hidden, width, true);
        weights.addNorm(name + "output.LayerNorm", field + "output_norm", hidden, true);
    }

    @Override
    public void addScorer(NetworkWeights weights, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        if (isBert()) {
            weights.addLinear("classifier", "scorer.output", 1, hidden, true);
        } else {
            weights.addLinear("classifier.dense", "scorer.dense", hidden, hidden, true);
            weights.addLinear("classifier.out_proj", "scorer.output", 1, hidden, true);
        }
    }
}
