package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Attention;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.weights.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tensors that are several of a network's weights, one above the other. */
final class FusedTensors {

    private FusedTensors() {}

    /**
     * A part of a fused tensor.
     *
     * @param name of the weight that it is, within the layer
     */
    private record Part(String name, long rows) {}

    /**
     * Queries, keys and values, and gate and up, each by itself. A gate without a name of its own is the first half of
     * {@code up_proj}: so llama.cpp names it.
     *
     * @throws CheckpointException if a fused tensor has other rows than its parts together
     */
    static Map<String, Tensor> separated(Map<String, Tensor> tensors, DecoderConfiguration configuration) {
        Attention attention = configuration.attention();
        long queries = (long) attention.heads() * attention.headDimension();
        long keys = (long) attention.keyValueHeads() * attention.headDimension();
        long width = configuration.feedForward().width();
        List<Part> attentionParts = List.of(
                new Part("self_attn.q_proj", queries),
                new Part("self_attn.k_proj", keys),
                new Part("self_attn.v_proj", keys));
        List<Part> gateAndUp = List.of(new Part("mlp.gate_proj", width), new Part("mlp.up_proj", width));
        Map<String, Tensor> separated = new HashMap<>(tensors);
        for (int layer = 0; layer < configuration.layers().size(); layer++) {
            String prefix = "model.layers." + layer + ".";
            for (String suffix : List.of(".weight", ".bias")) {
                separate(separated, prefix, "self_attn.qkv_proj", suffix, attentionParts);
                separate(separated, prefix, "mlp.gate_up_proj", suffix, gateAndUp);
                if (!separated.containsKey(prefix + "mlp.gate_proj" + suffix)) {
                    separate(separated, prefix, "mlp.up_proj", suffix, gateAndUp);
                }
            }
        }
        return separated;
    }

    private static void separate(
            Map<String, Tensor> tensors, String prefix, String fused, String suffix, List<Part> parts) {
        Tensor whole = tensors.remove(prefix + fused + suffix);
        if (whole == null) {
            return;
        }
        long rows = parts.stream().mapToLong(Part::rows).sum();
        requireRows(whole, prefix + fused + suffix, rows);
        long first = 0;
        for (Part part : parts) {
            tensors.put(prefix + part.name() + suffix, rows(whole, first, part.rows()));
            first += part.rows();
        }
    }

    /**
     * The norms of queries and keys, of which each row is a head's, each by itself.
     *
     * @throws CheckpointException if one has other rows than there are heads
     */
    static Map<String, Tensor> headNorms(Map<String, Tensor> tensors, DecoderConfiguration configuration) {
        Attention attention = configuration.attention();
        Map<String, Tensor> separated = new HashMap<>(tensors);
        if (attention.queryKeyNorm() == QueryKeyNorm.EACH_HEAD) {
            for (int layer = 0; layer < configuration.layers().size(); layer++) {
                String prefix = "model.layers." + layer + ".self_attn.";
                separateHeads(separated, prefix + "q_norm.", attention.heads());
                separateHeads(separated, prefix + "k_norm.", attention.keyValueHeads());
            }
        }
        return separated;
    }

    private static void separateHeads(Map<String, Tensor> tensors, String module, int heads) {
        Tensor whole = tensors.get(module + "weight");
        if (whole == null || whole.shape().size() != 2) {
            return;
        }
        requireRows(whole, module + "weight", heads);
        tensors.remove(module + "weight");
        for (int head = 0; head < heads; head++) {
            Tensor one = rows(whole, head, 1);
            tensors.put(
                    module + head + ".weight",
                    new Tensor(one.file(), one.type(), one.shape().subList(1, 2), one.offset(), one.length()));
        }
    }

    private static void requireRows(Tensor whole, String name, long rows) {
        if (whole.shape().isEmpty() || whole.shape().get(0) != rows) {
            throw new CheckpointException(
                    "%s: tensor %s has the shape %s, where the configuration makes it %d rows; the files do not belong together"
                            .formatted(whole.file(), name, whole.shape(), rows));
        }
    }

    /** What is not as long as its rows tell is of a type that is not supported, and stays so. */
    private static Tensor rows(Tensor whole, long first, long count) {
        List<Long> shape = new ArrayList<>(whole.shape());
        long bytes = whole.length() / shape.get(0);
        shape.set(0, count);
        return new Tensor(whole.file(), whole.type(), shape, whole.offset() + first * bytes, count * bytes);
    }
}
