package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.EncoderProgram.Batch;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Texts as the encoder's program takes them: one behind the other, those of equal length side by side, as groups.
 *
 * @param texts tokens of each, in the caller's order
 * @param order which text stands at each place of the packed ones
 * @param ids of all tokens, packed
 * @param counts texts of each group
 * @param lengths tokens of each text of a group
 */
record Packing(List<int[]> texts, int[] order, int[] ids, int[] counts, int[] lengths) {

    static Packing of(List<int[]> texts) {
        int[] order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(text -> texts.get(text).length))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ids = Arrays.stream(order)
                .flatMap(text -> Arrays.stream(texts.get(text)))
                .toArray();
        int[] lengths =
                texts.stream().mapToInt(text -> text.length).distinct().sorted().toArray();
        int[] counts = Arrays.stream(lengths)
                .map(length -> (int)
                        texts.stream().filter(text -> text.length == length).count())
                .toArray();
        return new Packing(texts, order, ids, counts, lengths);
    }

    Batch batch() {
        return new Batch(ids, counts, lengths);
    }

    /** Rows, one a text, from the packed order to the caller's. */
    float[][] unpack(float[][] packed) {
        float[][] rows = new float[packed.length][];
        for (int i = 0; i < order.length; i++) {
            rows[order[i]] = packed[i];
        }
        return rows;
    }

    /** Numbers, one a token, from the packed order to the caller's. */
    float[][] unpackTokens(double[] packed) {
        float[][] rows = new float[order.length][];
        int at = 0;
        for (int text : order) {
            rows[text] = new float[texts.get(text).length];
            for (int i = 0; i < rows[text].length; i++) {
                rows[text][i] = (float) packed[at++];
            }
        }
        return rows;
    }
}
