package dev.rapid4j.internal.model;

import dev.rapid4j.Precision;
import dev.rapid4j.internal.torch.Device;

/** What {@link Precision#AUTO} is. */
final class Precisions {

    private Precisions() {}

    /** The precision on a device, which is not {@link Precision#AUTO}. */
    static Precision on(Device device, Precision precision) {
        if (precision != Precision.AUTO) {
            return precision;
        }
        return device.equals(Device.CPU) ? Precision.FLOAT32 : Precision.BFLOAT16;
    }
}
