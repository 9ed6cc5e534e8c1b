package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.Optional;

/**
 * The beginning of an answer that follows a rule, unless the model thinks before.
 *
 * @param open the token that begins thinking
 */
record MayThink(int open, Constraint thinking, Constraint answer) implements Constraint {

    @Override
    public Optional<TokenSet> allowed() {
        return answer.allowed()
                .map(set -> TokenSet.of(
                        Math.max(set.vocabulary(), open + 1), token -> token == open || set.contains(token)));
    }

    @Override
    public boolean allows(int token) {
        return token == open || answer.allows(token);
    }

    @Override
    public Constraint after(int token) {
        return token == open ? thinking : answer.after(token);
    }
}
