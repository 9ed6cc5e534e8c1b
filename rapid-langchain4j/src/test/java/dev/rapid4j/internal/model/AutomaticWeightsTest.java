package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.AutomaticWeights.Machine;
import dev.rapid4j.internal.model.AutomaticWeights.Stored;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutomaticWeightsTest {

    private static final long GIGA = 1L << 30;

    @ParameterizedTest
    @CsvSource({
        // in the file, giga of parameters, bfloat16 and 8-bit products, GB free
        "HALF_PRECISION, 1, true, true, 24, BFLOAT16",
        "HALF_PRECISION, 1, false, true, 24, FLOAT32",
        "FLOAT32, 1, true, true, 24, FLOAT32",
        "FLOAT32, 7, true, true, 24, INT8",
        // 12 GB of float32 in 16 GB leave a quarter
        "HALF_PRECISION, 3, false, true, 16, FLOAT32",
        "HALF_PRECISION, 3, false, true, 15, INT8",
        // 28 GB of float32, 14 of bfloat16
        "HALF_PRECISION, 7, false, true, 24, INT8",
        "HALF_PRECISION, 7, true, true, 24, BFLOAT16",
        "HALF_PRECISION, 7, true, true, 16, INT8",
        "QUANTISED, 1, true, true, 24, INT8",
        "QUANTISED, 1, false, true, 24, INT8",
        // without 8-bit products
        "QUANTISED, 1, true, false, 24, BFLOAT16",
        "QUANTISED, 1, false, false, 24, FLOAT32",
        "HALF_PRECISION, 7, false, false, 8, FLOAT32",
    })
    void takesWhatTheFileTheProcessorAndTheMemorySuggest(
            Stored stored, long parameters, boolean bfloat16, boolean integers, long free, WeightFormat expected) {
        Machine machine = new Machine(() -> bfloat16, () -> integers, free * GIGA);
        assertThat(AutomaticWeights.onCpu(stored, parameters * GIGA, machine).format())
                .isEqualTo(expected);
    }

    @Test
    void saysHowMuchMemoryIsLacking() {
        Machine small = new Machine(() -> false, () -> true, 24 * GIGA);
        assertThat(AutomaticWeights.onCpu(Stored.HALF_PRECISION, 7 * GIGA, small)
                        .reason())
                .contains("FLOAT32 ones, of 30,064 MB", "25,769 MB that are free");
    }

    @Test
    void leavesAloneWhatIsAskedForAndTakesBfloat16OnCuda() {
        Checkpoint checkpoint = Golden.checkpoint("mistral-tiny");
        assertThat(AutomaticWeights.resolve(WeightFormat.FLOAT16, checkpoint, Devices.of(Device.CPU)))
                .isEqualTo(WeightFormat.FLOAT16);
        assertThat(AutomaticWeights.resolve(WeightFormat.AUTO, checkpoint, Devices.of(new Device.Cuda(0), Device.CPU)))
                .isEqualTo(WeightFormat.BFLOAT16);
    }
}
