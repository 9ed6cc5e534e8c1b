package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CachePoolTest {

    private static final GenerationListener QUIET = new GenerationListener() {};

    private static final int[] TOKENS = IntStream.range(0, 100).toArray();

    private static final int[] LONG =
            IntStream.range(0, 600).map(i -> 1 + i % 500).toArray();

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
        // three are needed; the cache at hand has written what is missing for that
        CachePool pool = new CachePool(
                Long.MAX_VALUE,
                Optional.empty(),
                device -> model.workingBytes() + model.cacheBytes(3072 - TOKENS.length));
        try (pool) {
            leave(pool, TOKENS, 2000);
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

    /** A CPU's memory is taken when it is written, so what is not is free already, and needed when it will be. */
    @Test
    void whatAnIdleCacheHasNotWrittenIsNeededWhenItIsTakenAndNotFreedWhenItGoes() {
        AtomicLong free = new AtomicLong(10 * model.cacheBytes(1024));
        CachePool pool = new CachePool(Long.MAX_VALUE, Optional.empty(), device -> model.workingBytes() + free.get());
        try (pool) {
            leave(pool, TOKENS, 1000);
            long unwritten = model.cacheBytes(1024 - TOKENS.length);

            free.set(unwritten - 1);
            CacheNeed goesOn = pool.need(model, TOKENS, 1000);
            assertThatThrownBy(() -> pool.take(goesOn, QUIET)).isInstanceOf(RequestTooLargeException.class);
            CacheNeed other = pool.need(model, tokensFrom(300), 1000);
            assertThatThrownBy(() -> pool.take(other, QUIET)).isInstanceOf(RequestTooLargeException.class);

            free.set(unwritten);
            KeyValueCache taken = pool.take(goesOn, QUIET);
            assertThat(taken.length()).isEqualTo(TOKENS.length);
            pool.giveBack(model, taken, true);
            KeyValueCache inItsPlace = pool.take(other, QUIET);
            assertThat(inItsPlace.length()).isZero();
            pool.discard(inItsPlace);
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

    @Test
    void aRequestBeginsWithTokensThatAnotherOneUses() {
        try (CachePool pool = pool(10, 10)) {
            KeyValueCache first = pool.take(pool.need(model, LONG, 1000), QUIET);
            model.prefill(first, LONG, done -> {});
            int[] other = Arrays.copyOf(LONG, 640);
            Arrays.fill(other, 560, 640, 7);
            KeyValueCache second = pool.take(pool.need(model, other, 1000), QUIET);
            assertThat(second.tokens()).isEqualTo(Arrays.copyOf(LONG, 560));
            assertThat(second.memory()).containsAll(first.memory());
            assertThat(pool.bytes()).isEqualTo(model.cacheBytes(1024 + 1024 - 560));
            pool.discard(first);
            assertThat(pool.bytes()).isEqualTo(model.cacheBytes(1024 + 1024 - 560));
            pool.giveBack(model, second, false);
            assertThat(pool.known(model, other)).isEqualTo(560);
        }
    }

    /** Nor the answer, which may still be taken back. */
    @Test
    void whatIsBehindThePromptOfARunningRequestIsItsOwn() {
        try (CachePool pool = pool(10, 10)) {
            KeyValueCache first = pool.take(pool.need(model, Arrays.copyOf(LONG, 500), 1000), QUIET);
            model.prefill(first, LONG, done -> {});
            KeyValueCache second = pool.take(pool.need(model, LONG, 1000), QUIET);
            assertThat(second.length()).isEqualTo(499);
        }
    }

    @Test
    void anIdleCacheThatOthersReadStaysAsItIs() {
        try (CachePool pool = pool(10, 10)) {
            leave(pool, LONG, 1000);
            KeyValueCache first = pool.take(pool.need(model, LONG, 1000), QUIET);
            KeyValueCache second = pool.take(pool.need(model, LONG, 1000), QUIET);
            assertThat(second.length()).isEqualTo(599);
            pool.giveBack(model, first, false);
            int[] early = Arrays.copyOf(LONG, 400);
            KeyValueCache third = pool.take(pool.need(model, early, 1000), QUIET);
            assertThat(third).isNotSameAs(first);
            assertThat(third.memory()).containsAll(first.memory());
            assertThat(pool.known(model, LONG)).isEqualTo(599);
        }
    }

    @Test
    void anIdleCacheThatOthersReadMakesNoRoomAndStays() throws Exception {
        try (CachePool pool = pool(10, 2)) {
            leave(pool, LONG, 1000);
            KeyValueCache first = pool.take(pool.need(model, LONG, 1000), QUIET);
            KeyValueCache second = pool.take(pool.need(model, LONG, 1000), QUIET);
            pool.giveBack(model, first, false);
            // the half of one is reserved, one and a half are free
            CompletableFuture<KeyValueCache> third = taking(pool, pool.need(model, tokensFrom(700), 2000));
            awaitWaiting(third);
            assertThat(pool.known(model, LONG)).isEqualTo(599);
            pool.discard(second);
            assertThat(third.get(1, TimeUnit.MINUTES).capacity()).isEqualTo(2048);
        }
    }

    @Test
    void whoFindsNoMemoryWaitsForItInOrder() throws Exception {
        try (CachePool pool = pool(10, 2)) {
            KeyValueCache first = pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            KeyValueCache second = pool.take(pool.need(model, tokensFrom(200), 1000), QUIET);
            CompletableFuture<KeyValueCache> large = taking(pool, pool.need(model, tokensFrom(300), 2000));
            awaitWaiting(large);
            CompletableFuture<KeyValueCache> small = taking(pool, pool.need(model, tokensFrom(400), 1000));
            awaitWaiting(small);
            pool.discard(first);
            // there is room for it, but it came later
            awaitWaiting(small);
            pool.discard(second);
            KeyValueCache taken = large.get(1, TimeUnit.MINUTES);
            awaitWaiting(small);
            pool.discard(taken);
            assertThat(small.get(1, TimeUnit.MINUTES).capacity()).isEqualTo(1024);
        }
    }

    @Test
    void whoWaitsHoldsNothing() throws Exception {
        try (CachePool pool = pool(10, 2)) {
            KeyValueCache first = pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            CompletableFuture<List<KeyValueCache>> both = CompletableFuture.supplyAsync(() -> pool.take(
                    List.of(pool.need(model, tokensFrom(200), 1000), pool.need(model, tokensFrom(300), 1000)), QUIET));
            awaitWaiting(both);
            assertThat(pool.bytes()).isEqualTo(model.cacheBytes(1024));
            pool.discard(first);
            assertThat(both.get(1, TimeUnit.MINUTES)).hasSize(2).doesNotHaveDuplicates();
        }
    }

    @Test
    void whoHoldsACacheDoesNotWait() {
        try (CachePool pool = pool(10, 2)) {
            pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            assertThat(pool.takeFree(pool.need(model, tokensFrom(200), 2000))).isEmpty();
            assertThat(pool.takeFree(pool.need(model, tokensFrom(200), 1000))).isPresent();
        }
    }

    @Test
    void whatWouldNotFitAloneIsRefusedAtOnce() {
        try (CachePool pool = pool(10, 2)) {
            pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            assertThatThrownBy(() -> pool.take(pool.need(model, tokensFrom(200), 8000), QUIET))
                    .isInstanceOf(RequestTooLargeException.class)
                    .hasMessageContaining("are free");
        }
    }

    /** What others work with is free when they have ended. */
    @Test
    void whatFitsAloneIsNotRefusedWhileOthersWork() throws Exception {
        AtomicLong inUse = new AtomicLong();
        CachePool pool = new CachePool(
                0, Optional.empty(), device -> model.workingBytes() + 2 * model.cacheBytes(1024) - inUse.get());
        try (pool) {
            KeyValueCache first = pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            inUse.set(model.workingBytes());
            CompletableFuture<KeyValueCache> second = taking(pool, pool.need(model, tokensFrom(200), 2000));
            awaitWaiting(second);
            inUse.set(0);
            pool.discard(first);
            assertThat(second.get(1, TimeUnit.MINUTES).capacity()).isEqualTo(2048);
        }
    }

    @Test
    void whoWaitsCanBeCancelledAndLetsOthersPass() throws Exception {
        try (CachePool pool = pool(10, 2)) {
            KeyValueCache first = pool.take(pool.need(model, tokensFrom(100), 1000), QUIET);
            AtomicBoolean cancelled = new AtomicBoolean();
            GenerationListener listener = new GenerationListener() {
                @Override
                public void checkCancelled() {
                    if (cancelled.get()) {
                        throw new CancellationException();
                    }
                }
            };
            CompletableFuture<KeyValueCache> large =
                    CompletableFuture.supplyAsync(() -> pool.take(pool.need(model, tokensFrom(300), 2000), listener));
            awaitWaiting(large);
            CompletableFuture<KeyValueCache> small = taking(pool, pool.need(model, tokensFrom(400), 1000));
            awaitWaiting(small);
            cancelled.set(true);
            assertThatThrownBy(() -> large.get(1, TimeUnit.MINUTES)).hasCauseInstanceOf(CancellationException.class);
            assertThat(small.get(1, TimeUnit.MINUTES).capacity()).isEqualTo(1024);
            pool.discard(first);
        }
    }

    @Test
    void whatAnotherIsReadingIsWaitedFor() throws Exception {
        try (CachePool pool = pool(10, 10)) {
            KeyValueCache reader = pool.take(pool.need(model, LONG, 1000).readAtOnce(), QUIET);
            List<Integer> told = Collections.synchronizedList(new ArrayList<>());
            GenerationListener listener = new GenerationListener() {
                @Override
                public void onPrefill(int done, int total) {
                    told.add(done);
                    assertThat(total).isEqualTo(600);
                }
            };
            CompletableFuture<KeyValueCache> second = CompletableFuture.supplyAsync(
                    () -> pool.take(pool.need(model, LONG, 1000).readAtOnce(), listener));
            awaitWaiting(second);
            // who asks for something else does not wait behind it
            pool.discard(pool.take(pool.need(model, tokensFrom(700), 1000), QUIET));
            model.prefill(reader, Arrays.copyOf(LONG, 300), done -> {});
            while (!told.contains(300)) {
                Thread.sleep(10);
            }
            assertThat(second).isNotDone();
            model.prefill(reader, Arrays.copyOfRange(LONG, 300, 599), done -> {});
            assertThat(second.get(1, TimeUnit.MINUTES).length()).isEqualTo(599);
            assertThat(second.get().memory()).containsAll(reader.memory());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoWaitsForAReadingThatEndsGoesOnWithIt(boolean failed) throws Exception {
        try (CachePool pool = pool(10, 10)) {
            KeyValueCache reader = pool.take(pool.need(model, LONG, 1000).readAtOnce(), QUIET);
            CompletableFuture<KeyValueCache> second = taking(pool, pool.need(model, LONG, 1000));
            awaitWaiting(second);
            model.prefill(reader, Arrays.copyOf(LONG, 300), done -> {});
            if (failed) {
                pool.discard(reader);
            } else {
                pool.giveBack(model, reader, false);
            }
            assertThat(second.get(1, TimeUnit.MINUTES).length()).isEqualTo(failed ? 0 : 300);
        }
    }

    /** It may never be read, like a drafter's prompt that does not pay. */
    @Test
    void whatMayNotBeReadIsNotWaitedFor() {
        try (CachePool pool = pool(10, 10)) {
            pool.take(pool.need(model, LONG, 1000), QUIET);
            assertThat(pool.take(pool.need(model, LONG, 1000).readAtOnce(), QUIET)
                            .length())
                    .isZero();
        }
    }

    private static CompletableFuture<KeyValueCache> taking(CachePool pool, CacheNeed need) {
        return CompletableFuture.supplyAsync(() -> pool.take(need, QUIET));
    }

    /** For longer than it would take, were there anything to take. */
    private static void awaitWaiting(CompletableFuture<?> taking) throws InterruptedException {
        Thread.sleep(200);
        assertThat(taking).isNotDone();
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
