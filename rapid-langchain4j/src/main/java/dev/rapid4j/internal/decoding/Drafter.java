package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.torch.DecoderProgram;
import java.util.Optional;

/** Proposes tokens for the target to verify. The loop does not know which kind it has. */
interface Drafter extends AutoCloseable {

    /**
     * Reads the prompts, the target's and its own.
     *
     * @return how many tokens of both were in KV caches before
     */
    int read(Lease target, GenerationListener listener);

    /** Tokens of the prompt that it attends to. */
    int promptTokens();

    /**
     * Proposes tokens that follow the answer so far.
     *
     * @param length most tokens to propose; at least 1
     * @param uniforms as many draws from [0, 1)
     */
    Draft draft(int length, double[] uniforms);

    /** Tells which token stands now behind those before; whether it was proposed does not matter. */
    void append(int token);

    /** The engine has failed: nothing is kept for later requests. */
    void discardWhenClosed();

    @Override
    void close();

    /** Proposed tokens, in the drafter's memory; none if there are none. */
    record Draft(Optional<DecoderProgram.Draft> proposed) implements AutoCloseable {

        static final Draft NONE = new Draft(Optional.empty());

        int[] tokens() {
            return proposed.map(DecoderProgram.Draft::tokens).orElseGet(() -> new int[0]);
        }

        @Override
        public void close() {
            proposed.ifPresent(DecoderProgram.Draft::close);
        }
    }

    /** Proposes nothing: the target decodes alone. */
    Drafter NONE = new Drafter() {
        @Override
        public int read(Lease target, GenerationListener listener) {
            return target.read(listener);
        }

        @Override
        public int promptTokens() {
            return 0;
        }

        @Override
        public Draft draft(int length, double[] uniforms) {
            return Draft.NONE;
        }

        @Override
        public void append(int token) {}

        @Override
        public void discardWhenClosed() {}

        @Override
        public void close() {}
    };
}
