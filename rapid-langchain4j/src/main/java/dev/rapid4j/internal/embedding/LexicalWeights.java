package dev.rapid4j.internal.embedding;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * How much each token of a text counts, by token id; compact, as there is one for each passage of a long text.
 *
 * @param ids ascending
 * @param weights of the tokens with these ids, above 0
 */
record LexicalWeights(int[] ids, float[] weights) {

    /**
     * A token that a text has several times counts as much as where it counts most.
     *
     * @param sequence the text's token ids
     * @param tokenWeights one for each of them
     * @param leftOut the ids that stand for no part of the text
     */
    static LexicalWeights of(int[] sequence, float[] tokenWeights, IntPredicate leftOut) {
        Map<Integer, Float> highest = new TreeMap<>();
        for (int i = 0; i < sequence.length; i++) {
            if (tokenWeights[i] > 0 && !leftOut.test(sequence[i])) {
                highest.merge(sequence[i], tokenWeights[i], Math::max);
            }
        }
        int[] ids = new int[highest.size()];
        float[] weights = new float[ids.length];
        int i = 0;
        for (Map.Entry<Integer, Float> entry : highest.entrySet()) {
            ids[i] = entry.getKey();
            weights[i++] = entry.getValue();
        }
        return new LexicalWeights(ids, weights);
    }

    /** The products of the weights of common tokens, summed. */
    double score(LexicalWeights other) {
        double score = 0;
        for (int i = 0, j = 0; i < ids.length && j < other.ids.length; ) {
            if (ids[i] == other.ids[j]) {
                score += (double) weights[i++] * other.weights[j++];
            } else if (ids[i] < other.ids[j]) {
                i++;
            } else {
                j++;
            }
        }
        return score;
    }

    long bytes() {
        return (long) ids.length * (Integer.BYTES + Float.BYTES);
    }

    /** By token id, the highest weight first. */
    Map<Integer, Float> toMap() {
        Map<Integer, Float> map = new LinkedHashMap<>();
        IntStream.range(0, ids.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> weights[i]).reversed())
                .forEach(i -> map.put(ids[i], weights[i]));
        return map;
    }
}
