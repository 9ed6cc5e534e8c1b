package dev.rapid4j.internal.model;

import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.Device;

/**
 * What a language model takes of its devices beside its weights, in bytes.
 *
 * @param chunk most tokens that go through the network at once when a text is read
 */
record ModelMemory(
        DecoderConfiguration configuration, NumberFormat numbers, int contextLength, int chunk, SlidingLayers sliding) {

    /** Most rows of logits of a verification, of one request. */
    private static final int MOST_ROWS = 65;

    /** Copies of them, beside what they are made of, while they are filtered. */
    private static final int COPIES = 8;

    /**
     * Of those of other requests in the same pass, which wait for it: logits, and what drafted tokens were drawn from.
     */
    private static final int COPIES_OF_OTHERS = 2;

    static ModelMemory of(DecoderConfiguration configuration, NumberFormat numbers, int contextLength, int chunk) {
        return new ModelMemory(
                configuration, numbers, contextLength, chunk, SlidingLayers.of(configuration, contextLength, chunk));
    }

    private int layers() {
        return configuration.layers().size();
    }

    /** Keys and values of so many tokens in all layers. */
    long rowBytes(int tokens) {
        return numbers.cacheBytes(configuration, tokens);
    }

    /** A layer's part of a cache with so many rows. */
    long cacheBytes(int layer, Rows rows) {
        return rowBytes(1) / layers() * (slides(layer) ? rows.sliding() : rows.all());
    }

    private boolean slides(int layer) {
        return SlidingLayers.window(configuration.layers().get(layer), contextLength) > 0;
    }

    /** Keys and values that one token more in a cache has each later one attend to, on average. */
    long attendedBytes() {
        double inWindows = (double) sliding.window() / contextLength;
        return (long) (rowBytes(1) * (layers() - sliding.count() + sliding.count() * inWindows) / layers());
    }

    /** On each device while tokens go through the layers there; an estimate from above. */
    long passBytes(Device device) {
        long width = 8L * configuration.hiddenSize()
                + 4L * configuration.feedForward().width()
                + 12L
                        * configuration.attention().heads()
                        * configuration.attention().headDimension();
        width += configuration
                .feedForward()
                .experts()
                .map(experts -> 4L * experts.denseWidth()
                        + experts.chosen() * (6L * configuration.hiddenSize() + 8L * experts.width()))
                .orElse(0L);
        if (device instanceof Device.Cuda) {
            // 8-bit products come as 32-bit integers before they are numbers; 4 bits are unpacked by 16 million
            width += 4L * configuration.feedForward().width();
        }
        // attention and norms work in float32 whatever the weights
        return chunk * width * Float.BYTES + scoreBytes();
    }

    /** Of a block of capped scores, three times, with its keys and values; and of those of a layer that are moved. */
    private long scoreBytes() {
        DecoderConfiguration.Attention attention = configuration.attention();
        long scores = Math.max(1L << 22, 256L * chunk * attention.heads());
        long keysAndValues = 2L * 8192 * attention.keyValueHeads() * attention.headDimension();
        long moved = sliding.count() == 0 ? 0 : sliding.kept(CacheExtent.WINDOW);
        return (attention.softCap() > 0 ? (3 * scores + keysAndValues) * Float.BYTES : 0)
                + rowBytes(1) / layers() * moved;
    }

    /** Of the logits of a pass of several verifications, of which one after the other is filtered. */
    long logitBytes() {
        long rows = COPIES * MOST_ROWS + COPIES_OF_OTHERS * (PackedCalls.MOST_TOKENS - MOST_ROWS);
        return rows * configuration.vocabularySize() * Float.BYTES;
    }
}
