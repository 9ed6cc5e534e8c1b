package dev.rapid4j.checkpoint;

import dev.rapid4j.checkpoint.SafetensorsHeader.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors a decoder-only network needs, by their names in the published checkpoints. */
final class ExpectedWeights {

    private final DecoderConfiguration configuration;
    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    private ExpectedWeights(DecoderConfiguration configuration) {
        this.configuration = configuration;
        long hidden = configuration.hiddenSize();
        long vocabulary = configuration.vocabularySize();
        expect("model.embed_tokens.weight", vocabulary, hidden);
        for (int layer = 0; layer < configuration.layers(); layer++) {
            expectLayer("model.layers." + layer + ".");
        }
        expect("model.norm.weight", hidden);
        if (!configuration.tiedEmbeddings()) {
            expect("lm_head.weight", vocabulary, hidden);
        }
    }

    private void expectLayer(String layer) {
        long hidden = configuration.hiddenSize();
        long queries = (long) configuration.heads() * configuration.headDimension();
        long keys = (long) configuration.keyValueHeads() * configuration.headDimension();
        long intermediate = configuration.intermediateSize();
        expect(layer + "input_layernorm.weight", hidden);
        expectLinear(layer + "self_attn.q_proj", queries, hidden, configuration.attentionInputBias());
        expectLinear(layer + "self_attn.k_proj", keys, hidden, configuration.attentionInputBias());
        expectLinear(layer + "self_attn.v_proj", keys, hidden, configuration.attentionInputBias());
        expectLinear(layer + "self_attn.o_proj", hidden, queries, configuration.attentionOutputBias());
        if (configuration.queryKeyNorm()) {
            expect(layer + "self_attn.q_norm.weight", configuration.headDimension());
            expect(layer + "self_attn.k_norm.weight", configuration.headDimension());
        }
        expect(layer + "post_attention_layernorm.weight", hidden);
        expectLinear(layer + "mlp.gate_proj", intermediate, hidden, configuration.mlpBias());
        expectLinear(layer + "mlp.up_proj", intermediate, hidden, configuration.mlpBias());
        expectLinear(layer + "mlp.down_proj", hidden, intermediate, configuration.mlpBias());
    }

    private void expectLinear(String name, long rows, long columns, boolean bias) {
        expect(name + ".weight", rows, columns);
        if (bias) {
            expect(name + ".bias", rows);
        }
    }

    private void expect(String name, long... shape) {
        shapes.put(name, Arrays.stream(shape).boxed().toList());
    }

    /**
     * Checks that every tensor of the network is there, with a usable type and the right shape.
     *
     * @return these tensors by name, without any others there are
     * @throws CheckpointException naming the first that is not
     */
    static Map<String, WeightEntry> check(
            DecoderConfiguration configuration, Map<String, Tensor> tensors, Path directory) {
        Map<String, WeightEntry> weights = new LinkedHashMap<>();
        new ExpectedWeights(configuration).shapes.forEach((name, shape) -> {
            Tensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new CheckpointException(
                        ("%s: tensor %s of shape %s is missing, which the network that config.json describes needs;"
                                        + " download the checkpoint again")
                                .formatted(directory, name, shape));
            }
            if (!tensor.shape().equals(shape)) {
                throw new CheckpointException(
                        "%s: tensor %s has the shape %s, where config.json makes it %s; the files do not belong together"
                                .formatted(tensor.file(), name, tensor.shape(), shape));
            }
            WeightEntry weight = tensor.entry()
                    .orElseThrow(() -> new CheckpointException(
                            "%s: tensor %s has the type %s; supported are F32, F16 and BF16, take a checkpoint that is not quantised"
                                    .formatted(tensor.file(), name, tensor.type())));
            weights.put(name, weight);
        });
        return weights;
    }
}
