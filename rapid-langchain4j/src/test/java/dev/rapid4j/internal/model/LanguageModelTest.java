package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LanguageModelTest {

    static List<String> models() {
        return Golden.MODELS;
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsAreThoseOfTransformersHoweverTheTokensGoIn(String name) {
        Expected expected = Expected.of(name);
        int[] ids = expected.inputIds();
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.FLOAT32)) {
            for (int chunk : new int[] {ids.length, 7, 1}) {
                try (KeyValueCache cache = model.newCache(ids.length)) {
                    assertLogits(model, cache, 0, chunk, expected);
                }
            }
            try (KeyValueCache cache = model.newCache(ids.length)) {
                model.prefill(cache, ids, done -> {});
                cache.truncate(101);
                assertLogits(model, cache, 101, 7, expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama3-tiny, llama3-tiny-BF16.gguf",
        "qwen2-tiny, qwen2-tiny-F32.gguf",
        "qwen3-tiny, qwen3-tiny-F32-00001-of-00003.gguf",
        "mistral-tiny, mistral-tiny-F16.gguf",
    })
    void logitsOfAGgufFileAreThoseOfTheModelItWasMadeFrom(String name, String file) {
        Expected expected = Expected.of(name);
        Checkpoint gguf = Checkpoint.open(Golden.path("gguf").resolve(file));
        try (LanguageModel model = LanguageModel.load(gguf, Device.CPU, WeightFormat.FLOAT32);
                KeyValueCache cache = model.newCache(expected.inputIds().length)) {
            assertLogits(model, cache, 0, 64, expected);
        }
    }

    /** Of weights of other types, transformers computed the logits of the last 8 tokens. */
    @Test
    void logitsOfAQuantisedGgufFileAreThoseOfItsNumbers() {
        int[] ids = Expected.of("llama3-tiny").inputIds();
        float[] expected = Golden.tensor("gguf/expected.safetensors", "logits");
        Checkpoint gguf = Checkpoint.open(Golden.path("gguf/llama3-tiny-mixed.gguf"));
        try (LanguageModel model = LanguageModel.load(gguf, Device.CPU, WeightFormat.FLOAT32);
                KeyValueCache cache = model.newCache(ids.length)) {
            double[][] logits = model.logits(cache, ids, 8);
            for (int row = 0; row < 8; row++) {
                for (int token = 0; token < logits[row].length; token++) {
                    assertThat(logits[row][token]).isCloseTo(expected[row * logits[row].length + token], within(1e-4));
                }
            }
        }
    }

    /** Rows of a cache of 149 tokens: its ends, and passages with what stands around the text. */
    static List<Arguments> rowsOfCaches() {
        BitSet ends = new BitSet();
        ends.set(0, 4);
        ends.set(149 - 27, 149);
        BitSet passages = new BitSet();
        passages.set(0, 9);
        passages.set(30, 51);
        passages.set(77);
        passages.set(140, 149);
        return models().stream()
                .flatMap(name -> Stream.of(
                        Arguments.of(name, "streaming.safetensors", ends),
                        Arguments.of(name, "passages.safetensors", passages)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rowsOfCaches")
    void tokensAttendToRowsOfAnotherCacheAsUnderTheMaskOfTransformers(String name, String file, BitSet chosen) {
        int[] ids = Expected.of(name).inputIds();
        float[][] expected = Expected.logits(name, file);
        int[] next = Arrays.copyOfRange(ids, 149, 149 + expected.length);
        int copied = chosen.cardinality();
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.FLOAT32);
                KeyValueCache whole = model.newCache(149);
                KeyValueCache room = model.newCache(copied + next.length)) {
            CacheRows rows = new CacheRows(room);
            model.prefill(whole, Arrays.copyOf(ids, 149), done -> {});
            rows.copy(whole, chosen);
            for (int chunk : new int[] {next.length, 3, 1}) {
                rows.truncate(copied);
                assertLogits(model, rows, next, 0, chunk, expected);
            }
            rows.truncate(copied + 5);
            assertLogits(model, rows, next, 5, 2, expected);
            assertThatThrownBy(() -> rows.truncate(copied - 1)).isInstanceOf(IllegalArgumentException.class);
            BitSet beyond = (BitSet) chosen.clone();
            beyond.set(149);
            assertThatThrownBy(() -> rows.copy(whole, beyond))
                    .hasMessageContaining("Cannot copy %d tokens up to 150 of 149", copied + 1);
            BitSet tooMany = new BitSet();
            tooMany.set(0, 149);
            assertThatThrownBy(() -> rows.copy(whole, tooMany)).hasMessageContaining("to a KV cache for");
            rows.copy(whole, new BitSet());
            assertThat(rows.length()).isZero();
        }
    }

    private static void assertLogits(LanguageModel model, KeyValueCache cache, int from, int chunk, Expected expected) {
        assertLogits(model, cache, expected.inputIds(), from, chunk, expected.logits());
    }

    private static void assertLogits(
            LanguageModel model, TokenCache cache, int[] ids, int from, int chunk, float[][] expected) {
        assertThat(difference(model, cache, ids, from, chunk, expected))
                .as("chunks of %d from position %d", chunk, from)
                .isLessThan(1e-4);
    }

    /** The largest of all logits of the tokens from a position on. */
    private static double difference(
            LanguageModel model, TokenCache cache, int[] ids, int from, int chunk, float[][] expected) {
        double difference = 0;
        for (int at = from; at < ids.length; at += chunk) {
            int[] part = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk));
            double[][] logits = model.logits(cache, part, part.length);
            for (int i = 0; i < part.length; i++) {
                for (int token = 0; token < logits[i].length; token++) {
                    difference = Math.max(difference, Math.abs(logits[i][token] - expected[at + i][token]));
                }
            }
        }
        return difference;
    }

    @ParameterizedTest
    @MethodSource("models")
    void halfPrecisionsStayNearTheReference(String name) {
        Expected expected = Expected.of(name);
        for (WeightFormat precision : new WeightFormat[] {WeightFormat.BFLOAT16, WeightFormat.FLOAT16}) {
            try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, precision);
                    KeyValueCache cache = model.newCache(expected.inputIds().length)) {
                double[][] logits = model.logits(cache, expected.inputIds(), 1);
                float[] last = expected.logits()[expected.logits().length - 1];
                for (int token = 0; token < last.length; token++) {
                    assertThat(logits[0][token]).isCloseTo(last[token], within(0.1));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aCacheOfHalfTheSizeStaysNearTheReference(String name) {
        Expected expected = Expected.of(name);
        int[] ids = expected.inputIds();
        try (LanguageModel exact = LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.FLOAT32)) {
            for (CacheType type : new CacheType[] {CacheType.BFLOAT16, CacheType.FLOAT16}) {
                try (LanguageModel model = LanguageModel.load(
                                Golden.checkpoint(name),
                                Device.CPU,
                                WeightFormat.FLOAT32,
                                type,
                                Integer.MAX_VALUE,
                                new ProgressListener() {});
                        KeyValueCache cache = model.newCache(40)) {
                    assertThat(2 * model.cacheBytes(1000)).isEqualTo(exact.cacheBytes(1000));
                    model.prefill(cache, Arrays.copyOf(ids, 40), done -> {});
                    assertThat(2 * cache.bytes()).isEqualTo(exact.cacheBytes(40));
                    cache.ensureCapacity(ids.length);
                    for (int chunk : new int[] {ids.length, 7, 1}) {
                        cache.truncate(30);
                        double difference = difference(model, cache, ids, 30, chunk, expected.logits());
                        // what is cached has been rounded, which shows; a wrong row would show far more
                        assertThat(difference)
                                .as("%s, chunks of %d", type, chunk)
                                .isBetween(1e-6, 0.1);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rowsOfCaches")
    void rowsOfACacheOfHalfTheSizeAreOfTheSameSize(String name, String file, BitSet chosen) {
        int[] ids = Expected.of(name).inputIds();
        float[][] expected = Expected.logits(name, file);
        int[] next = Arrays.copyOfRange(ids, 149, 149 + expected.length);
        try (LanguageModel model = LanguageModel.load(
                        Golden.checkpoint(name),
                        Device.CPU,
                        WeightFormat.FLOAT32,
                        CacheType.BFLOAT16,
                        Integer.MAX_VALUE,
                        new ProgressListener() {});
                KeyValueCache whole = model.newCache(149);
                KeyValueCache room = model.newCache(chosen.cardinality() + next.length)) {
            CacheRows rows = new CacheRows(room);
            model.prefill(whole, Arrays.copyOf(ids, 149), done -> {});
            rows.copy(whole, chosen);
            assertThat(difference(model, rows, next, 0, 3, expected)).isLessThan(0.1);
        }
    }

    @Test
    void onlyTheCpuHasCachesOfAnotherTypeThanTheActivations() {
        Device cuda = new Device.Cuda(0);
        assertThatThrownBy(() -> NumberFormat.of(WeightFormat.BFLOAT16, CacheType.FLOAT32, cuda))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A FLOAT32 cache beside BFLOAT16 weights is for the CPU")
                .hasMessageContaining("leave cacheType at AUTO");
        assertThat(NumberFormat.of(WeightFormat.BFLOAT16, CacheType.BFLOAT16, cuda))
                .isEqualTo(NumberFormat.of(WeightFormat.BFLOAT16, CacheType.AUTO, cuda));
    }

    @Test
    void refusesTokensAndLengthsThatDoNotFitAndStaysUsable() {
        try (LanguageModel model =
                        LanguageModel.load(Golden.checkpoint("mistral-tiny"), Device.CPU, WeightFormat.AUTO);
                KeyValueCache cache = model.newCache(4)) {
            assertThatThrownBy(() -> model.logits(cache, new int[] {1, 384}, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Token 384 is not in the vocabulary of 384");
            assertThatThrownBy(() -> model.logits(cache, new int[] {1, 2, 3, 4, 5}, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("5 tokens do not fit");
            assertThatThrownBy(() -> model.logits(cache, new int[0], 1)).isInstanceOf(IllegalArgumentException.class);
            assertThat(model.logits(cache, new int[] {1, 2}, 2)).hasDimensions(2, 384);
        }
    }

    @Test
    void aCacheKeepsItsContentWhenItGrows() {
        Expected expected = Expected.of("qwen3-tiny");
        int[] ids = expected.inputIds();
        try (LanguageModel model =
                        LanguageModel.load(Golden.checkpoint("qwen3-tiny"), Device.CPU, WeightFormat.FLOAT32);
                KeyValueCache cache = model.newCache(40)) {
            model.prefill(cache, Arrays.copyOf(ids, 40), done -> {});
            cache.ensureCapacity(ids.length);
            assertLogits(model, cache, 40, ids.length, expected);
            assertThat(cache.commonPrefix(ids, 30)).isEqualTo(30);
        }
    }

    @Test
    void aClosedModelSaysSo() {
        LanguageModel model = LanguageModel.load(Golden.checkpoint("mistral-tiny"), Device.CPU, WeightFormat.AUTO);
        KeyValueCache cache = model.newCache(4);
        model.close();
        assertThatThrownBy(() -> model.logits(cache, new int[] {1}, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        cache.close();
    }
}
