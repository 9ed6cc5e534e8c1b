package dev.rapid4j.internal.decoding;

/**
 * A prompt that the target reads on a thread of its own, while the drafter's is still being made; see
 * {@link Generator#readAhead}.
 */
public sealed interface ReadAhead extends AutoCloseable permits PooledSequence {

    /** Ends the reading and keeps what has been read for later requests. */
    @Override
    void close();
}
