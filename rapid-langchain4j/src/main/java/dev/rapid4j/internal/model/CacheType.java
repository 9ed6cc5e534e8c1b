package dev.rapid4j.internal.model;

import dev.rapid4j.internal.checkpoint.DecoderConfiguration;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;

/** In what the keys and values of a KV cache are kept. */
enum CacheType {
    FLOAT32(ElementType.FLOAT32),
    BFLOAT16(ElementType.BFLOAT16),
    FLOAT16(ElementType.FLOAT16);

    private final ElementType elements;

    CacheType(ElementType elements) {
        this.elements = elements;
    }

    static CacheType of(dev.rapid4j.WeightFormat precision, Device device) {
        return switch (Precisions.on(device, precision)) {
            case FLOAT32, AUTO -> FLOAT32;
            case BFLOAT16 -> BFLOAT16;
            case FLOAT16 -> FLOAT16;
        };
    }

    ElementType elements() {
        return elements;
    }

    /** Memory of the keys and values of so many tokens, in bytes. */
    long bytes(DecoderConfiguration configuration, long tokens) {
        return configuration.cacheElementsPerToken() * elements.bytes() * tokens;
    }
}
