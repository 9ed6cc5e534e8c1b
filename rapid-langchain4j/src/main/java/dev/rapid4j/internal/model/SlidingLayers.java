package dev.rapid4j.internal.model;

import dev.rapid4j.internal.architecture.DecoderConfiguration;
import java.util.Arrays;

/**
 * The layers of a network whose attention slides over a window, and what a KV cache keeps of them: the last positions.
 *
 * @param count how many there are; 0 in most networks
 * @param window the widest of their windows, in tokens, the one that attends included
 * @param chunk most tokens that are read at once
 */
record SlidingLayers(int count, int window, int chunk) {

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
        return count == 0 ? Integer.MAX_VALUE : CacheExtent.LEAST_ROLL_BACK + chunk;
    }

    /** Rows of a cache with room for so many tokens. */
    int rows(int capacity, CacheExtent extent) {
        long most = (long) kept(extent) + chunk;
        return switch (extent.kind()) {
            case WINDOW -> (int) Math.min(capacity, most);
            case WINDOW_OF_ANOTHER -> (int) Math.min((long) seenBefore() + capacity, most);
            case ALL -> capacity;
        };
    }

    /** Most tokens that stay where there is room for no more. */
    int kept(CacheExtent extent) {
        return (int) Math.min(Integer.MAX_VALUE, (long) seenBefore() + extent.rollBack());
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
     * How many of the tokens that are cached stay, so that others have room behind them.
     *
     * @param cached how many there are
     * @param rows room for both
     * @param later tokens that will come behind the others, so that fewer are to be there for taking back
     */
    int staying(int cached, int others, int rows, int later, CacheExtent extent) {
        boolean fits = count == 0 || cached + others <= rows;
        return fits ? cached : Math.min(Math.max(seenBefore(), kept(extent) - later), rows - others);
    }
}
