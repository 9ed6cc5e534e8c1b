package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.answer.TextMarkers.Seen;
import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Any text, until a marker begins something else: a call, or the end of thinking. */
final class FreeText implements Constraint {

    private final Watch watch;
    private final Seen seen;
    /** So many tokens may follow. */
    private final int most;

    private FreeText(Watch watch, Seen seen, int most) {
        this.watch = watch;
        this.seen = seen;
        this.most = most;
    }

    /**
     * What is looked for, and what it leads to; for all answers of a request.
     *
     * <p>A marker that is text may end inside a token. Such a token may come where the rest of it may.
     */
    static final class Watch {

        /** A mask has as many bits as the vocabulary has tokens: in all, some megabytes. */
        private static final int MOST_KNOWN = 200;

        private final AnswerVocabulary vocabulary;
        private final Map<Integer, Supplier<Constraint>> controls;
        private final Map<Integer, Supplier<Constraint>> controlsAtStart;
        private final TextMarkers texts;
        private final List<Supplier<Constraint>> afterTexts;
        private final Set<Integer> forbidden;
        private final Supplier<Constraint> afterMost;
        private final Supplier<int[]> doubtful = new Once<>(this::findDoubtful);
        private final Map<Seen, Optional<TokenSet>> allowed = new ConcurrentHashMap<>();

        /**
         * @param controls markers that are control tokens, with what follows each
         * @param controlsAtStart those that count only as the first of the text
         * @param texts markers that are text
         * @param afterTexts what follows each
         * @param forbidden tokens that may not come
         * @param afterMost what comes where no more may follow
         */
        Watch(
                AnswerVocabulary vocabulary,
                Map<Integer, Supplier<Constraint>> controls,
                Map<Integer, Supplier<Constraint>> controlsAtStart,
                TextMarkers texts,
                List<Supplier<Constraint>> afterTexts,
                Set<Integer> forbidden,
                Supplier<Constraint> afterMost) {
            this.vocabulary = vocabulary;
            this.controls = Map.copyOf(controls);
            this.controlsAtStart = Map.copyOf(controlsAtStart);
            this.texts = texts;
            this.afterTexts = List.copyOf(afterTexts);
            this.forbidden = Set.copyOf(forbidden);
            this.afterMost = afterMost;
        }

        Constraint begin() {
            return begin(Integer.MAX_VALUE);
        }

        /** @param most tokens at most; at least 0 */
        Constraint begin(int most) {
            return most == 0 ? afterMost.get() : new FreeText(this, TextMarkers.BEGINNING, most);
        }

        private Optional<TokenSet> allowed(Seen seen) {
            if (allowed.size() >= MOST_KNOWN) {
                allowed.clear();
            }
            return allowed.computeIfAbsent(seen, this::find);
        }

        private Optional<TokenSet> find(Seen seen) {
            BitSet out = new BitSet();
            forbidden.forEach(out::set);
            for (int id : doubtful.get()) {
                if (follow(seen, vocabulary.bytes().of(id)).next.isEmpty()) {
                    out.set(id);
                }
            }
            return out.isEmpty() ? Optional.empty() : Optional.of(TokenSet.of(vocabulary.size(), id -> !out.get(id)));
        }

        /** Tokens in which a marker may end before their end does. */
        private int[] findDoubtful() {
            return IntStream.range(0, vocabulary.size())
                    .filter(id -> texts.mayEndWithin(vocabulary.bytes().of(id)))
                    .toArray();
        }

        /** @param next empty if a marker ends in these bytes and what is behind it may not follow there */
        private record Followed(Seen seen, Optional<Constraint> next, boolean marker) {}

        private Followed follow(Seen seen, byte[] bytes) {
            Seen now = seen;
            for (int i = 0; i < bytes.length; i++) {
                now = texts.after(now, bytes[i]);
                OptionalInt marker = texts.complete(now);
                if (marker.isPresent()) {
                    return new Followed(
                            now, rest(afterTexts.get(marker.getAsInt()).get(), bytes, i + 1), true);
                }
            }
            return new Followed(now, Optional.of(Constraint.NONE), false);
        }

        /** What the other bytes of a token lead to; any tokens that spell them do. */
        private Optional<Constraint> rest(Constraint after, byte[] bytes, int from) {
            Constraint now = after;
            for (int i = from; i < bytes.length; i++) {
                OptionalInt token = vocabulary.bytes().token(bytes[i]);
                if (token.isEmpty() || now.complete() || !now.allows(token.getAsInt())) {
                    return Optional.empty();
                }
                now = now.after(token.getAsInt());
            }
            return Optional.of(now);
        }
    }

    @Override
    public Optional<TokenSet> allowed() {
        return watch.texts.isEmpty() && watch.forbidden.isEmpty() ? Optional.empty() : watch.allowed(seen);
    }

    @Override
    public Constraint after(int token) {
        Supplier<Constraint> begun = watch.controls.get(token);
        if (begun == null && seen.blank()) {
            begun = watch.controlsAtStart.get(token);
        }
        if (begun != null) {
            return begun.get();
        }
        byte[] bytes = watch.vocabulary.bytes().of(token);
        Watch.Followed followed = watch.follow(seen, bytes);
        if (followed.marker()) {
            return followed.next()
                    .orElseThrow(() -> new IllegalArgumentException("token " + token + " may not follow here"));
        }
        return most == 1 ? watch.afterMost.get() : new FreeText(watch, followed.seen(), Math.max(most - 1, 1));
    }
}
