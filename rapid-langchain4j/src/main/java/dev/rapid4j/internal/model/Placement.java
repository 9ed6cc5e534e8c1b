package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Devices;

/** Where a model's weights are to lie, and as what, with what its caches hold. */
public record Placement(Devices devices, WeightFormat weights, CacheType cache) {

    /** @throws IllegalArgumentException if a format that is named does not go with a device or the cache */
    public Placement {
        if (weights != WeightFormat.AUTO) {
            NumberFormat.of(weights, cache, devices);
        }
    }
}
