package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.Stages.Stage;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.testing.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StagesTest {

    private static final Device FIRST = new Device.Cuda(2);
    private static final Device LAST = new Device.Cuda(0);
    private static final NumberFormat NUMBERS = NumberFormat.of(WeightFormat.BFLOAT16, FIRST);

    private final Stages stages = new Stages(List.of(new Stage(FIRST, 0, 1), new Stage(LAST, 1, 3)));

    @ParameterizedTest
    @CsvSource({
        "embedding, cuda:2",
        "embedding.Q4_K, cuda:2",
        "layers.0.query.weight, cuda:2",
        "layers.0.experts.12.down.weight, cuda:2",
        "layers.1.input_norm, cuda:0",
        "layers.2.gate_up, cuda:0",
        "norm, cuda:0",
        "norm_bias, cuda:0",
        "head.weight, cuda:0",
        "head, cuda:0",
    })
    void everyWeightHasItsDevice(String weight, String device) {
        assertThat(stages.deviceOf(weight)).hasToString(device);
    }

    @Test
    void devicesAreNamedInTheOrderOfTheLayers() {
        assertThat(stages).hasToString("cuda:2,cuda:0");
        assertThat(stages.devices()).containsExactly(FIRST, LAST);
        assertThat(stages.layersOn(LAST)).isEqualTo(2);
        assertThat(new Stages(List.of(new Stage(LAST, 0, 1), new Stage(LAST, 1, 2))))
                .satisfies(twice -> {
                    assertThat(twice).hasToString("cuda:0");
                    assertThat(twice.named()).isEqualTo(Devices.of(LAST, LAST));
                });
    }

    /** Of the tied one the head is the embedding, on another device. */
    @ParameterizedTest
    @CsvSource({"qwen2-tiny, true", "llama3-tiny, false"})
    void aTiedHeadOnAnotherDeviceIsACopyThatCounts(String name, boolean tied) {
        Checkpoint checkpoint = Golden.checkpoint(name);
        WeightPlan whole = WeightPlan.of(checkpoint.fields(), Stages.on(FIRST, 3), NUMBERS);
        WeightPlan apart = WeightPlan.of(checkpoint.fields(), stages, NUMBERS);
        long embedding = 2L
                * checkpoint.configuration().vocabularySize()
                * checkpoint.configuration().hiddenSize();
        List<Long> layers = whole.layerBytes(3);

        assertThat(whole.tiedHeadBytes()).isEqualTo(tied ? embedding : 0);
        assertThat(apart.bytes()).isEqualTo(whole.bytes() + (tied ? embedding : 0));
        assertThat(apart.bytes(FIRST)).isEqualTo(embedding + layers.get(0));
        assertThat(apart.bytes(LAST))
                .isEqualTo(apart.bytes() - apart.bytes(FIRST))
                .isGreaterThan(embedding);
        assertThat(apart.parts())
                .filteredOn(part -> part.name().equals("head.weight"))
                .singleElement()
                .returns(LAST, WeightPlan.Part::device);
    }

    /** On the CPU it is used as it lies in the file, as the embedding is. */
    @Test
    void whatIsMappedOnTheCpuTakesNoMemoryThere() {
        Checkpoint checkpoint = Golden.checkpoint("qwen3-tiny");
        Stages mixed = new Stages(List.of(new Stage(FIRST, 0, 1), new Stage(Device.CPU, 1, 3)));
        WeightPlan plan = WeightPlan.of(checkpoint.fields(), mixed, NUMBERS);
        assertThat(plan.mappedBytes(FIRST)).isZero();
        assertThat(plan.mappedBytes(Device.CPU)).isEqualTo(plan.mappedBytes()).isPositive();
        assertThat(plan.bytes(Device.CPU)).isLessThan(plan.mappedBytes(Device.CPU) / 10);
    }
}
