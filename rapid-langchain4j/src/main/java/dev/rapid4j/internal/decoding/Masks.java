package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.tokenizer.TokenSet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a {@link Constraint} means for the tokens that can be chosen, and for the rows of logits behind drafted ones.
 * Not safe for use by several threads: what is made for the engine lies in one memory.
 */
final class Masks {

    private static final byte ALL = (byte) 0xFF;

    private final int vocabulary;
    private final Set<Integer> endTokens;
    private final LongSupplier nanoTime;
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);
    private long nanos;

    /**
     * @param vocabulary only the first so many tokens can be chosen
     * @param nanoTime a clock
     */
    Masks(int vocabulary, Set<Integer> endTokens, LongSupplier nanoTime) {
        this.vocabulary = vocabulary;
        this.endTokens = endTokens;
        this.nanoTime = nanoTime;
    }

    /**
     * What {@link #rows}, {@link #behind} and the like have taken so far, which is none of the models' time. A token
     * costs as much whether it was drafted or not, so it does not matter for how many pay.
     */
    long nanos() {
        return nanos;
    }

    private <T> T timed(Supplier<T> work) {
        long begin = nanoTime.getAsLong();
        try {
            return work.get();
        } finally {
            nanos += nanoTime.getAsLong() - begin;
        }
    }

    /**
     * For rows of logits: the first follows so many of the drafted tokens, the last all of them. As the program takes
     * it, and valid until the next call; empty if anything may follow in each row.
     *
     * @param constraint before the first drafted token
     * @throws IllegalStateException if nothing may follow in a row
     */
    Optional<ByteBuffer> rows(Constraint constraint, int[] drafted, int first) {
        return constraint == Constraint.NONE
                ? Optional.empty()
                : timed(() -> constrainedRows(constraint, drafted, first));
    }

    private Optional<ByteBuffer> constrainedRows(Constraint constraint, int[] drafted, int first) {
        List<Optional<TokenSet>> rows = new ArrayList<>();
        Constraint at = constraint;
        for (int i = 0; i <= drafted.length; i++) {
            if (i >= first) {
                rows.add(allowed(at));
            }
            if (i < drafted.length) {
                at = after(at, drafted[i]);
            }
        }
        return rows.stream().allMatch(Optional::isEmpty) ? Optional.empty() : Optional.of(bits(rows));
    }

    private ByteBuffer bits(List<Optional<TokenSet>> rows) {
        int width = (vocabulary + 7) / 8;
        if (memory.capacity() < rows.size() * width) {
            memory = ByteBuffer.allocateDirect(rows.size() * width);
        }
        memory.clear();
        for (Optional<TokenSet> row : rows) {
            ByteBuffer bits = memory.slice(memory.position(), width);
            row.ifPresentOrElse(set -> set.copyTo(bits), () -> fill(bits));
            memory.position(memory.position() + width);
        }
        return memory.flip();
    }

    private static void fill(ByteBuffer bits) {
        byte[] all = new byte[bits.remaining()];
        Arrays.fill(all, ALL);
        bits.put(all);
    }

    private Optional<TokenSet> allowed(Constraint constraint) {
        // what stands behind the end of an answer is computed, but never chosen
        Optional<TokenSet> allowed = constraint.complete() ? Optional.empty() : constraint.allowed();
        allowed.ifPresent(this::requireAny);
        return allowed;
    }

    private int requireAny(TokenSet allowed) {
        int first = next(allowed, 0);
        if (first < 0) {
            throw new IllegalStateException("No token of the model can follow what is written so far: it has none that"
                    + " spells what the response format or the tool asks for next. Ask for less, or for text");
        }
        return first;
    }

    private int next(TokenSet allowed, int from) {
        int id = allowed.next(from);
        return id < vocabulary ? id : -1;
    }

    /** Behind an end token nothing is chosen any more. */
    private Constraint after(Constraint constraint, int token) {
        return endTokens.contains(token) ? Constraint.NONE : constraint.after(token);
    }

    /**
     * The token that has to follow, if there is only one, or one of end tokens alone.
     *
     * @throws IllegalStateException if nothing may follow
     */
    OptionalInt only(Constraint constraint) {
        Optional<TokenSet> allowed = allowed(constraint);
        if (allowed.isEmpty()) {
            return OptionalInt.empty();
        }
        int first = requireAny(allowed.get());
        int next = next(allowed.get(), first + 1);
        if (endTokens.contains(first)) {
            while (next >= 0 && endTokens.contains(next)) {
                next = next(allowed.get(), next + 1);
            }
        }
        return next < 0 ? OptionalInt.of(first) : OptionalInt.empty();
    }

    /**
     * Tokens that have to come: those of which only one may follow, and the usual spelling of what can be spelled in
     * several ways. No end tokens.
     *
     * @param most tokens to return
     * @throws IllegalStateException if nothing may follow
     */
    int[] certain(Constraint constraint, int most) {
        return constraint == Constraint.NONE ? new int[0] : timed(() -> constrainedCertain(constraint, most));
    }

    private int[] constrainedCertain(Constraint constraint, int most) {
        int[] certain = new int[0];
        Constraint at = constraint;
        while (certain.length < most && !at.complete()) {
            int[] more = possible(at, at.certain(most - certain.length));
            if (more.length == 0) {
                OptionalInt only = only(at);
                more = only.isPresent() && !endTokens.contains(only.getAsInt())
                        ? new int[] {only.getAsInt()}
                        : new int[0];
            }
            if (more.length == 0) {
                break;
            }
            certain =
                    IntStream.concat(IntStream.of(certain), IntStream.of(more)).toArray();
            at = constrainedBehind(at, more);
        }
        return certain;
    }

    /**
     * Whether the answer can only end here.
     *
     * @throws IllegalStateException if nothing may follow
     */
    boolean ends(Constraint constraint) {
        return constraint != Constraint.NONE && timed(() -> constrainedEnds(constraint));
    }

    private boolean constrainedEnds(Constraint constraint) {
        OptionalInt only = only(constraint);
        return constraint.complete() || only.isPresent() && endTokens.contains(only.getAsInt());
    }

    /** So many of the first tokens as may follow one another; the answer can only end with the last of them. */
    int[] possible(Constraint constraint, int[] tokens) {
        if (constraint == Constraint.NONE) {
            return tokens;
        }
        int count = 0;
        Constraint at = constraint;
        while (count < tokens.length && tokens[count] < vocabulary && !at.complete() && at.allows(tokens[count])) {
            at = after(at, tokens[count++]);
        }
        return Arrays.copyOf(tokens, count);
    }

    /** So many tokens from the first on as were free to be any. */
    int free(Constraint constraint, int[] tokens) {
        return constraint == Constraint.NONE ? tokens.length : timed(() -> constrainedFree(constraint, tokens));
    }

    private int constrainedFree(Constraint constraint, int[] tokens) {
        int count = 0;
        Constraint at = constraint;
        while (count < tokens.length && !at.complete() && at.allowed().isEmpty()) {
            at = after(at, tokens[count++]);
        }
        return count;
    }

    /** What holds behind drafted tokens. */
    Constraint behind(Constraint constraint, int[] tokens) {
        return constraint == Constraint.NONE ? constraint : timed(() -> constrainedBehind(constraint, tokens));
    }

    private Constraint constrainedBehind(Constraint constraint, int[] tokens) {
        Constraint at = constraint;
        for (int token : tokens) {
            at = after(at, token);
        }
        return at;
    }
}
