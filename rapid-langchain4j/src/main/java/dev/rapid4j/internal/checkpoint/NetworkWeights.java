package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Attention;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.QueryKeyNorm;
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
    private final List<Weight> weights = new ArrayList<>();

    NetworkWeights(CheckpointKind kind) {
        this.kind = kind;
    }

    /** Of Llama and all that have its layers. */
    static NetworkWeights of(DecoderConfiguration configuration) {
        NetworkWeights weights = new NetworkWeights(CheckpointKind.DECODER);
        long hidden = configuration.hiddenSize();
        long vocabulary = configuration.vocabularySize();
        weights.add(TiedEmbeddings.EMBEDDING, "embedding", vocabulary, hidden);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            weights.addLayer("model.layers." + layer + ".", "layers." + layer + ".", configuration);
        }
        weights.add("model.norm.weight", "norm", hidden);
        if (!configuration.tiedEmbeddings()) {
            weights.add(TiedEmbeddings.HEAD, "head.weight", vocabulary, hidden);
        }
        return weights;
    }

    private void addLayer(String name, String field, DecoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        Attention attention = configuration.attention();
        long queries = (long) attention.heads() * attention.headDimension();
        long keys = (long) attention.keyValueHeads() * attention.headDimension();
        long intermediate = configuration.feedForward().width();
        boolean inputBias = attention.inputBias();
        boolean mlpBias = configuration.feedForward().bias();
        add(name + "input_layernorm.weight", field + "input_norm", hidden);
        addLinear(name + "self_attn.q_proj", field + "query", queries, hidden, inputBias);
        addLinear(name + "self_attn.k_proj", field + "key", keys, hidden, inputBias);
        addLinear(name + "self_attn.v_proj", field + "value", keys, hidden, inputBias);
        addLinear(name + "self_attn.o_proj", field + "output", hidden, queries, attention.outputBias());
        if (attention.queryKeyNorm() == QueryKeyNorm.HEAD) {
            add(name + "self_attn.q_norm.weight", field + "query_norm", attention.headDimension());
            add(name + "self_attn.k_norm.weight", field + "key_norm", attention.headDimension());
        }
        add(name + "post_attention_layernorm.weight", field + "feed_forward_norm", hidden);
        addLinear(name + "mlp.gate_proj", field + "gate", intermediate, hidden, mlpBias);
        addLinear(name + "mlp.up_proj", field + "up", intermediate, hidden, mlpBias);
        addLinear(name + "mlp.down_proj", field + "down", hidden, intermediate, mlpBias);
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
