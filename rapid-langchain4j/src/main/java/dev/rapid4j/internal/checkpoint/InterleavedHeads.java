package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.internal.weights.WeightEntry;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Heads whose neighbouring elements are turned together: their rows are read in another order, so that the program
 * turns the first half of every head with the second.
 */
final class InterleavedHeads {

    private static final Pattern TURNED = Pattern.compile("model\\.layers\\.\\d+\\.self_attn\\.[qk]_(proj|norm)\\..*");

    private InterleavedHeads() {}

    /** The weights by their names, those of queries and keys with interleaved rows. */
    static Map<String, WeightEntry> arranged(Map<String, WeightEntry> weights, DecoderConfiguration configuration) {
        Map<String, WeightEntry> arranged = new HashMap<>(weights);
        arranged.replaceAll((name, weight) -> TURNED.matcher(name).matches()
                ? weight.withInterleavedRows(configuration.attention().headDimension())
                : weight);
        return arranged;
    }
}
