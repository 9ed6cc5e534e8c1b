package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks whose attention slides over a window, in all layers or in two of three. */
class SlidingWindowTest {

    private static final int WINDOW = 21;
    private static final int VOCABULARY = 384;

    /** More than a cache keeps of a window. */
    private static final int LONG = 6000;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"mistral-tiny", "qwen3-tiny"})
    void logitsAreThoseOfTransformersHoweverTheTokensGoIn(String name) {
        int[] ids = Expected.of(name).inputIds();
        float[] expected = Golden.tensor(name + "/windows.safetensors", "logits");
        try (LanguageModel model = load(name);
                KeyValueCache cache = model.newCache(ids.length)) {
            for (int chunk : new int[] {ids.length, 50, 20, 7, 1}) {
                cache.truncate(0);
                assertThat(difference(behind(model, cache, ids, 0, chunk), expected))
                        .as("chunks of %d", chunk)
                        .isLessThan(1e-4);
            }
            cache.truncate(110);
            assertThat(difference(behind(model, cache, ids, 110, 13), expected)).isLessThan(1e-4);
        }
    }

    /** Behind a cache of 149 tokens; layers of full attention attend to some of them. */
    @ParameterizedTest
    @ValueSource(strings = {"mistral-tiny", "qwen3-tiny"})
    void rowsOfAnotherCacheLeaveNothingOutOfAWindow(String name) {
        int[] ids = Expected.of(name).inputIds();
        float[] expected = Golden.tensor(name + "/windows.safetensors", "passage_logits");
        BitSet passages = new BitSet();
        passages.set(0, 9);
        passages.set(30, 51);
        passages.set(77);
        passages.set(140, 149);
        int[] next = Arrays.copyOfRange(ids, 149, 157);
        try (LanguageModel model = load(name);
                KeyValueCache whole = model.newCache(149);
                KeyValueCache room = model.newCache(passages.cardinality() + 8, CacheExtent.WINDOW_OF_ANOTHER)) {
            model.prefill(whole, Arrays.copyOf(ids, 149), done -> {});
            CacheRows rows = new CacheRows(room);
            rows.copy(whole, passages);
            for (int chunk : new int[] {8, 3, 1}) {
                rows.truncate(passages.cardinality());
                assertThat(difference(behind(model, rows, next, 0, chunk), expected))
                        .isLessThan(1e-4);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mistral-tiny", "qwen3-tiny"})
    void whatIsDroppedIsNotMissed(String name) {
        int[] ids = longText();
        try (LanguageModel model = load(name);
                KeyValueCache all = model.newCache(LONG, CacheExtent.ALL);
                KeyValueCache window = model.newCache(LONG);
                KeyValueCache grown = model.newCache(100)) {
            model.prefill(all, Arrays.copyOf(ids, LONG - 300), done -> {});
            model.prefill(window, Arrays.copyOf(ids, LONG - 300), done -> {});
            for (int length = 0; length < LONG - 300; ) {
                int count = Math.min(97, LONG - 300 - length);
                grown.ensureCapacity(length + count);
                model.prefill(grown, Arrays.copyOfRange(ids, length, length + count), done -> {});
                length += count;
            }
            float[] expected = behind(model, all, ids, LONG - 300, LONG);
            grown.ensureCapacity(LONG);
            assertThat(difference(behind(model, window, ids, LONG - 300, 11), expected))
                    .isLessThan(1e-4);
            assertThat(difference(behind(model, grown, ids, LONG - 300, 1), expected))
                    .isLessThan(1e-4);
            window.truncate(LONG - CacheExtent.WINDOW.rollBack() + 500);
            assertThat(difference(
                            behind(model, window, ids, LONG - CacheExtent.WINDOW.rollBack() + 500, 500), expected))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void aCacheThatCannotBeRolledBackSoFarHoldsNothingOfAPrompt() {
        int[] ids = longText();
        try (LanguageModel model = load("qwen3-tiny");
                KeyValueCache cache = model.newCache(LONG);
                KeyValueCache fresh = model.newCache(LONG)) {
            model.prefill(cache, ids, done -> {});
            assertThat(cache.commonPrefix(ids, LONG - CacheExtent.WINDOW.rollBack()))
                    .isEqualTo(LONG - CacheExtent.WINDOW.rollBack());
            assertThat(cache.commonPrefix(ids, 1000)).isZero();
            assertThatThrownBy(() -> cache.truncate(1000))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a window of 21");
            assertThatThrownBy(() -> cache.branch(1000, LONG, CacheExtent.WINDOW))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(cache.memory()).allMatch(memory -> memory.users() == 1);
            assertThat(cache.length()).isEqualTo(LONG);
            cache.truncate(0);
            int[] others = Arrays.copyOf(ids, 400);
            assertThat(behind(model, cache, others, 0, 400)).isEqualTo(behind(model, fresh, others, 0, 400));
        }
    }

    @Test
    void aBranchHasItsOwnWindow() {
        int[] ids = longText();
        int common = LONG - 1000;
        try (LanguageModel model = load("qwen3-tiny");
                KeyValueCache cache = model.newCache(LONG)) {
            model.prefill(cache, ids, done -> {});
            try (KeyValueCache branch = cache.branch(common, LONG, CacheExtent.WINDOW)) {
                assertThat(branch.length()).isEqualTo(common);
                int[] next = Arrays.copyOfRange(ids, 0, 60);
                cache.truncate(common);
                assertThat(difference(behind(model, branch, next, 0, 5), behind(model, cache, next, 0, 60)))
                        .isLessThan(1e-4);
            }
        }
    }

    @Test
    void moreTokensThanHaveRoomBehindAWindowAreReadOneAfterTheOther() {
        int[] ids = longText();
        try (LanguageModel model = load("qwen3-tiny");
                KeyValueCache all = model.newCache(LONG, CacheExtent.ALL);
                KeyValueCache window = model.newCache(LONG)) {
            model.prefill(all, Arrays.copyOf(ids, LONG - 1), done -> {});
            double[][] expected = model.logits(all, new int[] {ids[LONG - 1]}, 1);
            double[][] logits = model.logits(window, ids, 1);
            assertThat(window.length()).isEqualTo(LONG);
            for (int token = 0; token < VOCABULARY; token++) {
                assertThat(logits[0][token]).isCloseTo(expected[0][token], within(1e-4));
            }
        }
    }

    @Test
    void aCacheHasTheBytesOfTheWindowAndOfWhatMayBeTakenBack() {
        try (LanguageModel model = load("qwen3-tiny")) {
            long row = model.rowBytes(1) / 3;
            int rows = WINDOW - 1 + CacheExtent.WINDOW.rollBack() + 512;
            assertThat(model.cacheBytes(16_000)).isEqualTo(row * (16_000 + 2L * rows));
            assertThat(model.cacheBytes(1_000)).isEqualTo(3 * row * 1_000);
            assertThat(model.cacheBytes(16_000, CacheExtent.ALL)).isEqualTo(3 * row * 16_000);
            try (KeyValueCache cache = model.newCache(1_000)) {
                cache.ensureCapacity(16_000);
                assertThat(cache.bytes()).isEqualTo(model.cacheBytes(16_000));
            }
        }
    }

    @Test
    void onlyACacheOfEveryTokenIsCopiedToMemory() {
        try (LanguageModel model = load("qwen3-tiny");
                KeyValueCache cache = model.newCache(LONG)) {
            model.prefill(cache, new int[] {1, 2, 3}, done -> {});
            assertThatThrownBy(() -> cache.copyRows(0, 3, ByteBuffer.allocateDirect((int) model.rowBytes(3))))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aWindowAsLongAsTheContextHidesNothing() {
        try (LanguageModel model =
                LanguageModel.load(Golden.windowed("mistral-tiny", 16_384, folder), Device.CPU, WeightFormat.FLOAT32)) {
            assertThat(model.sliding().count()).isZero();
        }
    }

    private LanguageModel load(String name) {
        return LanguageModel.load(Golden.windowed(name, WINDOW, folder), Device.CPU, WeightFormat.FLOAT32);
    }

    private static int[] longText() {
        return new SplittableRandom(5).ints(LONG, 0, VOCABULARY).toArray();
    }

    /** Reads tokens from one on, and returns the logits behind the last of them, 48 at most. */
    private static float[] behind(LanguageModel model, TokenCache cache, int[] ids, int from, int chunk) {
        int wanted = Math.min(48, ids.length);
        float[] logits = new float[wanted * VOCABULARY];
        for (int at = from; at < ids.length; at += chunk) {
            int[] part = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk));
            double[][] rows = model.logits(cache, part, part.length);
            for (int i = 0; i < part.length; i++) {
                int row = at + i - (ids.length - wanted);
                for (int token = 0; row >= 0 && token < VOCABULARY; token++) {
                    logits[row * VOCABULARY + token] = (float) rows[i][token];
                }
            }
        }
        return logits;
    }

    private static double difference(float[] logits, float[] expected) {
        assertThat(logits).hasSameSizeAs(expected);
        double difference = 0;
        for (int i = 0; i < logits.length; i++) {
            difference = Math.max(difference, Math.abs(logits[i] - expected[i]));
        }
        return difference;
    }
}
