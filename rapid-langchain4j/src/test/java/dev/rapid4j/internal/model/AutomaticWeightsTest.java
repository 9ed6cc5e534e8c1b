package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import org.junit.jupiter.api.Test;

class AutomaticWeightsTest {

    /** Without instructions a prompt is read five times as slowly as in float32. */
    @Test
    void takesBfloat16OnAProcessorWithInstructionsForItAndOnNoOther() {
        assertThat(AutomaticWeights.of(Device.CPU, () -> true).format()).isEqualTo(WeightFormat.BFLOAT16);
        assertThat(AutomaticWeights.of(Device.CPU, () -> false).format()).isEqualTo(WeightFormat.FLOAT32);
    }

    @Test
    void takesBfloat16OnCudaWhateverTheProcessorDoes() {
        assertThat(AutomaticWeights.of(new Device.Cuda(0), () -> fail("asked")).format())
                .isEqualTo(WeightFormat.BFLOAT16);
    }
}
