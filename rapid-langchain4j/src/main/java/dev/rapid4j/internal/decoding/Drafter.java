package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.torch.DecoderProgram;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Proposes tokens for the target to verify. The loop does not know which kind it has. */
interface Drafter extends AutoCloseable {

    /** Begins to read its prompt on another thread, if it has one to read; {@link #read} waits for it then. */
    void startReading();

    /**
     * Reads its prompt; one that drafts from the target's cache takes it from there, once the target has read its own.
     *
     * @return how many of its tokens were in a KV cache before
     */
    int read(GenerationListener listener);

    /** Tokens of the prompt that it attends to. */
    int promptTokens();

    /** How far the model that drafts has come; empty if there is none. */
    default Optional<Reader> reader() {
        return Optional.empty();
    }

    /**
     * Proposes tokens that follow the answer so far; none, unless there is a model that drafts. What has to come is
     * proposed among them without asking the model.
     *
     * @param length most tokens to propose; at least 1
     * @param constraint which of them are to be
     * @param uniforms as many draws from [0, 1)
     * @param listener asked whether to go on where many tokens have to be read first
     */
    default Draft draft(int length, Constraint constraint, double[] uniforms, GenerationListener listener) {
        return Draft.NONE;
    }

    /**
     * The same draft with the model's distributions of all its tokens, and of the one after them; closes the other.
     *
     * @param constraint before the first of them
     * @param listener asked whether to go on where many tokens have to be read first
     * @throws IllegalStateException if no model drafts
     */
    default Draft complete(Draft draft, Constraint constraint, GenerationListener listener) {
        throw new IllegalStateException("There is no model to learn from");
    }

    /** Tells which token stands now behind those before; whether it was proposed does not matter. */
    default void append(int token) {}

    /** The engine has failed: nothing is kept for later requests. */
    void discardWhenClosed();

    @Override
    void close();

    /**
     * Proposed tokens, in the engine's memory; none if there are none.
     *
     * @param sources who proposes each
     */
    record Draft(Optional<DecoderProgram.Draft> proposed, List<TokenSource> sources) implements AutoCloseable {

        static final Draft NONE = new Draft(Optional.empty(), List.of());

        /** All from one source. */
        static Draft of(DecoderProgram.Draft proposed, TokenSource source) {
            return new Draft(Optional.of(proposed), Collections.nCopies(proposed.length(), source));
        }

        int[] tokens() {
            return proposed.map(DecoderProgram.Draft::tokens).orElseGet(() -> new int[0]);
        }

        @Override
        public void close() {
            proposed.ifPresent(DecoderProgram.Draft::close);
        }
    }

    /** Proposes nothing, and has nothing to read: the target decodes alone. */
    Drafter NONE = new Drafter() {
        @Override
        public void startReading() {}

        @Override
        public int read(GenerationListener listener) {
            return 0;
        }

        @Override
        public int promptTokens() {
            return 0;
        }

        @Override
        public void discardWhenClosed() {}

        @Override
        public void close() {}
    };
}
