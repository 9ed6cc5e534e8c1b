package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.NetworkWeights.Part;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The weights of Llama and of all that have its layers. */
final class DecoderWeights {

    private final DecoderConfiguration configuration;
    private final ExpertNames expertNames;
    private final boolean fused;
    private final NetworkWeights weights;
    private final Path location;

    private DecoderWeights(
            DecoderConfiguration configuration, Architecture architecture, NetworkWeights weights, Path location) {
        this.configuration = configuration;
        this.expertNames = architecture.expertNames();
        this.fused = architecture.fusesProjections();
        this.weights = weights;
        this.location = location;
    }

    /** @throws CheckpointException if one is missing, or is not as it is described */
    static NetworkWeights find(
            DecoderConfiguration configuration, Architecture architecture, Map<String, Tensor> tensors, Path location) {
        NetworkWeights weights = new NetworkWeights(tensors, List.of(""), NetworkKind.DECODER, location);
        new DecoderWeights(configuration, architecture, weights, location).add();
        return weights;
    }

    private void add() {
        long hidden = configuration.hiddenSize();
        long vocabulary = configuration.vocabularySize();
        weights.add(DecoderNetwork.EMBEDDING, "embedding", vocabulary, hidden);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            boolean experts = configuration.layers().get(layer).experts();
            addLayer("model.layers." + layer + ".", "layers." + layer + ".", experts);
        }
        addNorm("model.norm", "norm", hidden);
        if (!configuration.tiedEmbeddings()) {
            requireHead(vocabulary, hidden);
            weights.add(DecoderNetwork.HEAD, "head.weight", vocabulary, hidden);
        }
    }

    private void requireHead(long vocabulary, long hidden) {
        weights.refuseQuantised(DecoderNetwork.HEAD, List.of(vocabulary, hidden));
        if (!weights.has(DecoderNetwork.HEAD)) {
            throw new CheckpointException(
                    ("%s: tensor %s of shape [%d, %d] is missing, which the network needs that is described; if the"
                                    + " embedding table serves as such, set tie_word_embeddings to true, else download the"
                                    + " checkpoint again")
                            .formatted(location, DecoderNetwork.HEAD, vocabulary, hidden));
        }
    }

    private void addLayer(String name, String field, boolean experts) {
        addNorms(name, field);
        addAttention(name + "self_attn.", field);
        FeedForward feedForward = configuration.feedForward();
        if (experts) {
            addExperts(name, field, feedForward.experts().orElseThrow());
        } else {
            addFeedForward(name + "mlp.", field, feedForward);
        }
    }

    private void addAttention(String name, String field) {
        long hidden = configuration.hiddenSize();
        Attention attention = configuration.attention();
        long queries = (long) attention.heads() * attention.headDimension();
        long keys = (long) attention.keyValueHeads() * attention.headDimension();
        int turned = attention.interleavedHeads() ? attention.headDimension() : 0;
        Part query = new Part(field + "query", queries, turned);
        Part key = new Part(field + "key", keys, turned);
        Part value = new Part(field + "value", keys);
        boolean bias = attention.inputBias();
        if (fused && !weights.has(name + "q_proj.weight")) {
            weights.addFused(name + "qkv_proj", List.of(query, key, value), hidden, bias);
        } else {
            weights.addFused(name + "q_proj", List.of(query), hidden, bias);
            weights.addFused(name + "k_proj", List.of(key), hidden, bias);
            weights.addFused(name + "v_proj", List.of(value), hidden, bias);
        }
        weights.addLinear(name + "o_proj", field + "output", hidden, queries, attention.outputBias());
        if (attention.sinks()) {
            weights.add(name + "sinks", field + "sinks", attention.heads());
        }
        addQueryKeyNorm(name + "q_norm.", field + "query_norm", attention.heads());
        addQueryKeyNorm(name + "k_norm.", field + "key_norm", attention.keyValueHeads());
    }

    private void addQueryKeyNorm(String name, String field, int heads) {
        long dimension = configuration.attention().headDimension();
        switch (configuration.attention().queryKeyNorm()) {
            case NONE -> {}
            case HEAD -> fillTurned(field, weights.find(name + "weight", dimension));
            case EACH_HEAD -> addEachHeadsNorm(name, field, heads);
            case WHOLE -> fillTurned(field, weights.find(name + "weight", heads * dimension));
        }
    }

    /** Some publish all heads' norms as one, a row for each. */
    private void addEachHeadsNorm(String name, String field, int heads) {
        long dimension = configuration.attention().headDimension();
        if (weights.has(name + "weight")) {
            WeightEntry all = weights.find(name + "weight", heads, dimension);
            for (int head = 0; head < heads; head++) {
                fillTurned(field + "." + head, all.row(head));
            }
        } else {
            for (int head = 0; head < heads; head++) {
                fillTurned(field + "." + head, weights.find(name + head + ".weight", dimension));
            }
        }
    }

    private void fillTurned(String field, WeightEntry norm) {
        Attention attention = configuration.attention();
        weights.fill(field, attention.interleavedHeads() ? norm.withInterleavedRows(attention.headDimension()) : norm);
    }

    private void addFeedForward(String name, String field, FeedForward feedForward) {
        long hidden = configuration.hiddenSize();
        long width = feedForward.width();
        boolean bias = feedForward.bias();
        if (fused && !weights.has(name + "gate_proj.weight")) {
            // llama.cpp names both as it names up alone
            String both = weights.has(name + "up_proj.weight") ? "up_proj" : "gate_up_proj";
            weights.addFused(name + both, NetworkWeights.parts(width, field + "gate", field + "up"), hidden, bias);
        } else {
            if (feedForward.gated()) {
                weights.addLinear(name + "gate_proj", field + "gate", width, hidden, bias);
            }
            weights.addLinear(name + "up_proj", field + "up", width, hidden, bias);
        }
        weights.addLinear(name + "down_proj", field + "down", hidden, width, bias);
    }

    private void addExperts(String name, String field, Experts experts) {
        String mixture = field + "experts.";
        long hidden = configuration.hiddenSize();
        long width = experts.width();
        weights.addLinear(name + expertNames.router(), mixture + "router", experts.count(), hidden, experts.bias());
        for (int i = 0; i < experts.count(); i++) {
            String expert = mixture + i + ".";
            if (experts.interleaved()) {
                addExpert(name, i, ExpertNames.GATE_UP, expert + "gate_up", 2 * width, hidden);
            } else {
                addExpert(name, i, expertNames.gate(), expert + "gate", width, hidden);
                addExpert(name, i, expertNames.up(), expert + "up", width, hidden);
            }
            addExpert(name, i, expertNames.down(), expert + "down", hidden, width);
        }
        if (experts.bias()) {
            addBiases(name, mixture, experts);
        }
        if (experts.denseWidth() > 0) {
            addFeedForward(name + "mlp.shared_expert.", field, experts.denseBlock());
        }
        if (experts.denseGate()) {
            weights.add(name + "mlp.shared_expert_gate.weight", mixture + "dense_gate.weight", 1, hidden);
        }
    }

    /** Of all experts of a layer. */
    private void addBiases(String layer, String mixture, Experts experts) {
        String name = layer + expertNames.experts() + ".";
        long width = experts.width();
        if (experts.interleaved()) {
            weights.add(name + ExpertNames.GATE_UP + ".bias", mixture + "gate_up.bias", experts.count(), 2 * width);
        } else {
            weights.add(name + expertNames.gate() + ".bias", mixture + "gate.bias", experts.count(), width);
            weights.add(name + expertNames.up() + ".bias", mixture + "up.bias", experts.count(), width);
        }
        weights.add(
                name + expertNames.down() + ".bias",
                mixture + "down.bias",
                experts.count(),
                configuration.hiddenSize());
    }

    private void addExpert(String layer, int number, String projection, String field, long rows, long columns) {
        weights.add(layer + expertNames.expert(number, projection) + ".weight", field + ".weight", rows, columns);
    }

    private void addNorms(String name, String field) {
        Norms norms = configuration.norms();
        long hidden = configuration.hiddenSize();
        if (norms.beforeBlocks()) {
            addNorm(name + "input_layernorm", field + "input_norm", hidden);
        }
        if (norms.afterBlocks()) {
            addNorm(name + "post_attention_layernorm", field + "attention_norm", hidden);
            addNorm(name + "post_feedforward_layernorm", field + "output_norm", hidden);
        }
        if (norms.beforeBlocks() && !norms.parallel()) {
            String before = norms.afterBlocks() ? "pre_feedforward_layernorm" : "post_attention_layernorm";
            addNorm(name + before, field + "feed_forward_norm", hidden);
        }
    }

    private void addNorm(String name, String field, long size) {
        weights.add(name + ".weight", field, size);
        if (configuration.norms().bias()) {
            weights.add(name + ".bias", field + "_bias", size);
        }
    }
}
