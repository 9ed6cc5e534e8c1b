package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.weights.WeightType;
import java.util.List;

/**
 * In what a network on a device works.
 *
 * @param weights of the matrices; never {@link WeightFormat#AUTO}
 * @param activations all that flows through the network, and with it norms and biases
 * @param cache keys and values; attention over them is computed in it, too
 */
public record NumberFormat(WeightFormat weights, ElementType activations, ElementType cache) {

    /** Elements of a row that share a scale in 4 bits. */
    static final int GROUP = 32;

    /**
     * What goes with these weights on a device.
     *
     * @param weights not {@link WeightFormat#AUTO}
     * @throws IllegalArgumentException if the device is the CPU, and the weights are {@link WeightFormat#FP8}
     */
    static NumberFormat of(WeightFormat weights, Device device) {
        return switch (weights) {
            case AUTO -> throw new IllegalArgumentException("AUTO is no format before it is chosen");
            case FLOAT32 -> new NumberFormat(weights, ElementType.FLOAT32, ElementType.FLOAT32);
            case BFLOAT16 -> new NumberFormat(weights, ElementType.BFLOAT16, ElementType.BFLOAT16);
            case FLOAT16 -> new NumberFormat(weights, ElementType.FLOAT16, ElementType.FLOAT16);
            case INT8 -> {
                ElementType activations = device.equals(Device.CPU) ? ElementType.FLOAT32 : ElementType.BFLOAT16;
                yield new NumberFormat(weights, activations, activations);
            }
            case INT4 -> new NumberFormat(weights, ElementType.BFLOAT16, ElementType.BFLOAT16);
            case FP8 -> {
                if (device.equals(Device.CPU)) {
                    throw new IllegalArgumentException("FP8 weights are for CUDA; on the CPU choose INT8 or BFLOAT16");
                }
                yield new NumberFormat(weights, ElementType.BFLOAT16, ElementType.BFLOAT16);
            }
        };
    }

    /**
     * {@link #of(WeightFormat, Device)} with a cache of another type.
     *
     * @throws IllegalArgumentException if the cache's type is not that of the activations, and the device not the CPU
     */
    public static NumberFormat of(WeightFormat weights, CacheType cache, Device device) {
        NumberFormat usual = of(weights, device);
        ElementType elements = switch (cache) {
            case AUTO -> usual.cache();
            case FLOAT32 -> ElementType.FLOAT32;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case FLOAT16 -> ElementType.FLOAT16;
        };
        if (elements != usual.cache() && !device.equals(Device.CPU)) {
            throw new IllegalArgumentException(
                    "A %s cache beside %s weights is for the CPU; on %s leave cacheType at AUTO, or choose %s weights"
                            .formatted(cache, usual.weights(), device, cache));
        }
        return new NumberFormat(usual.weights(), usual.activations(), elements);
    }

    /**
     * {@link #of(WeightFormat, CacheType, Device)} for several devices, which have one format.
     *
     * @throws IllegalArgumentException if it does not go with one of them
     */
    static NumberFormat of(WeightFormat weights, CacheType cache, Devices devices) {
        List<NumberFormat> formats = devices.list().stream()
                .map(device -> of(weights, cache, device))
                .distinct()
                .toList();
        if (formats.size() > 1) {
            throw new IllegalArgumentException(
                    "%s weights have other activations on the CPU than on CUDA; on %s choose BFLOAT16, INT4 or FLOAT32"
                            .formatted(weights, devices));
        }
        return formats.get(0);
    }

    /** Memory of a matrix in 8-bit integers that are packed: beside them a scale and a sum a row. */
    static long packedBytes(long rows, long columns) {
        return Math.multiplyExact(rows, columns + 32);
    }

    /** Memory of a matrix in 8 bits and a scale a row. */
    static long rowBytes(long rows, long columns) {
        return Math.multiplyExact(rows, columns + Float.BYTES);
    }

    /** Memory of a matrix in 4 bits, with two numbers of 16 for each 32. */
    static long groupBytes(long rows, long columns) {
        return Math.multiplyExact(rows, columns / 2 + columns / GROUP * 2 * Short.BYTES);
    }

    /** Memory of the keys and values of so many tokens, in bytes. */
    long cacheBytes(DecoderConfiguration configuration, long tokens) {
        return configuration.cacheElementsPerToken() * cache.bytes() * tokens;
    }

    static ElementType elementType(WeightType type) {
        return switch (type) {
            case FLOAT32 -> ElementType.FLOAT32;
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            default -> throw new IllegalArgumentException(type + " has no elements that stand by themselves");
        };
    }
}
