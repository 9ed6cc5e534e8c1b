package dev.rapid4j.internal.tokenizer;

import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Finds control tokens in a text, from left to right and of those that start at one place the longest, as the native
 * library does. Some files have thousands of them, so that an alternation of all would take long.
 */
final class TokenSearch {

    /** A place in a text where a control token stands. */
    record Match(int start, int end, ControlToken token) {}

    private final NavigableMap<String, ControlToken> tokens = new TreeMap<>();
    private final BitSet firstCharacters = new BitSet();
    private final int longest;

    TokenSearch(List<ControlToken> all, Predicate<ControlToken> which) {
        all.stream().filter(which).forEach(token -> tokens.put(token.content(), token));
        tokens.keySet().forEach(content -> firstCharacters.set(content.charAt(0)));
        longest = tokens.keySet().stream().mapToInt(String::length).max().orElse(0);
    }

    /** The tokens between two places of a text, in order. */
    List<Match> find(String text, int start, int end) {
        List<Match> matches = new ArrayList<>();
        for (int i = start; i < end; i++) {
            if (firstCharacters.get(text.charAt(i))) {
                ControlToken token = longestAt(text.substring(i, Math.min(end, i + longest)));
                if (token != null) {
                    int behind = i + token.content().length();
                    matches.add(new Match(i, behind, token));
                    i = behind - 1;
                }
            }
        }
        return matches;
    }

    /** The longest token that a text starts with, or null. What comes before the text in order has less in common. */
    private ControlToken longestAt(String text) {
        Map.Entry<String, ControlToken> entry = tokens.floorEntry(text);
        while (entry != null && !text.startsWith(entry.getKey())) {
            int common = 0;
            while (common < text.length()
                    && common < entry.getKey().length()
                    && text.charAt(common) == entry.getKey().charAt(common)) {
                common++;
            }
            entry = common == 0 ? null : tokens.floorEntry(text.substring(0, common));
        }
        return entry == null ? null : entry.getValue();
    }
}
