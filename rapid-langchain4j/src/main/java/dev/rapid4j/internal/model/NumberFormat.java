package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.weights.WeightType;

/**
 * In what a network on a device works.
 *
 * @param weights of the matrices; never {@link WeightFormat#AUTO}
 * @param activations all that flows through the network, and with it norms and biases
 * @param cache keys and values; attention over them is computed in it, too
 */
public record NumberFormat(WeightFormat weights, ElementType activations, ElementType cache) {

    /**
     * What goes with these weights on a device.
     *
     * @throws IllegalArgumentException if it is not the CPU, and the weights are {@link WeightFormat#INT8}
     */
    static NumberFormat of(WeightFormat weights, Device device) {
        boolean cpu = device.equals(Device.CPU);
        return switch (weights) {
            case AUTO -> of(cpu ? WeightFormat.FLOAT32 : WeightFormat.BFLOAT16, device);
            case FLOAT32 -> new NumberFormat(weights, ElementType.FLOAT32, ElementType.FLOAT32);
            case BFLOAT16 -> new NumberFormat(weights, ElementType.BFLOAT16, ElementType.BFLOAT16);
            case FLOAT16 -> new NumberFormat(weights, ElementType.FLOAT16, ElementType.FLOAT16);
            case INT8 -> {
                if (!cpu) {
                    throw new IllegalArgumentException(
                            "INT8 weights are for the CPU; on " + device + " choose BFLOAT16");
                }
                yield new NumberFormat(weights, ElementType.FLOAT32, ElementType.FLOAT32);
            }
        };
    }

    /**
     * {@link #of(WeightFormat, Device)} with a cache of another type.
     *
     * @throws IllegalArgumentException if the cache's type is not that of the activations, and the device not the CPU
     */
    static NumberFormat of(WeightFormat weights, CacheType cache, Device device) {
        NumberFormat usual = of(weights, device);
        ElementType elements = switch (cache) {
            case AUTO -> usual.cache();
            case FLOAT32 -> ElementType.FLOAT32;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case FLOAT16 -> ElementType.FLOAT16;
        };
        if (elements != usual.cache() && !device.equals(Device.CPU)) {
            throw new IllegalArgumentException(
                    "A %s cache beside %s weights is for the CPU; on %s leave the cache's type at AUTO, or choose %s weights"
                            .formatted(cache, usual.weights(), device, cache));
        }
        return new NumberFormat(usual.weights(), usual.activations(), elements);
    }

    /** Memory of a matrix of the network, in bytes. */
    public long bytes(long rows, long columns) {
        return weights == WeightFormat.INT8
                ? integerBytes(rows, columns)
                : Math.multiplyExact(Math.multiplyExact(rows, columns), activations.bytes());
    }

    /** Memory of a matrix in 8-bit integers: beside them a scale and a sum a row. */
    static long integerBytes(long rows, long columns) {
        return Math.multiplyExact(rows, columns + 32);
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
            default -> throw new IllegalArgumentException(type + " has no elements of its own");
        };
    }
}
