package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What may go on in several ways. Those that a token does not fit are over behind it.
 *
 * @param ways more than one; none of them complete
 */
record OneOf(List<Constraint> ways) implements Constraint {

    /** @param ways at least one */
    static Constraint of(List<Constraint> ways) {
        return ways.size() == 1 ? ways.get(0) : new OneOf(List.copyOf(ways));
    }

    @Override
    public Optional<TokenSet> allowed() {
        byte[] bits = new byte[0];
        int vocabulary = 0;
        for (Constraint way : ways) {
            Optional<TokenSet> set = way.allowed();
            if (set.isEmpty()) {
                return Optional.empty();
            }
            byte[] more = set.get().bits();
            bits = Arrays.copyOf(bits, Math.max(bits.length, more.length));
            for (int i = 0; i < more.length; i++) {
                bits[i] |= more[i];
            }
            vocabulary = Math.max(vocabulary, set.get().vocabulary());
        }
        return Optional.of(TokenSet.over(bits, vocabulary));
    }

    @Override
    public boolean allows(int token) {
        return ways.stream().anyMatch(way -> way.allows(token));
    }

    @Override
    public Constraint after(int token) {
        List<Constraint> left = new ArrayList<>();
        for (Constraint way : ways) {
            if (way.allows(token)) {
                left.add(way.after(token));
            }
        }
        if (left.isEmpty()) {
            throw new IllegalArgumentException("token " + token + " may not follow here");
        }
        return of(left);
    }
}
