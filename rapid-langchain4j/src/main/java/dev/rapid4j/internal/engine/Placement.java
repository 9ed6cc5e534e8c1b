package dev.rapid4j.internal.engine;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.model.NumberFormat;
import dev.rapid4j.internal.torch.Device;

/** Where a model's weights lie, and as what, with what its caches hold. */
public record Placement(Device device, WeightFormat weights, CacheType cache) {

    /** @throws IllegalArgumentException if a format that is named does not go with the device or the cache */
    public Placement {
        if (weights != WeightFormat.AUTO) {
            NumberFormat.of(weights, cache, device);
        }
    }
}
