package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Takes each step of a constraint once, where drafting, verification and the answer take the same ones. What was tried
 * in vain is forgotten with the step before it. Not safe for use by several threads.
 */
final class RememberedConstraint implements Constraint {

    private final Constraint constraint;
    private final Map<Integer, Constraint> steps = new HashMap<>();
    private Optional<TokenSet> allowed;

    private RememberedConstraint(Constraint constraint) {
        this.constraint = constraint;
    }

    static Constraint of(Constraint constraint) {
        return constraint == NONE ? NONE : new RememberedConstraint(constraint);
    }

    @Override
    public Optional<TokenSet> allowed() {
        if (allowed == null) {
            allowed = constraint.allowed();
        }
        return allowed;
    }

    @Override
    public boolean allows(int token) {
        return allowed == null
                ? constraint.allows(token)
                : allowed.map(set -> set.contains(token)).orElse(true);
    }

    @Override
    public Constraint after(int token) {
        return steps.computeIfAbsent(token, next -> of(constraint.after(next)));
    }

    @Override
    public int[] certain(int most) {
        return constraint.certain(most);
    }

    @Override
    public boolean complete() {
        return constraint.complete();
    }
}
