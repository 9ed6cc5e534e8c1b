package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Experts;
import dev.rapid4j.internal.weights.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a family publishes the weights of a layer's experts, which is one tensor for each projection of each expert.
 * transformers 5 and llama.cpp write those of all experts of a layer as one tensor of three dimensions instead, and
 * transformers 5 gate and up as one.
 *
 * @param router of the layer
 * @param experts what stands before an expert's number
 */
record ExpertNames(String router, String experts, String gate, String up, String down) {

    static final ExpertNames QWEN = new ExpertNames("mlp.gate", "mlp.experts", "gate_proj", "up_proj", "down_proj");
    static final ExpertNames MIXTRAL =
            new ExpertNames("block_sparse_moe.gate", "block_sparse_moe.experts", "w1", "w3", "w2");

    private static final Pattern IN_LAYER = Pattern.compile("(model\\.layers\\.\\d{1,9}\\.)(.+)");

    private static final Set<String> ROUTERS = Set.of(
            "mlp.gate.weight",
            "mlp.router.weight",
            "block_sparse_moe.gate.weight",
            "block_sparse_moe.router.weight",
            "block_sparse_moe.router.layer.weight");

    /** What the rows of an expert belong to, in order. */
    private enum Stacked {
        GATE,
        UP,
        GATE_AND_UP,
        DOWN
    }

    private static final Map<String, Stacked> STACKED = Map.of(
            "mlp.experts.gate_proj.weight", Stacked.GATE,
            "mlp.experts.up_proj.weight", Stacked.UP,
            "mlp.experts.down_proj.weight", Stacked.DOWN,
            "mlp.experts.gate_up_proj", Stacked.GATE_AND_UP,
            "mlp.experts.down_proj", Stacked.DOWN,
            "block_sparse_moe.experts.gate_up_proj", Stacked.GATE_AND_UP,
            "block_sparse_moe.experts.down_proj", Stacked.DOWN,
            "block_sparse_moe.input_linear.weight", Stacked.GATE_AND_UP,
            "block_sparse_moe.output_linear.weight", Stacked.DOWN);

    /** A projection of one expert. */
    String expert(int number, String projection) {
        return "%s.%d.%s".formatted(experts, number, projection);
    }

    /**
     * The tensors by the names that the family publishes them under, those of several experts cut into one for each.
     *
     * @throws CheckpointException if a tensor is of another number of experts
     */
    Map<String, Tensor> published(Map<String, Tensor> tensors, Experts described) {
        Map<String, Tensor> published = new HashMap<>();
        tensors.forEach((name, tensor) -> {
            Matcher inLayer = IN_LAYER.matcher(name);
            String inner = inLayer.matches() ? inLayer.group(2) : name;
            if (ROUTERS.contains(inner)) {
                published.put(inLayer.group(1) + router + ".weight", tensor);
            } else if (STACKED.containsKey(inner) && tensor.shape().size() == 3) {
                if (tensor.shape().get(0) != described.count()) {
                    throw new CheckpointException(
                            "%s: tensor %s has the shape %s, where the configuration tells of %d experts; the files do not belong together"
                                    .formatted(tensor.file(), name, tensor.shape(), described.count()));
                }
                cut(inLayer.group(1), STACKED.get(inner), tensor, published);
            } else {
                published.put(name, tensor);
            }
        });
        return published;
    }

    private void cut(String layer, Stacked stacked, Tensor tensor, Map<String, Tensor> into) {
        List<String> projections = switch (stacked) {
            case GATE -> List.of(gate);
            case UP -> List.of(up);
            case GATE_AND_UP -> List.of(gate, up);
            case DOWN -> List.of(down);
        };
        int count = tensor.shape().get(0).intValue();
        List<Tensor> parts = tensor.parts(count * projections.size());
        for (int i = 0; i < parts.size(); i++) {
            String projection = projections.get(i % projections.size());
            into.put(layer + expert(i / projections.size(), projection) + ".weight", parts.get(i));
        }
    }
}
