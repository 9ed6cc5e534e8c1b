package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import org.junit.jupiter.api.Test;

class PlacementTest {

    @Test
    void whatDoesNotGoWithTheDeviceIsRefusedBeforeAModelIsLookedFor() {
        Device cuda = new Device.Cuda(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement(Devices.of(cuda, Device.CPU), WeightFormat.INT8, CacheType.AUTO))
                .withMessageContaining("choose BFLOAT16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement(Devices.of(cuda), WeightFormat.BFLOAT16, CacheType.FLOAT32));
        assertThatNoException()
                .isThrownBy(() -> new Placement(Devices.of(cuda, cuda), WeightFormat.INT8, CacheType.AUTO));
        assertThatNoException()
                .isThrownBy(() -> new Placement(Devices.of(cuda), WeightFormat.AUTO, CacheType.BFLOAT16));
    }
}
