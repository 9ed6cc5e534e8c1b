package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;

/**
 * A cache that a request needs; from {@link CachePool#need} or {@link #forRows}.
 *
 * @param prompt what will be read
 * @param tokens prompt and answer
 * @param readsAtOnce whether all of the prompt is certainly read, so that others can wait for it
 */
record CacheNeed(LanguageModel model, int[] prompt, int tokens, CacheExtent extent, boolean readsAtOnce) {

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

    /**
     * For tokens that another cache of the same model holds, and some more.
     *
     * @param tokens room that is needed
     */
    static CacheNeed forRows(LanguageModel model, int tokens) {
        return new CacheNeed(model, new int[0], tokens, CacheExtent.WINDOW_OF_ANOTHER, false);
    }

    int capacity() {
        return Math.min(model.contextLength(), inSteps(tokens));
    }

    /** Its prompt is read whatever becomes of the request, unless this ends. */
    CacheNeed readAtOnce() {
        return new CacheNeed(model, prompt, tokens, extent, true);
    }

    /** Of the prompt, so many have their keys and values computed before others are asked for logits. */
    int promptLength() {
        return Math.max(0, prompt.length - 1);
    }

    /** Memory of a new cache for it on a device. */
    long newBytes(Device device) {
        return model.cacheBytes(device, capacity(), extent);
    }

    static int inSteps(int tokens) {
        long steps = ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP;
        return (int) Math.min(Integer.MAX_VALUE, steps * CAPACITY_STEP);
    }
}
