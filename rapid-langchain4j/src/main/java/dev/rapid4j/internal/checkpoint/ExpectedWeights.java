package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors that a network needs, by their names in the published checkpoints, and their shapes. */
final class ExpectedWeights {

    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    private ExpectedWeights() {}

    static ExpectedWeights of(DecoderConfiguration configuration) {
        ExpectedWeights expected = new ExpectedWeights();
        long hidden = configuration.hiddenSize();
        long vocabulary = configuration.vocabularySize();
        expected.expect(TiedEmbeddings.EMBEDDING, vocabulary, hidden);
        for (int layer = 0; layer < configuration.layers(); layer++) {
            expected.expectLayer("model.layers." + layer + ".", configuration);
        }
        expected.expect("model.norm.weight", hidden);
        if (!configuration.tiedEmbeddings()) {
            expected.expect(TiedEmbeddings.HEAD, vocabulary, hidden);
        }
        return expected;
    }

    static ExpectedWeights of(EncoderConfiguration configuration) {
        ExpectedWeights expected = new ExpectedWeights();
        long hidden = configuration.hiddenSize();
        expected.expect("embeddings.word_embeddings.weight", configuration.vocabularySize(), hidden);
        expected.expect("embeddings.position_embeddings.weight", configuration.positions(), hidden);
        expected.expect("embeddings.token_type_embeddings.weight", configuration.tokenTypes(), hidden);
        expected.expectNorm("embeddings.LayerNorm", hidden);
        for (int layer = 0; layer < configuration.layers(); layer++) {
            expected.expectLayer("encoder.layer." + layer + ".", configuration);
        }
        return expected;
    }

    private void expectLayer(String layer, EncoderConfiguration configuration) {
        long hidden = configuration.hiddenSize();
        long intermediate = configuration.intermediateSize();
        for (String projection : List.of("self.query", "self.key", "self.value", "output.dense")) {
            expectLinear(layer + "attention." + projection, hidden, hidden, true);
        }
        expectNorm(layer + "attention.output.LayerNorm", hidden);
        expectLinear(layer + "intermediate.dense", intermediate, hidden, true);
        expectLinear(layer + "output.dense", hidden, intermediate, true);
        expectNorm(layer + "output.LayerNorm", hidden);
    }

    private void expectLayer(String layer, DecoderConfiguration configuration) {
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

    private void expectNorm(String name, long size) {
        expect(name + ".weight", size);
        expect(name + ".bias", size);
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
     * @param prefix what stands before the names in the files
     * @return these tensors by name without the prefix, and no others
     * @throws CheckpointException naming the first that is not
     */
    Map<String, WeightEntry> check(Map<String, Tensor> tensors, String prefix, Path directory) {
        Map<String, WeightEntry> weights = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> weights.put(name, check(tensors, prefix + name, shape, directory)));
        return weights;
    }

    /** Checks one tensor of a network. */
    static WeightEntry check(Map<String, Tensor> tensors, String name, List<Long> shape, Path location) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s is missing, which the network that config.json describes needs; %s"
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
                    "%s: tensor %s has the shape %s, where config.json makes it %s; the files do not belong together"
                            .formatted(tensor.file(), name, tensor.shape(), shape));
        }
        return tensor.entry()
                .orElseThrow(() -> new CheckpointException(
                        "%s: tensor %s has the type %s; supported are F32, F16 and BF16, take a checkpoint that is not quantised"
                                .formatted(tensor.file(), name, tensor.type())));
    }
}
