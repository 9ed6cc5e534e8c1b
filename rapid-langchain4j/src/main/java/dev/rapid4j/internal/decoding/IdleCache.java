package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;

/** A cache that nobody uses. */
final class IdleCache {

    final LanguageModel model;
    final KeyValueCache cache;
    /** Whether it is worth a place on the disk. */
    final boolean kept;
    /** Whether it has one already. */
    boolean written;

    IdleCache(LanguageModel model, KeyValueCache cache, boolean kept) {
        this.model = model;
        this.cache = cache;
        this.kept = kept;
    }

    LanguageModel model() {
        return model;
    }

    KeyValueCache cache() {
        return cache;
    }
}
