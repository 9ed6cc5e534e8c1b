package dev.rapid4j.internal.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Regular expressions that the native library (Oniguruma) is known to apply in a time that grows with the text and not
 * faster, and that never match nothing. It backtracks, gives up after ten million steps from one place, and ends the
 * whole process then; matching nothing makes it cut characters in two, with the same end.
 *
 * <p>An expression is one or more alternatives. An alternative is a sequence of <i>items</i>: a literal, a class, an
 * escape that stands for one character, or a group of alternatives that are bounded themselves; each with a quantifier
 * or without. Around it there may be {@code ^} or {@code \A} in front and {@code $}, {@code \z} or {@code (?!\S)} at
 * the end. Call the first item whose quantifier has no upper bound the <i>run</i> of the alternative. Then every
 * alternative has to be of one of these kinds:
 *
 * <ol>
 *   <li><i>Bounded</i>: it has no run. There are at most {@value #MAX_STEPS} ways and characters to try from one place,
 *       over all alternatives.
 *   <li><i>Consuming</i>: all that follows the run may match nothing. Whatever the run goes through is then matched,
 *       and not looked at again. {@code \s+(?!\S)} belongs here as well: it gives back one character at most.
 *   <li><i>Seeking</i>: what follows the run has to match, as in {@code \s*[\r\n]+}. That is tried at each place of the
 *       run, from its end backwards, for a bounded number of steps each. The next alternative has to be a consuming one
 *       with the same items up to its run, as {@code \s+} is here, or another seeking one that is followed by it in
 *       turn. So if there is nothing to be found, the whole run is consumed at once. If there is, the last such place
 *       is matched, what remains of the run holds no other, and is gone through once more at most. After {@code \A}
 *       there is but one place to start from, and nothing of the kind is needed.
 *   <li><i>Delimited</i>: a seeking one that starts with a character which its run cannot hold, as in {@code <[a-z]+>}.
 *       So each run is gone through from few places.
 * </ol>
 *
 * <p>So each character is looked at a bounded number of times, and from one place there are at most twice as many steps
 * as the longest run of one class has characters, for each alternative.
 */
final class LinearExpression {

    static final String SUPPORTED =
            "supported are the expressions of published tokenizers, and alternatives of characters,"
                    + " classes and bounded groups that match at least one character, with one unbounded quantifier at the end";

    private static final int MAX_LENGTH = 2_000;

    /** Steps from one place, apart from those through a run; the expression of GPT-4o has some 400. */
    private static final int MAX_STEPS = 1_000;

    private static final int UNBOUNDED = Integer.MAX_VALUE;
    private static final int MAX_REPEATS = 100;

    private static final Pattern DELIMITER = Pattern.compile("[<>|:;,!@#%&=~/]");
    private static final Pattern WORD_CLASS = Pattern.compile("\\[(?:A-Z|a-z|0-9|_)+]");

    private static final String CLASSES = "sSdDwWnrtfv";
    /** What stands for itself after a backslash. */
    private static final String PUNCTUATION = "\\.+*?()|[]{}^$#&-~/\"!%,:;=@ ";

    /**
     * A part of an alternative.
     *
     * @param source as it stands in the expression, without the quantifier
     * @param minLength fewest characters of one repetition, which has {@code maxLength} at most
     * @param ways in how many ways one repetition may match
     */
    private record Item(String source, int minLength, int maxLength, int ways, int min, int max, boolean possessive) {

        boolean unbounded() {
            return max == UNBOUNDED;
        }

        boolean optional() {
            return min == 0;
        }

        /** The quantifiers of a run may differ. */
        boolean repeatsTheSame(Item other) {
            return unbounded() && other.unbounded() && source.equals(other.source);
        }
    }

    private enum End {
        NONE,
        /** {@code $} or {@code \z} */
        ANCHOR,
        /** {@code (?!\S)} */
        NOT_BEFORE_TEXT
    }

    private record Alternative(boolean anchored, boolean once, List<Item> items, End end) {

        /** Index of the first item without an upper bound, or of the end. */
        int run() {
            int run = 0;
            while (run < items.size() && !items.get(run).unbounded()) {
                run++;
            }
            return run;
        }

        boolean bounded() {
            return run() == items.size();
        }

        int minLength() {
            return items.stream()
                    .mapToInt(item -> item.min() * item.minLength())
                    .sum();
        }

        boolean consuming() {
            int run = run();
            return items.stream().skip(run + 1L).allMatch(Item::optional)
                    && (end == End.NONE || end == End.NOT_BEFORE_TEXT && endsWithSpaces(run));
        }

        private boolean endsWithSpaces(int run) {
            return run == items.size() - 1
                    && items.get(run).source().equals("\\s")
                    && !items.get(run).possessive();
        }

        /** Whether what follows the run is decided in a bounded number of steps. */
        boolean seeking() {
            List<Item> tail = items.subList(run() + 1, items.size());
            if (end != End.NONE) {
                return end == End.ANCHOR && tail.isEmpty();
            }
            return tail.stream().dropWhile(item -> !item.unbounded()).skip(1).allMatch(Item::optional);
        }

        boolean delimited() {
            Item first = items.get(0);
            return first.min() == 1
                    && first.max() == 1
                    && DELIMITER.matcher(first.source()).matches()
                    && WORD_CLASS.matcher(items.get(run()).source()).matches();
        }

        boolean startsLike(Alternative other) {
            int run = run();
            return !bounded()
                    && !other.bounded()
                    && run == other.run()
                    && items.subList(0, run).equals(other.items.subList(0, run))
                    && items.get(run).repeatsTheSame(other.items.get(run));
        }

        long steps() {
            long ways = 1;
            long length = 1;
            for (Item item : items) {
                int repeats = item.unbounded() ? item.min() : item.max();
                length += (long) repeats * item.maxLength();
                for (int i = 0; i < repeats && ways <= MAX_STEPS; i++) {
                    ways *= item.ways();
                }
                ways *= item.unbounded() ? 1 : item.max() - item.min() + 1;
                ways = Math.min(ways, MAX_STEPS + 1L);
            }
            return ways * length;
        }
    }

    private final String expression;
    private int position;

    private LinearExpression(String expression) {
        this.expression = expression;
    }

    /** @throws IllegalArgumentException if it is not known to be one, with the reason */
    static void check(String expression) {
        require(expression.length() <= MAX_LENGTH, "it is too long");
        new LinearExpression(expression).check();
    }

    private void check() {
        List<Alternative> alternatives = new ArrayList<>();
        do {
            alternatives.add(alternative());
        } while (skip("|"));
        require(position == expression.length(), "a bracket has no partner");
        long steps = 0;
        for (int i = 0; i < alternatives.size(); i++) {
            Alternative alternative = alternatives.get(i);
            require(alternative.minLength() > 0, "it may match nothing");
            steps += alternative.steps();
            require(steps <= MAX_STEPS, "it may take too many steps");
            if (!alternative.bounded() && !alternative.consuming()) {
                require(
                        alternative.seeking()
                                && (alternative.once()
                                        || alternative.delimited()
                                        || isFollowedByConsuming(alternatives, i)),
                        "it may go through the text again and again");
            }
        }
    }

    private static boolean isFollowedByConsuming(List<Alternative> alternatives, int seeking) {
        for (int i = seeking + 1; i < alternatives.size(); i++) {
            Alternative next = alternatives.get(i);
            if (next.anchored() || !next.startsLike(alternatives.get(seeking))) {
                return false;
            }
            if (next.consuming()) {
                return next.items().get(next.run()).min() <= 1;
            }
        }
        return false;
    }

    private Alternative alternative() {
        boolean once = skip("\\A");
        boolean anchored = once || skip("^");
        List<Item> items = new ArrayList<>();
        while (true) {
            if (skip("(?!\\S)")) {
                return ended(new Alternative(anchored, once, items, End.NOT_BEFORE_TEXT));
            }
            if (skip("$") || skip("\\z")) {
                return ended(new Alternative(anchored, once, items, End.ANCHOR));
            }
            if (atEnd() || peek() == '|' || peek() == ')') {
                return new Alternative(anchored, once, items, End.NONE);
            }
            items.add(peek() == '(' ? group() : character());
        }
    }

    private Alternative ended(Alternative alternative) {
        require(atEnd() || peek() == '|', "an anchor or lookahead is supported at the end of an alternative only");
        return alternative;
    }

    private Item group() {
        int start = position;
        boolean ignoresCase = skip("(?i:");
        if (!ignoresCase && !skip("(?:")) {
            require(skip("(") && !atEnd() && peek() != '?', "a construct with (? is not supported");
        }
        int minLength = UNBOUNDED;
        int maxLength = 0;
        int ways = 0;
        do {
            int length = 0;
            int shortest = 0;
            int together = 1;
            while (!atEnd() && peek() != '|' && peek() != ')') {
                require(peek() != '(', "it nests groups");
                Item item = character();
                require(!item.unbounded(), "it has an unbounded quantifier in a group");
                length += item.max();
                shortest += item.min();
                together = Math.min(together * (item.max() - item.min() + 1), MAX_STEPS);
            }
            require(shortest > 0, "a group may match nothing");
            minLength = Math.min(minLength, shortest);
            maxLength = Math.max(maxLength, length);
            ways = Math.min(ways + together, MAX_STEPS);
        } while (skip("|"));
        require(skip(")"), "a bracket has no partner");
        String source = expression.substring(start, position);
        // without regard to case, a letter beyond ASCII may stand for several characters
        require(
                !ignoresCase || source.chars().allMatch(c -> c < 0x80 && c != '\\'),
                "(?i: is supported with ASCII only");
        Item item = quantified(source, minLength, maxLength, ways);
        require(item.max() == 1, "it repeats a group");
        return item;
    }

    private Item character() {
        int start = position;
        char c = peek();
        if (c == '[') {
            characterClass(0);
        } else if (c == '\\') {
            escape();
        } else {
            require("*+?{}]^$".indexOf(c) < 0, "it has \"%c\" in an unusual place".formatted(c));
            position += Character.charCount(expression.codePointAt(position));
        }
        return quantified(expression.substring(start, position), 1, 1, 1);
    }

    private Item quantified(String source, int minLength, int maxLength, int ways) {
        int min = 1;
        int max = 1;
        boolean possessive = false;
        if (skip("{")) {
            min = number();
            max = min;
            if (skip(",")) {
                max = !atEnd() && peek() == '}' ? UNBOUNDED : number();
            }
            require(skip("}") && min <= max, "a number of repetitions is not understood");
        } else if (!atEnd() && "*+?".indexOf(peek()) >= 0) {
            char quantifier = expression.charAt(position++);
            min = quantifier == '+' ? 1 : 0;
            max = quantifier == '?' ? 1 : UNBOUNDED;
            possessive = skip("+");
        }
        require(atEnd() || "*+?{".indexOf(peek()) < 0, "it repeats a repetition");
        return new Item(source, minLength, maxLength, ways, min, max, possessive);
    }

    private int number() {
        int value = 0;
        int start = position;
        while (!atEnd() && peek() >= '0' && peek() <= '9' && value <= MAX_REPEATS) {
            value = value * 10 + expression.charAt(position++) - '0';
        }
        require(position > start && value <= MAX_REPEATS, "a number of repetitions is not supported");
        return value;
    }

    /** Sets may stand in sets, and {@code &&} between them: all are one character in the end. */
    private void characterClass(int depth) {
        require(depth < 4, "its classes are nested too deeply");
        position++;
        skip("^");
        require(!atEnd() && peek() != ']', "a class is empty");
        while (!atEnd() && peek() != ']') {
            if (peek() == '[') {
                characterClass(depth + 1);
            } else if (peek() == '\\') {
                escape();
            } else {
                position++;
            }
        }
        require(skip("]"), "a class has no end");
    }

    /** An escape that stands for one character, or one of a class. */
    private void escape() {
        position++;
        require(!atEnd(), "a backslash escapes nothing");
        char c = expression.charAt(position++);
        if (c == 'p' || c == 'P') {
            int end = expression.indexOf('}', position);
            require(
                    end > 0 && expression.substring(position, end).matches("\\{\\^?[A-Za-z_ ]{1,40}"),
                    "a property is not understood");
            position = end + 1;
        } else {
            require((CLASSES + PUNCTUATION).indexOf(c) >= 0, "\\%c is not supported".formatted(c));
        }
    }

    private boolean skip(String text) {
        boolean found = expression.startsWith(text, position);
        if (found) {
            position += text.length();
        }
        return found;
    }

    private boolean atEnd() {
        return position == expression.length();
    }

    private char peek() {
        return expression.charAt(position);
    }

    private static void require(boolean condition, String reason) {
        if (!condition) {
            throw new IllegalArgumentException(reason);
        }
    }
}
