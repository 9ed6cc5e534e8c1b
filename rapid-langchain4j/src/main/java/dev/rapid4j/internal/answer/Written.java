package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** A text that follows a rule. */
final class Written implements Constraint {

    /** What comes where nothing can follow by the rule. */
    @FunctionalInterface
    interface Then {

        Then END = last -> Optional.empty();

        /**
         * @param last the rule's last token
         * @return empty if the answer ends with it
         */
        Optional<Constraint> behind(int last);
    }

    private final AnswerVocabulary vocabulary;
    private final GrammarState state;
    /** Of the rule. */
    private final Set<Integer> controls;

    private final Then then;
    /** The token before, unless it is a control token. */
    private final int[] before;

    private Written(AnswerVocabulary vocabulary, GrammarState state, Set<Integer> controls, Then then, int[] before) {
        this.vocabulary = vocabulary;
        this.state = state;
        this.controls = controls;
        this.then = then;
        this.before = before;
    }

    /**
     * @param controls the control tokens of the rule
     * @param then what follows where nothing can follow by the rule
     */
    static Constraint of(AnswerVocabulary vocabulary, GrammarState state, Set<Integer> controls, Then then) {
        return new Written(vocabulary, state, controls, then, new int[0]);
    }

    @Override
    public Optional<TokenSet> allowed() {
        return Optional.of(state.allowed());
    }

    @Override
    public boolean allows(int token) {
        return state.allows(token);
    }

    @Override
    public Constraint after(int token) {
        GrammarState next = state.after(token);
        Optional<Constraint> following = next.complete() ? then.behind(token) : Optional.empty();
        if (following.isPresent()) {
            return following.get();
        }
        int[] last = controls.contains(token) ? new int[0] : new int[] {token};
        return new Written(vocabulary, next, controls, then, last);
    }

    /** As the tokenizer would have it behind what is written. White space at the end may belong to what follows. */
    @Override
    public int[] certain(int most) {
        int[] certain = new int[0];
        Written now = this;
        while (certain.length < most) {
            int[] more = now.spelled();
            if (more.length == 0) {
                break;
            }
            certain = concat(certain, more);
            for (int token : more) {
                Constraint next = now.after(token);
                if (!(next instanceof Written written)) {
                    return Arrays.copyOf(certain, Math.min(most, certain.length));
                }
                now = written;
            }
        }
        return Arrays.copyOf(certain, Math.min(most, certain.length));
    }

    private int[] spelled() {
        String text = state.certain();
        if (text.isEmpty()) {
            return control();
        }
        String kept = text.isBlank() ? text : text.stripTrailing();
        int[] tokens = vocabulary.encode().apply(vocabulary.decode().apply(before) + kept);
        boolean goesOn = before.length == 1 && tokens.length > 1 && tokens[0] == before[0];
        return fitting(
                goesOn
                        ? Arrays.copyOfRange(tokens, 1, tokens.length)
                        : vocabulary.encode().apply(kept));
    }

    /** Those that may follow, in case that the tokenizer has another view of the text's beginning. */
    private int[] fitting(int[] tokens) {
        GrammarState now = state;
        for (int i = 0; i < tokens.length; i++) {
            if (!now.allows(tokens[i])) {
                return Arrays.copyOf(tokens, i);
            }
            now = now.after(tokens[i]);
        }
        return tokens;
    }

    private int[] control() {
        TokenSet allowed = state.allowed();
        for (int token : controls) {
            if (allowed.contains(token)) {
                int members = 0;
                for (byte bits : allowed.bits()) {
                    members += Integer.bitCount(bits & 0xFF);
                }
                return members == 1 ? new int[] {token} : new int[0];
            }
        }
        return new int[0];
    }

    private static int[] concat(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Override
    public boolean complete() {
        return state.complete();
    }
}
