package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.Optional;

/** A cache in use, or about to be closed. */
record CacheLoan(LanguageModel model, KeyValueCache cache, Optional<CacheNeed> need) {

    /** Tokens, from the first on, that its user will not take back. */
    int standing() {
        return need.map(wanted -> Math.min(wanted.promptLength(), cache.length()))
                .orElse(0);
    }

    boolean isReading() {
        return need.filter(CacheNeed::readsAtOnce)
                .filter(wanted -> cache.length() < wanted.promptLength())
                .isPresent();
    }
}
