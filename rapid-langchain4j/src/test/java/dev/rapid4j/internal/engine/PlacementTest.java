package dev.rapid4j.internal.engine;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import org.junit.jupiter.api.Test;

class PlacementTest {

    @Test
    void whatDoesNotGoWithTheDeviceIsRefusedBeforeAModelIsLookedFor() {
        Device cuda = new Device.Cuda(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement(cuda, WeightFormat.INT8, CacheType.AUTO))
                .withMessageContaining("choose BFLOAT16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement(cuda, WeightFormat.BFLOAT16, CacheType.FLOAT32));
        assertThatNoException().isThrownBy(() -> new Placement(cuda, WeightFormat.AUTO, CacheType.BFLOAT16));
    }
}
