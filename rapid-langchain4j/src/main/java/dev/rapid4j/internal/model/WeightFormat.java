package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.util.List;

/** How the weights of a network are kept. Activations have their elements' type. */
public enum WeightFormat {
    FLOAT32(ElementType.FLOAT32),
    BFLOAT16(ElementType.BFLOAT16),
    FLOAT16(ElementType.FLOAT16);

    private final ElementType elements;

    WeightFormat(ElementType elements) {
        this.elements = elements;
    }

    static WeightFormat of(dev.rapid4j.WeightFormat precision, Device device) {
        return switch (Precisions.on(device, precision)) {
            case FLOAT32, AUTO -> FLOAT32;
            case BFLOAT16 -> BFLOAT16;
            case FLOAT16 -> FLOAT16;
        };
    }

    ElementType elements() {
        return elements;
    }

    /** Memory of a weight, in bytes. */
    public long bytes(List<Long> shape) {
        return shape.stream().reduce((long) elements.bytes(), Math::multiplyExact);
    }

    /** Whether a weight needs no memory on the device, since it is used as it lies in the memory-mapped file. */
    boolean usesMappingOf(WeightEntry weight, Device device) {
        return device.equals(Device.CPU)
                && !weight.type().isQuantised()
                && weight.interleavedRows() == 0
                && elementType(weight.type()) == elements;
    }

    static ElementType elementType(WeightType type) {
        return switch (type) {
            case FLOAT32 -> ElementType.FLOAT32;
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            default -> throw new IllegalArgumentException(type + " has no elements of its own");
        };
    }
}
