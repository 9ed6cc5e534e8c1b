package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Attention;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Experts;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.FeedForward;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Norms;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a network, each declared once: its name in the published checkpoints, the field that it fills in the
 * network's program, and its shape.
 */
final class NetworkWeights {

    /**
     * One weight.
     *
     * @param field a path of names in {@code decoder.py} or {@code encoder.py}, such as {@code layers.0.query.bias}
     */
    private record Weight(String name, String field, List<Long> shape, Rows rows) {
        Weight(String name, String field, List<Long> shape) {
            this(name, field, shape, Rows.ALL);
        }
    }

    /** Which rows of a tensor that has several weights, one below the other. */
    private record Rows(long first, long count) {

        static final Rows ALL = new Rows(0, 0);

        WeightEntry of(WeightEntry entry) {
            return equals(ALL) ? entry : entry.rows(first, count);
        }
    }

    private final CheckpointKind kind;
    private final ExpertNames expertNames;
    private final List<Weight> weights = new ArrayList<>();

    NetworkWeights(CheckpointKind kind) {
        this(kind, ExpertNames.QWEN);
    }

    private NetworkWeights(CheckpointKind kind, ExpertNames expertNames) {
        this.kind = kind;
        this.expertNames = expertNames;
    }

    /** Of Llama and all that have its layers. */
    static NetworkWeights of(DecoderConfiguration configuration, ExpertNames expertNames) {
        NetworkWeights weights = new NetworkWeights(CheckpointKind.DECODER, expertNames);
        long hidden = configuration.hiddenSize();
        long vocabulary = configuration.vocabularySize();
        weights.add(TiedEmbeddings.EMBEDDING, "embedding", vocabulary, hidden);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            boolean experts = configuration.layers().get(layer).experts();
            weights.addLayer("model.layers." + layer + ".", "layers." + layer + ".", configuration, experts);
        }
        weights.addNorm("model.norm", "norm", configuration.norms(), hidden);
        if (!configuration.tiedEmbeddings()) {
            weights.add(TiedEmbeddings.HEAD, "head.weight", vocabulary, hidden);
        }
        return weights;
    }

    private void addLayer(String name, String field, DecoderConfiguration configuration, boolean experts) {
        long hidden = configuration.hiddenSize();
        Attention attention = configuration.attention();
        long queries = (long) attention.heads() * attention.headDimension();
        long keys = (long) attention.keyValueHeads() * attention.headDimension();
        boolean inputBias = attention.inputBias();
        addNorms(name, field, configuration);
        addLinear(name + "self_attn.q_proj", field + "query", queries, hidden, inputBias);
        addLinear(name + "self_attn.k_proj", field + "key", keys, hidden, inputBias);
        addLinear(name + "self_attn.v_proj", field + "value", keys, hidden, inputBias);
        addLinear(name + "self_attn.o_proj", field + "output", hidden, queries, attention.outputBias());
        if (attention.sinks()) {
            add(name + "self_attn.sinks", field + "sinks", attention.heads());
        }
        addQueryKeyNorm(name + "self_attn.q_norm.", field + "query_norm", attention, attention.heads());
        addQueryKeyNorm(name + "self_attn.k_norm.", field + "key_norm", attention, attention.keyValueHeads());
        FeedForward feedForward = configuration.feedForward();
        if (experts) {
            addExperts(name, field, hidden, feedForward.experts().orElseThrow());
        } else {
            addFeedForward(name + "mlp.", field, hidden, feedForward);
        }
    }

    private void addFeedForward(String name, String field, long hidden, FeedForward feedForward) {
        long width = feedForward.width();
        boolean bias = feedForward.bias();
        if (feedForward.gated()) {
            addLinear(name + "gate_proj", field + "gate", width, hidden, bias);
        }
        addLinear(name + "up_proj", field + "up", width, hidden, bias);
        addLinear(name + "down_proj", field + "down", hidden, width, bias);
    }

    private void addExperts(String name, String field, long hidden, Experts experts) {
        String mixture = field + "experts.";
        long width = experts.width();
        addLinear(name + expertNames.router(), mixture + "router", experts.count(), hidden, experts.bias());
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
            addBiases(name, mixture, hidden, experts);
        }
        if (experts.denseWidth() > 0) {
            addFeedForward(name + "mlp.shared_expert.", field, hidden, experts.denseBlock());
        }
        if (experts.denseGate()) {
            add(name + "mlp.shared_expert_gate.weight", mixture + "dense_gate.weight", 1, hidden);
        }
    }

    /** Of all experts of a layer. */
    private void addBiases(String layer, String mixture, long hidden, Experts experts) {
        String name = layer + expertNames.experts() + ".";
        long width = experts.width();
        if (experts.interleaved()) {
            add(name + ExpertNames.GATE_UP + ".bias", mixture + "gate_up.bias", experts.count(), 2 * width);
        } else {
            add(name + expertNames.gate() + ".bias", mixture + "gate.bias", experts.count(), width);
            add(name + expertNames.up() + ".bias", mixture + "up.bias", experts.count(), width);
        }
        add(name + expertNames.down() + ".bias", mixture + "down.bias", experts.count(), hidden);
    }

    private void addExpert(String layer, int number, String projection, String field, long rows, long columns) {
        add(layer + expertNames.expert(number, projection) + ".weight", field + ".weight", rows, columns);
    }

    private void addQueryKeyNorm(String name, String field, Attention attention, int heads) {
        int dimension = attention.headDimension();
        switch (attention.queryKeyNorm()) {
            case NONE -> {}
            case HEAD -> add(name + "weight", field, dimension);
            case EACH_HEAD -> {
                for (int head = 0; head < heads; head++) {
                    add(name + head + ".weight", field + "." + head, dimension);
                }
            }
            case WHOLE -> add(name + "weight", field, (long) heads * dimension);
        }
    }

    private void addNorms(String name, String field, DecoderConfiguration configuration) {
        Norms norms = configuration.norms();
        long hidden = configuration.hiddenSize();
        if (norms.beforeBlocks()) {
            addNorm(name + "input_layernorm", field + "input_norm", norms, hidden);
        }
        if (norms.afterBlocks()) {
            addNorm(name + "post_attention_layernorm", field + "attention_norm", norms, hidden);
            addNorm(name + "post_feedforward_layernorm", field + "output_norm", norms, hidden);
        }
        if (norms.beforeBlocks() && !norms.parallel()) {
            String before = norms.afterBlocks() ? "pre_feedforward_layernorm" : "post_attention_layernorm";
            addNorm(name + before, field + "feed_forward_norm", norms, hidden);
        }
    }

    private void addNorm(String name, String field, Norms norms, long size) {
        add(name + ".weight", field, size);
        if (norms.bias()) {
            add(name + ".bias", field + "_bias", size);
        }
    }

    void addNorm(String name, String field, long size, boolean bias) {
        add(name + ".weight", field + ".weight", size);
        if (bias) {
            add(name + ".bias", field + ".bias", size);
        }
    }

    void addLinear(String name, String field, long rows, long columns, boolean bias) {
        addFused(name, List.of(field), rows, columns, bias);
    }

    /** @param fields of layers that the file has as one, from the top to the bottom, each of so many rows */
    void addFused(String name, List<String> fields, long rows, long columns, boolean bias) {
        for (int i = 0; i < fields.size(); i++) {
            Rows part = fields.size() == 1 ? Rows.ALL : new Rows(i * rows, rows);
            long all = fields.size() * rows;
            weights.add(new Weight(name + ".weight", fields.get(i) + ".weight", List.of(all, columns), part));
            if (bias) {
                weights.add(new Weight(name + ".bias", fields.get(i) + ".bias", List.of(all), part));
            }
        }
    }

    void add(String name, String field, long... shape) {
        weights.add(new Weight(name, field, Arrays.stream(shape).boxed().toList()));
    }

    /** The fields of weights that {@link #check} has found. */
    Map<String, WeightEntry> fields(Map<String, WeightEntry> byName) {
        return weights.stream()
                .collect(
                        toUnmodifiableMap(Weight::field, weight -> weight.rows().of(byName.get(weight.name()))));
    }

    /** The name of the first weight. */
    String first() {
        return weights.get(0).name();
    }

    /**
     * Checks that every tensor of the network is there, with a usable type and the right shape.
     *
     * @param prefix what stands before the names in the files
     * @return these tensors by name without the prefix, and no others
     * @throws CheckpointException naming the first that is not
     */
    Map<String, WeightEntry> check(Map<String, Tensor> tensors, String prefix, Path directory) {
        Map<String, WeightEntry> found = new LinkedHashMap<>();
        for (Weight weight : weights) {
            refuseQuantised(tensors, prefix + weight.name(), weight.shape(), directory);
            found.put(weight.name(), check(tensors, prefix + weight.name(), weight.shape(), directory));
        }
        return found;
    }

    private void refuseQuantised(Map<String, Tensor> tensors, String name, List<Long> shape, Path directory) {
        Tensor tensor = tensors.get(name);
        boolean usable =
                tensor != null && tensor.shape().equals(shape) && tensor.entry().isPresent();
        if (!usable) {
            Quantisation.reason(tensors, name, kind).ifPresent(reason -> {
                throw new CheckpointException("%s: the weight %s is quantised; %s".formatted(directory, name, reason));
            });
        }
    }

    /** Checks one tensor of a network. */
    static WeightEntry check(Map<String, Tensor> tensors, String name, List<Long> shape, Path location) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s is missing, which the network needs that is described; %s"
                            .formatted(
                                    location,
                                    name,
                                    shape,
                                    name.equals(TiedEmbeddings.HEAD)
                                            ? "if the embedding table serves as such, set tie_word_embeddings to true, else"
                                                    + " download the checkpoint again"
                                            : "download the checkpoint again"));
        }
        if (!tensor.shape().equals(shape)) {
            throw new CheckpointException(
                    "%s: tensor %s has the shape %s, where the configuration makes it %s; the files do not belong together"
                            .formatted(tensor.file(), name, tensor.shape(), shape));
        }
        return tensor.entry()
                .orElseThrow(() -> new CheckpointException(
                        "%s: tensor %s has the type %s; supported are %s, so take the original, or a GGUF file of such types (Q4_K_M, Q8_0)"
                                .formatted(tensor.file(), name, tensor.type(), WeightType.names())));
    }
}
