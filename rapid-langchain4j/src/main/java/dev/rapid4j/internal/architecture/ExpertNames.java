package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightType;
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
    static final ExpertNames GPT_OSS =
            new ExpertNames("mlp.router", "mlp.experts", "gate_proj", "up_proj", "down_proj");
    static final ExpertNames MIXTRAL =
            new ExpertNames("block_sparse_moe.gate", "block_sparse_moe.experts", "w1", "w3", "w2");

    /** The one weight in which rows of gate and up take turns. */
    static final String GATE_UP = "gate_up_proj";

    private static final String BLOCKS = "_blocks";
    private static final String SCALES = "_scales";

    private static final Pattern IN_LAYER =
            Pattern.compile("(model\\.layers\\.(0|[1-9]\\d{0,8})\\.)(.+?)(|\\.weight|\\.bias)");

    private static final Set<String> ROUTERS = Set.of(
            "mlp.gate",
            "mlp.router",
            "block_sparse_moe.gate",
            "block_sparse_moe.router",
            "block_sparse_moe.router.layer");

    /** What the rows of an expert belong to, in order. */
    private enum Stacked {
        GATE,
        UP,
        GATE_AND_UP,
        DOWN
    }

    private static final Map<String, Stacked> STACKED = Map.of(
            "mlp.experts.gate_proj", Stacked.GATE,
            "mlp.experts.up_proj", Stacked.UP,
            "mlp.experts.gate_up_proj", Stacked.GATE_AND_UP,
            "mlp.experts.down_proj", Stacked.DOWN,
            "block_sparse_moe.experts.gate_up_proj", Stacked.GATE_AND_UP,
            "block_sparse_moe.experts.down_proj", Stacked.DOWN,
            "block_sparse_moe.input_linear", Stacked.GATE_AND_UP,
            "block_sparse_moe.output_linear", Stacked.DOWN);

    /** Of all experts of a layer, where they are not named as those of a linear layer. */
    private static final Map<String, String> BIASES = Map.of(
            "mlp.experts.gate_up_proj_bias", "mlp.experts.gate_up_proj.bias",
            "mlp.experts.down_proj_bias", "mlp.experts.down_proj.bias");

    /** A projection of one expert. */
    String expert(int number, String projection) {
        return "%s.%d.%s".formatted(experts, number, projection);
    }

    /**
     * The tensors by the names that the family publishes them under, those of several experts cut into one for each.
     *
     * @param layers of the network; tensors of others, of which a file may name any number, stay as they are
     * @throws CheckpointException if a tensor is of another number of experts, or its rows are not those of all
     */
    Map<String, Tensor> published(Map<String, Tensor> tensors, Experts described, int layers) {
        Map<String, Tensor> published = new HashMap<>();
        withScales(tensors).forEach((name, tensor) -> {
            Matcher inLayer = IN_LAYER.matcher(name);
            if (!inLayer.matches() || Integer.parseInt(inLayer.group(2)) >= layers) {
                published.put(name, tensor);
                return;
            }
            String layer = inLayer.group(1);
            String module = inLayer.group(3);
            if (ROUTERS.contains(module)) {
                published.put(layer + router + inLayer.group(4), tensor);
            } else if (BIASES.containsKey(module)) {
                published.put(layer + BIASES.get(module), tensor);
            } else if (STACKED.containsKey(module) && tensor.shape().size() == 3) {
                requireRows(name, tensor, described.count(), projections(STACKED.get(module), described));
                cut(layer, STACKED.get(module), tensor, described, published);
            } else {
                published.put(name, tensor);
            }
        });
        return published;
    }

    private static void requireRows(String name, Tensor tensor, int count, List<String> projections) {
        if (tensor.shape().get(0) != count || tensor.shape().get(1) % projections.size() != 0) {
            throw new CheckpointException(
                    "%s: tensor %s has the shape %s, where the configuration tells of %d experts, and each has %s; the files do not belong together"
                            .formatted(tensor.file(), name, tensor.shape(), count, String.join(" and ", projections)));
        }
    }

    /** What is in blocks, with scales beside them, as one tensor. */
    private static Map<String, Tensor> withScales(Map<String, Tensor> tensors) {
        Map<String, Tensor> joined = new HashMap<>(tensors);
        tensors.forEach((name, blocks) -> {
            String weight = name.endsWith(BLOCKS) ? name.substring(0, name.length() - BLOCKS.length()) : "";
            Tensor scales = tensors.get(weight + SCALES);
            if (!weight.isEmpty() && scales != null) {
                joined.remove(name);
                joined.remove(weight + SCALES);
                joined.put(weight, Tensor.ofBlocks(blocks, scales));
            }
        });
        return joined;
    }

    private void cut(String layer, Stacked stacked, Tensor tensor, Experts described, Map<String, Tensor> into) {
        List<String> projections = projections(stacked, described);
        // gpt-oss has numbers of their own the other way round, and blocks as everybody
        boolean blocks =
                WeightType.named(tensor.type()).filter(WeightType::isQuantised).isPresent();
        boolean transposed = described.interleaved() && !blocks;
        List<Tensor> parts =
                (transposed ? tensor.asTransposed() : tensor).parts(described.count() * projections.size());
        for (int i = 0; i < parts.size(); i++) {
            String projection = projections.get(i % projections.size());
            into.put(layer + expert(i / projections.size(), projection) + ".weight", parts.get(i));
        }
    }

    private List<String> projections(Stacked stacked, Experts described) {
        return switch (stacked) {
            case GATE -> List.of(gate);
            case UP -> List.of(up);
            case GATE_AND_UP -> described.interleaved() ? List.of(GATE_UP) : List.of(gate, up);
            case DOWN -> List.of(down);
        };
    }
}
