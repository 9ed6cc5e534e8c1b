package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.util.Ec2Utils;
import org.junit.jupiter.api.Test;

class TorchTest {

    @Test
    void namesOfDevicesAreChecked() {
        assertThat(Torch.device("cpu")).isEqualTo("cpu");
        assertThat(Torch.device("auto")).matches("cpu|cuda:0");
        assertThatThrownBy(() -> Torch.device("gpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auto, cpu, cuda or cuda:N");
        assertThatThrownBy(() -> Torch.device("cuda:99"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cuda:99 is not there");
    }

    @Test
    void memoryThatIsFreeIsTold() {
        assertThat(Torch.availableMemory("cpu")).isBetween(1L << 20, 1L << 50);
    }

    @Test
    void usageIsNotReported() {
        Torch.device("auto");
        // what DJL looks at before it reports
        assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
        Ec2Utils.callHome("PyTorch");
    }
}
