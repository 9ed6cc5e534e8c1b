package dev.rapid4j.internal.model;

import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EmbeddingCheckpoint;
import dev.rapid4j.internal.checkpoint.EmbeddingDecoder;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.weights.FileBytes;
import dev.rapid4j.internal.weights.WeightEntry;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What keys and values, or a text's vectors, depend on beside the tokens, wherever the files of a model lie. */
public final class CacheIdentity {

    /** To be raised with every change of the programs that changes their results by more than rounding. */
    private static final String RESULTS = "1";

    /** Bytes that are looked at in one place. */
    private static final int SAMPLE = 4096;

    private CacheIdentity() {}

    /** Of the keys and values of a model that was loaded from a checkpoint. */
    public static Key of(Checkpoint checkpoint, LanguageModel model) {
        return of(checkpoint, model.contextLength(), model.numbers(), model.integerSteps());
    }

    /**
     * @param contextLength on which the angles of some position embeddings depend
     * @param integerSteps of activations in 8-bit products, of which processors have different numbers
     */
    static Key of(Checkpoint checkpoint, int contextLength, NumberFormat numbers, int integerSteps) {
        DecoderConfiguration configuration = checkpoint.configuration();
        return Key.of("rapid keys and values " + RESULTS)
                .with(List.of(
                                configuration.attention(),
                                configuration.feedForward(),
                                configuration.norms(),
                                configuration.multipliers(),
                                configuration.layers(),
                                RotaryFrequencies.of(configuration, contextLength).stream()
                                        .map(rotary -> Arrays.toString(rotary.frequencies()) + rotary.scaling())
                                        .toList(),
                                numbers,
                                integerSteps,
                                ByteOrder.nativeOrder())
                        .toString())
                .with(weights(checkpoint.fields()).hex());
    }

    /** Of the vectors of a network that was loaded from a checkpoint. */
    public static Key of(EmbeddingCheckpoint checkpoint, TextNetwork network) {
        if (checkpoint instanceof EncoderCheckpoint encoder) {
            return of(encoder, network.numbers());
        }
        EmbeddingDecoder decoder = (EmbeddingDecoder) checkpoint;
        return of(decoder.model(), ((TextDecoder) network).model()).with("vectors, " + decoder.normalized());
    }

    private static Key of(EncoderCheckpoint checkpoint, NumberFormat numbers) {
        return Key.of("rapid vectors " + RESULTS)
                .with(List.of(checkpoint.configuration(), numbers, ByteOrder.nativeOrder())
                        .toString())
                .with(weights(checkpoint.fields()).hex());
    }

    /**
     * A digest of weights that costs little: their names, types and shapes, and of each the first, the middle and the
     * last 4 KB. Training changes all elements of what it changes; a file in which single numbers were changed by hand
     * between those places is taken for the same.
     */
    static Key weights(Map<String, WeightEntry> weights) {
        Map<String, WeightEntry> sorted = new TreeMap<>(weights);
        Map<Path, Map<String, Key>> samples = weights.values().stream()
                .map(WeightEntry::file)
                .distinct()
                .collect(Collectors.toMap(
                        file -> file, file -> FileBytes.open(file, channel -> samples(channel, file, sorted))));
        Key key = Key.of("weights");
        for (Map.Entry<String, WeightEntry> weight : sorted.entrySet()) {
            WeightEntry entry = weight.getValue();
            key = key.with(weight.getKey() + entry.type() + entry.shape() + entry.interleavedRows())
                    .with(samples.get(entry.file()).get(weight.getKey()).hex());
        }
        return key;
    }

    private static Map<String, Key> samples(FileChannel file, Path path, Map<String, WeightEntry> weights)
            throws IOException {
        Map<String, Key> keys = new TreeMap<>();
        for (Map.Entry<String, WeightEntry> weight : weights.entrySet()) {
            WeightEntry entry = weight.getValue();
            if (entry.file().equals(path)) {
                int length = (int) Math.min(SAMPLE, entry.length());
                long last = entry.length() - length;
                Key key = Key.of("samples");
                for (long at : new long[] {0, last / 2, last}) {
                    key = key.with(
                            FileBytes.read(file, entry.offset() + at, length).array());
                }
                keys.put(weight.getKey(), key);
            }
        }
        return keys;
    }
}
