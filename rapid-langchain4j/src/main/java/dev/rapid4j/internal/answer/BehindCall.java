package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.Optional;
import java.util.function.Supplier;

/** Behind a call: white space, and then either another call or, with whatever else comes, the end of the answer. */
final class BehindCall implements Constraint {

    /** Models write one, mostly. */
    private static final int MOST_SPACES = 2;

    /** The answer is over. */
    static final Constraint END = new Constraint() {
        @Override
        public Optional<TokenSet> allowed() {
            return Optional.empty();
        }

        @Override
        public Constraint after(int token) {
            return this;
        }

        @Override
        public boolean complete() {
            return true;
        }
    };

    private final AnswerVocabulary vocabulary;
    private final int opening;
    private final Supplier<Constraint> further;
    private final int spaces;

    private BehindCall(AnswerVocabulary vocabulary, int opening, Supplier<Constraint> further, int spaces) {
        this.vocabulary = vocabulary;
        this.opening = opening;
        this.further = further;
        this.spaces = spaces;
    }

    /**
     * @param opening the control token that begins another call
     * @param further what follows that
     */
    static Constraint of(AnswerVocabulary vocabulary, int opening, Supplier<Constraint> further) {
        return new BehindCall(vocabulary, opening, further, 0);
    }

    @Override
    public Optional<TokenSet> allowed() {
        return Optional.empty();
    }

    @Override
    public Constraint after(int token) {
        if (token == opening) {
            return further.get();
        }
        return spaces < MOST_SPACES && isSpace(vocabulary.bytes().of(token))
                ? new BehindCall(vocabulary, opening, further, spaces + 1)
                : END;
    }

    private static boolean isSpace(byte[] bytes) {
        for (byte each : bytes) {
            if (each != ' ' && each != '\t' && each != '\r' && each != '\n') {
                return false;
            }
        }
        return bytes.length > 0;
    }
}
