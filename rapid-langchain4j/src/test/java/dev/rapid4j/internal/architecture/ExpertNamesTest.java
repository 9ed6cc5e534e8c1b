package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two experts of width 3 in a network of width 32. */
class ExpertNamesTest {

    private static final Experts EXPERTS = Experts.of(2, 1, 3, true);
    private static final Path FILE = Path.of("model.safetensors");
    private static final String LAYER = "model.layers.7.";

    @Test
    void oneTensorOfAllExpertsIsCutIntoOneForEach() {
        Tensor gates = tensor("F32", 100, 2, 3, 32);
        for (String name : List.of("mlp.experts.gate_proj.weight", "mlp.experts.gate_proj")) {
            assertThat(ExpertNames.MIXTRAL.published(Map.of(LAYER + name, gates), EXPERTS, 8))
                    .isEqualTo(Map.of(
                            LAYER + "block_sparse_moe.experts.0.w1.weight", tensor("F32", 100, 3, 32),
                            LAYER + "block_sparse_moe.experts.1.w1.weight", tensor("F32", 100 + 3 * 32 * 4, 3, 32)));
        }
    }

    @Test
    void gateLiesBeforeUpWhereTheyAreOne() {
        Tensor both = tensor("Q8_0", 0, 2, 6, 32);
        int rows = 3 * 34;
        for (String name : List.of("mlp.experts.gate_up_proj", "block_sparse_moe.input_linear.weight")) {
            assertThat(ExpertNames.QWEN.published(Map.of(LAYER + name, both), EXPERTS, 8))
                    .isEqualTo(Map.of(
                            LAYER + "mlp.experts.0.gate_proj.weight", tensor("Q8_0", 0, 3, 32),
                            LAYER + "mlp.experts.0.up_proj.weight", tensor("Q8_0", rows, 3, 32),
                            LAYER + "mlp.experts.1.gate_proj.weight", tensor("Q8_0", 2 * rows, 3, 32),
                            LAYER + "mlp.experts.1.up_proj.weight", tensor("Q8_0", 3 * rows, 3, 32)));
        }
    }

    @Test
    void theRouterHasTheFamilysNameAndAllElseItsOwn() {
        Tensor router = tensor("F32", 0, 2, 32);
        assertThat(ExpertNames.MIXTRAL.published(
                        Map.of(LAYER + "mlp.gate.weight", router, "model.norm.weight", router), EXPERTS, 8))
                .containsOnlyKeys(LAYER + "block_sparse_moe.gate.weight", "model.norm.weight");
        assertThat(ExpertNames.GPT_OSS.published(Map.of(LAYER + "mlp.gate.bias", router), EXPERTS, 8))
                .containsOnlyKeys(LAYER + "mlp.router.bias");
    }

    @Test
    void anotherNumberOfExpertsIsRefused() {
        Map<String, Tensor> three = Map.of(LAYER + "mlp.experts.down_proj", tensor("F32", 0, 3, 32, 3));
        assertThatThrownBy(() -> ExpertNames.QWEN.published(three, EXPERTS, 8))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.layers.7.mlp.experts.down_proj has the shape [3, 32, 3]")
                .hasMessageContaining("2 experts");
    }

    @Test
    void rowsThatAreNotThoseOfGateAndUpAreRefused() {
        Experts narrow = Experts.of(2, 1, 1, true);
        Map<String, Tensor> odd = Map.of(LAYER + "mlp.experts.gate_up_proj", tensor("F32", 0, 2, 3, 32));
        assertThatThrownBy(() -> ExpertNames.QWEN.published(odd, narrow, 8))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("has the shape [2, 3, 32]")
                .hasMessageContaining("gate_proj and up_proj");
    }

    @Test
    void blocksAreNotTakenForNumbersTheOtherWayRound() {
        Map<String, Tensor> blocks = Map.of(LAYER + "mlp.experts.gate_up_proj", tensor("Q8_0", 0, 2, 6, 32));
        assertThat(ExpertNames.GPT_OSS.published(blocks, EXPERTS.withBiases(), 8))
                .containsEntry(LAYER + "mlp.experts.0.gate_up_proj.weight", tensor("Q8_0", 0, 6, 32));
    }

    /** A header of some megabytes could name so many that their experts take all memory. */
    @Test
    void tensorsOfLayersThatTheNetworkDoesNotHaveStayWhole() {
        Tensor gates = tensor("F32", 0, 2, 3, 32);
        for (String layer : List.of("model.layers.8.", "model.layers.007.")) {
            Map<String, Tensor> further = Map.of(layer + "mlp.experts.gate_proj", gates);
            assertThat(ExpertNames.QWEN.published(further, EXPERTS, 8)).isEqualTo(further);
        }
    }

    @Test
    void blocksHaveTheirScalesWithThem() {
        Tensor blocks = tensor("U8", 1000, 2, 6, 1, 16);
        Tensor scales = tensor("U8", 10, 2, 6, 1);
        Experts interleaved = EXPERTS.withBiases();
        Map<String, Tensor> cut = ExpertNames.GPT_OSS.published(
                Map.of(
                        LAYER + "mlp.experts.gate_up_proj_blocks",
                        blocks,
                        LAYER + "mlp.experts.gate_up_proj_scales",
                        scales),
                interleaved,
                8);
        assertThat(cut.get(LAYER + "mlp.experts.1.gate_up_proj.weight").entry())
                .contains(new WeightEntry(
                        FILE,
                        WeightType.MXFP4,
                        List.of(6L, 32L),
                        1000 + 6 * 16,
                        6 * 16,
                        0,
                        false,
                        Optional.of(new WeightEntry.Scales(FILE, 16, 6))));
        assertThat(cut).hasSize(2);
    }

    /** Reading beyond a mapped file ends the JVM. */
    @Test
    void blocksThatAreFewerThanTheirScalesOrShorterThanTheirShapeAreRefused() {
        Tensor blocks = tensor("U8", 0, 2, 6, 1, 16);
        for (Tensor scales : List.of(
                tensor("U8", 0, 2, 6, 2),
                tensor("F16", 0, 2, 6, 1),
                new Tensor(FILE, "U8", List.of(2L, 6L, 1L), 0, 11))) {
            assertThatThrownBy(() -> Tensor.ofBlocks(blocks, scales)).hasMessageContaining("blocks of MXFP4");
        }
        Tensor cutShort = new Tensor(FILE, "U8", List.of(2L, 6L, 1L, 16L), 0, 2 * 6 * 16 - 1);
        assertThatThrownBy(() -> Tensor.ofBlocks(cutShort, tensor("U8", 0, 2, 6, 1)))
                .hasMessageContaining("blocks of MXFP4");
    }

    private static Tensor tensor(String type, long offset, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        long bytes = WeightType.named(type)
                .map(known -> known.bytes(dimensions))
                .orElseGet(() -> dimensions.stream().reduce(1L, Math::multiplyExact));
        return new Tensor(FILE, type, dimensions, offset, bytes);
    }
}
