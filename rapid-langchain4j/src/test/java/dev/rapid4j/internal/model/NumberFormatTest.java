package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NumberFormatTest {

    @ParameterizedTest
    @CsvSource({
        "FLOAT32, AUTO, FLOAT32, FLOAT32",
        "FLOAT32, BFLOAT16, FLOAT32, BFLOAT16",
        "BFLOAT16, AUTO, BFLOAT16, BFLOAT16",
        "FLOAT16, AUTO, FLOAT16, FLOAT16",
        "INT8, AUTO, FLOAT32, FLOAT32",
        "INT8, BFLOAT16, FLOAT32, BFLOAT16",
        "INT4, AUTO, BFLOAT16, BFLOAT16",
        "INT4, FLOAT32, BFLOAT16, FLOAT32",
    })
    void activationsFollowTheWeightsAndTheCacheUnlessToldOtherwise(
            WeightFormat weights, CacheType type, ElementType activations, ElementType cache) {
        assertThat(NumberFormat.of(weights, type, Device.CPU)).isEqualTo(new NumberFormat(weights, activations, cache));
    }

    @Test
    void refusesWhatIsForAnotherDevice() {
        Device cuda = new Device.Cuda(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumberFormat.of(WeightFormat.FP8, CacheType.AUTO, Device.CPU))
                .withMessageContaining("on the CPU choose INT8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumberFormat.of(WeightFormat.BFLOAT16, CacheType.FLOAT32, cuda))
                .withMessageContaining("on cuda:0 leave cacheType at AUTO");
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT4", "FP8"})
    void onCudaActivationsBesideFewerBitsAreBfloat16(WeightFormat weights) {
        assertThat(NumberFormat.of(weights, CacheType.AUTO, new Device.Cuda(0)))
                .isEqualTo(new NumberFormat(weights, ElementType.BFLOAT16, ElementType.BFLOAT16));
    }
}
