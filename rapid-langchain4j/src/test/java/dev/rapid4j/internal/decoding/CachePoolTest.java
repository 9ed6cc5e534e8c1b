package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CachePoolTest {

    private static final GenerationListener QUIET = new GenerationListener() {};

    private static final int[] TOKENS = IntStream.range(0, 100).toArray();

    private static LanguageModel model;

    @BeforeAll
    static void load() {
        model = LanguageModel.load(Checkpoint.open(LighthouseModel.directory()), Device.CPU, WeightFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void aCacheGrowsWithItsConversation() {
        try (CachePool pool = pool(10, 10)) {
            leave(pool, TOKENS, 1000);
            try (KeyValueCache grown = pool.take(pool.need(model, TOKENS, 2000), QUIET)) {
                assertThat(grown.capacity()).isEqualTo(2048);
                assertThat(grown.commonPrefix(TOKENS, 100)).isEqualTo(100);
            }
        }
    }

    @Test
    void aCacheThatCannotGrowBesideItselfGivesWayToALargerOne() {
        try (CachePool pool = pool(10, 2)) {
            leave(pool, TOKENS, 2000);
            // three are needed, the cache at hand takes two, two are free
            try (KeyValueCache larger = pool.take(pool.need(model, TOKENS, 3000), QUIET)) {
                assertThat(larger.capacity()).isEqualTo(3072);
                assertThat(larger.length()).isZero();
            }
        }
    }

    @Test
    void aRefusedRequestCostsNobodyTheirCache() {
        try (CachePool pool = pool(10, 2)) {
            leave(pool, TOKENS, 1000);
            assertThatThrownBy(() -> pool.take(pool.need(model, new int[] {7}, 4000), QUIET))
                    .isInstanceOf(RequestTooLargeException.class)
                    .hasMessageContaining("are free");
            assertThatThrownBy(() -> pool.take(pool.need(model, TOKENS, 4000), QUIET))
                    .isInstanceOf(RequestTooLargeException.class);
            try (KeyValueCache kept = pool.take(pool.need(model, TOKENS, 1000), QUIET)) {
                assertThat(kept.length()).isEqualTo(100);
            }
        }
    }

    @Test
    void theLeastRecentlyUsedCacheIsForgottenFirst() {
        int[][] prompts = {tokensFrom(100), tokensFrom(200), tokensFrom(300)};
        try (CachePool pool = pool(2, 10)) {
            for (int[] prompt : prompts) {
                leave(pool, prompt, 1000);
            }
            assertThat(lengthTaken(pool, prompts[0])).isZero();
            assertThat(lengthTaken(pool, prompts[1])).isEqualTo(100);
            assertThat(lengthTaken(pool, prompts[2])).isEqualTo(100);
        }
    }

    @Test
    void aConversationTooLargeToKeepCostsNoOtherItsCache() {
        try (CachePool pool = pool(2, 10)) {
            leave(pool, TOKENS, 1000);
            leave(pool, tokensFrom(200), 3000);
            assertThat(lengthTaken(pool, tokensFrom(200))).isZero();
            assertThat(lengthTaken(pool, TOKENS)).isEqualTo(100);
        }
    }

    @Test
    void aRequestThatReadNothingCostsNobodyTheirCache() {
        try (CachePool pool = pool(2, 10)) {
            leave(pool, TOKENS, 1000);
            pool.giveBack(model, pool.take(pool.need(model, tokensFrom(200), 2000), QUIET), true);
            assertThat(lengthTaken(pool, TOKENS)).isEqualTo(100);
        }
    }

    @Test
    void aDeviceThatCannotBeAskedCostsNobodyTheirCache() {
        AtomicBoolean broken = new AtomicBoolean();
        CachePool pool = new CachePool(Long.MAX_VALUE, Optional.empty(), device -> {
            if (broken.get()) {
                throw new IllegalStateException("no such device");
            }
            return Long.MAX_VALUE / 2;
        });
        try (pool) {
            leave(pool, TOKENS, 1000);
            broken.set(true);
            assertThatThrownBy(() -> pool.take(pool.need(model, TOKENS, 1000), QUIET))
                    .hasMessage("no such device");
            broken.set(false);
            assertThat(lengthTaken(pool, TOKENS)).isEqualTo(100);
        }
    }

    /** A pool that keeps so many caches of 1,024 tokens, where memory suffices for so many. */
    private static CachePool pool(int kept, int available) {
        return new CachePool(
                kept * model.cacheBytes(1024),
                Optional.empty(),
                device -> model.workingBytes() + available * model.cacheBytes(1024));
    }

    private static int[] tokensFrom(int first) {
        return IntStream.range(first, first + 100).toArray();
    }

    private static void leave(CachePool pool, int[] prompt, int tokens) {
        KeyValueCache cache = pool.take(pool.need(model, prompt, tokens), QUIET);
        cache.truncate(0);
        model.prefill(cache, prompt, done -> {});
        pool.giveBack(model, cache, true);
    }

    private static int lengthTaken(CachePool pool, int[] prompt) {
        try (KeyValueCache cache = pool.take(pool.need(model, Arrays.copyOf(prompt, 101), 1000), QUIET)) {
            return cache.length();
        }
    }
}
