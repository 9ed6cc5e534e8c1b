package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.Optional;

/**
 * Which tokens an answer may go on with. Immutable: what a draft has tried is forgotten with the constraint behind it,
 * and nothing has to be rolled back.
 *
 * <p>Target and drafter choose among the same tokens: masks come before temperature, filters and Eq. 6, so that all
 * that is said of distributions holds for the masked ones.
 */
public interface Constraint {

    /** The tokens of which the next is one, end tokens included where the answer may end; empty: any may follow. */
    Optional<TokenSet> allowed();

    /** Whether a token may follow; may be cheaper to tell than all that do. */
    default boolean allows(int token) {
        return allowed().map(set -> set.contains(token)).orElse(true);
    }

    /**
     * What holds behind one more token.
     *
     * @param token one of those that may follow; no end token
     */
    Constraint after(int token);

    /**
     * Tokens that spell what has to come now in the usual way, such as a property's name: other tokens may spell it,
     * too, so it is a proposal. None where there is a choice.
     *
     * @param most tokens to return
     */
    default int[] certain(int most) {
        return new int[0];
    }

    /** Whether nothing can follow any more: the answer ends here, without an end token. */
    default boolean complete() {
        return false;
    }

    /** Anything may follow. */
    Constraint NONE = new Constraint() {
        @Override
        public Optional<TokenSet> allowed() {
            return Optional.empty();
        }

        @Override
        public Constraint after(int token) {
            return this;
        }
    };
}
