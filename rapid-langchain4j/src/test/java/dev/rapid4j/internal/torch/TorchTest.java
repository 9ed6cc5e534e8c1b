package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.util.Ec2Utils;
import org.junit.jupiter.api.Test;

class TorchTest {

    @Test
    void namesOfDevicesAreChecked() {
        assertThat(Device.of("cpu")).isEqualTo(Device.CPU);
        assertThat(Device.of("auto").toString()).matches("cpu|cuda:0");
        assertThatThrownBy(() -> Device.of("gpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auto, cpu, cuda or cuda:N");
        assertThatThrownBy(() -> Device.of("cuda:99"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cuda:99 is not there");
    }

    @Test
    void memoryThatIsFreeIsTold() {
        assertThat(Torch.availableMemory(Device.CPU)).isBetween(1L << 20, 1L << 50);
    }

    @Test
    void usageIsNotReported() {
        Device.of("auto");
        // what DJL looks at before it reports
        assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
        Ec2Utils.callHome("PyTorch");
    }
}
