package dev.rapid4j.internal.model;

import dev.rapid4j.internal.checkpoint.DecoderConfiguration;
import java.util.Arrays;

/**
 * The layers of a network whose attention slides over a window, and what a KV cache keeps of them: the last positions.
 *
 * @param count how many there are; 0 in most networks
 * @param window the widest of their windows, in tokens, the one that attends included
 * @param chunk most tokens that are read at once
 */
record SlidingLayers(int count, int window, int chunk) {

    /**
     * Tokens that can be taken back at least: a question and its answer, so that the next one about the same document
     * finds it read.
     */
    static final int ROLL_BACK = 2048;

    /** @param contextLength a window that is no smaller hides nothing */
    static SlidingLayers of(DecoderConfiguration configuration, int contextLength, int chunk) {
        int[] windows = configuration.layers().stream()
                .mapToInt(layer -> window(layer, contextLength))
                .filter(window -> window > 0)
                .toArray();
        return new SlidingLayers(windows.length, Arrays.stream(windows).max().orElse(0), chunk);
    }

    /** What is to be hidden from a layer's tokens: 0 is nothing. */
    static int window(DecoderConfiguration.Layer layer, int contextLength) {
        return layer.window() < contextLength ? layer.window() : 0;
    }

    /** Most tokens of one call into the engine, so that there is room for them behind a window. */
    int mostAtOnce() {
        return count == 0 ? Integer.MAX_VALUE : ROLL_BACK + chunk;
    }

    /** Rows of a cache with room for so many tokens. */
    int rows(int capacity, CacheExtent extent) {
        long most = (long) seenBefore() + ROLL_BACK + chunk;
        return switch (extent) {
            case WINDOW -> (int) Math.min(capacity, most);
            case WINDOW_OF_ANOTHER -> (int) Math.min((long) seenBefore() + capacity, most);
            case ALL -> capacity;
        };
    }

    /** How many tokens before it one attends to. */
    int seenBefore() {
        return Math.max(0, window - 1);
    }

    /** Whether tokens that come next at a position see all that they should, if those before another were dropped. */
    boolean reaches(int position, int dropped) {
        return dropped == 0 || position - seenBefore() >= dropped;
    }

    /**
     * The first position that stays, so that tokens have room behind those that are cached.
     *
     * @param position of the first of them
     * @param dropped the first position that is there
     */
    int first(int position, int tokens, int dropped, int rows) {
        boolean fits = count == 0 || position - dropped + tokens <= rows;
        return fits ? dropped : position - Math.min(seenBefore() + ROLL_BACK, rows - tokens);
    }
}
