package dev.rapid4j.samples.evaluation.scores;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * ROUGE-L at the level of summaries as Google's {@code rouge_score} computes it, which InfiniteBench uses through
 * {@code evaluate}: words of ASCII letters and digits in lower case, not stemmed; sentences end at line ends only.
 */
final class RougeLSum {

    private static final Pattern WORD = Pattern.compile("[a-z0-9]+");

    private RougeLSum() {}

    /** The F-measure for the reference that gives the highest, 0 to 1. */
    static double fMeasure(String prediction, List<String> references) {
        return references.stream()
                .mapToDouble(reference -> fMeasure(sentences(prediction), sentences(reference)))
                .max()
                .orElse(0);
    }

    private static double fMeasure(List<List<String>> prediction, List<List<String>> reference) {
        Map<String, Integer> predictionCounts = counts(prediction);
        Map<String, Integer> referenceCounts = counts(reference);
        int hits = 0;
        for (List<String> sentence : reference) {
            BitSet common = new BitSet();
            prediction.forEach(other -> markCommonSubsequence(sentence, other, common));
            for (int i = common.nextSetBit(0); i >= 0; i = common.nextSetBit(i + 1)) {
                String word = sentence.get(i);
                // no word counts more often than it stands in the shorter of both
                if (predictionCounts.getOrDefault(word, 0) > 0 && referenceCounts.get(word) > 0) {
                    predictionCounts.merge(word, -1, Integer::sum);
                    referenceCounts.merge(word, -1, Integer::sum);
                    hits++;
                }
            }
        }
        return hits == 0 ? 0 : 2.0 * hits / (length(prediction) + length(reference));
    }

    private static List<List<String>> sentences(String text) {
        return Stream.of(text.split("\n")).map(RougeLSum::words).toList();
    }

    private static List<String> words(String sentence) {
        return WORD.matcher(sentence.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private static Map<String, Integer> counts(List<List<String>> sentences) {
        Map<String, Integer> counts = new HashMap<>();
        sentences.forEach(words -> words.forEach(word -> counts.merge(word, 1, Integer::sum)));
        return counts;
    }

    private static int length(List<List<String>> sentences) {
        return sentences.stream().mapToInt(List::size).sum();
    }

    /**
     * Marks the words of a longest common subsequence. Where there are several, the choice matters for the union: ties
     * go to the earlier word of the sentence.
     */
    private static void markCommonSubsequence(List<String> sentence, List<String> other, BitSet marked) {
        int[][] lengths = new int[sentence.size() + 1][other.size() + 1];
        for (int i = 1; i <= sentence.size(); i++) {
            for (int j = 1; j <= other.size(); j++) {
                lengths[i][j] = sentence.get(i - 1).equals(other.get(j - 1))
                        ? lengths[i - 1][j - 1] + 1
                        : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }
        int i = sentence.size();
        int j = other.size();
        while (i > 0 && j > 0) {
            if (sentence.get(i - 1).equals(other.get(j - 1))) {
                marked.set(--i);
                j--;
            } else if (lengths[i][j - 1] > lengths[i - 1][j]) {
                j--;
            } else {
                i--;
            }
        }
    }
}
