package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.tokenizer.PlacedTokens;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The tokens that answers are made of.
 *
 * @param lazyBytes what each adds to a text; asked for only where an answer is held to something
 * @param endTokens those that end an answer
 * @param parts takes a text of a chat template apart, into literals and control tokens
 * @param encode the ids of a text that has no control tokens
 * @param decode the text of ids
 */
public record AnswerVocabulary(
        Supplier<TokenBytes> lazyBytes,
        Set<Integer> endTokens,
        Function<String, List<Rule>> parts,
        Function<String, int[]> encode,
        Function<int[], String> decode) {

    public AnswerVocabulary {
        endTokens = Set.copyOf(endTokens);
    }

    /** @param tokenizer not closed by this */
    public static AnswerVocabulary of(Tokenizer tokenizer, Set<Integer> endTokens) {
        return new AnswerVocabulary(
                new Once<>(tokenizer::tokenBytes),
                endTokens,
                text -> parts(tokenizer, text),
                tokenizer::encode,
                ids -> tokenizer.decode(ids, true));
    }

    /** Runs of spaces and line ends are tokens apart in some vocabularies, too; they are text. */
    private static List<Rule> parts(Tokenizer tokenizer, String text) {
        PlacedTokens tokens = tokenizer.encodeWithPlaces(List.of(new TextSpan(text, true)), () -> {});
        List<Rule> parts = new ArrayList<>();
        int literal = 0;
        for (int i = 0; i < tokens.ids().length; i++) {
            int start = tokens.starts()[i];
            int end = tokens.ends()[i];
            if (tokenizer.isAddedToken(tokens.ids()[i])
                    && start >= literal
                    && !text.substring(start, end).isBlank()) {
                if (start > literal) {
                    parts.add(new Rule.Literal(text.substring(literal, start)));
                }
                parts.add(new Rule.Control(tokens.ids()[i]));
                literal = end;
            }
        }
        if (literal < text.length()) {
            parts.add(new Rule.Literal(text.substring(literal)));
        }
        return parts;
    }

    /** The token, if a text is one control token and nothing else. */
    OptionalInt control(String text) {
        List<Rule> found = parts.apply(text);
        return found.size() == 1 && found.get(0) instanceof Rule.Control control
                ? OptionalInt.of(control.token())
                : OptionalInt.empty();
    }

    TokenBytes bytes() {
        return lazyBytes.get();
    }

    int size() {
        return bytes().vocabulary();
    }
}
