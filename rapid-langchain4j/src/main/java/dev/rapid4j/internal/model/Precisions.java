package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.Device;

/** What {@link dev.rapid4j.WeightFormat#AUTO} is. */
final class Precisions {

    private Precisions() {}

    /** The precision on a device, which is not {@link dev.rapid4j.WeightFormat#AUTO}. */
    static dev.rapid4j.WeightFormat on(Device device, dev.rapid4j.WeightFormat precision) {
        if (precision != dev.rapid4j.WeightFormat.AUTO) {
            return precision;
        }
        return device.equals(Device.CPU) ? dev.rapid4j.WeightFormat.FLOAT32 : dev.rapid4j.WeightFormat.BFLOAT16;
    }
}
