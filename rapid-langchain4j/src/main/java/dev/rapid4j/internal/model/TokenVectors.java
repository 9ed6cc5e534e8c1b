package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.ByteTensor;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.EncoderProgram;
import dev.rapid4j.internal.torch.EncoderProgram.Rows;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The vectors of a text's tokens (BGE-M3's third view): one of length 1 for each token but the first, in native memory.
 * Those of the texts of one pass lie in one tensor, whose memory is released when the last of them is closed.
 *
 * <p>Safe to use from several threads, and to close at any time.
 */
public final class TokenVectors implements AutoCloseable {

    private final Pass pass;
    private final int start;
    private final int tokens;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The rows {@code [start, start + tokens)} of a pass. */
    TokenVectors(Pass pass, int start, int tokens) {
        this.pass = pass;
        this.start = start;
        this.tokens = tokens;
    }

    /**
     * The vectors of a pass.
     *
     * @param program that has made them
     * @param open how many of the texts' vectors are not closed yet
     */
    record Pass(
            EncoderProgram program,
            EncoderProgram.Vectors vectors,
            int dimension,
            ElementType type,
            AtomicInteger open) {}

    /** How many vectors: one less than the text has tokens. */
    public int tokens() {
        return tokens;
    }

    public int dimension() {
        return pass.dimension();
    }

    /** Native memory held, in bytes. */
    public long bytes() {
        return (long) tokens * pass.dimension() * pass.type().bytes();
    }

    /**
     * The vectors, copied.
     *
     * @return {@code [tokens][dimension]}
     * @throws IllegalStateException if this has been closed
     */
    public float[][] toArrays() {
        return TextEncoder.rows(pass().program().values(rows()), tokens, pass.dimension());
    }

    /**
     * Copies the vectors as they are to memory outside the heap.
     *
     * @param into as many bytes as {@link #bytes()}
     * @throws IllegalStateException if this has been closed
     */
    public void copyTo(ByteBuffer into) {
        if (tokens > 0) {
            try (ByteTensor memory = ByteTensor.over(into)) {
                pass().program().copyRows(rows(), memory);
            }
        }
    }

    int start() {
        return start;
    }

    /** @throws IllegalStateException if this has been closed */
    Rows rows() {
        return new Rows(pass().vectors(), start, tokens);
    }

    /** @throws IllegalStateException if this has been closed */
    Pass pass() {
        if (closed.get()) {
            throw new IllegalStateException("These token vectors have been closed");
        }
        return pass;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && pass.open().decrementAndGet() == 0) {
            pass.vectors().close();
        }
    }
}
