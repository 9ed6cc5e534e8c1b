package dev.rapid4j.internal.model;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.model.PackedCalls.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PackedCallsTest {

    private final AtomicLong clock = new AtomicLong();
    private final PackedCalls calls = new PackedCalls(clock::get);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    /** Inputs that went together, in order. */
    private final List<List<String>> made = Collections.synchronizedList(new ArrayList<>());

    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    private final Kind<String, String> gate = new Kind<>(false, names -> {
        busy.countDown();
        await(free);
        return names;
    });
    private final Kind<String, String> rounds = taking(false, 10);
    private final Kind<String, String> readings = taking(true, 30);

    private Kind<String, String> taking(boolean reads, long time) {
        return new Kind<>(reads, names -> {
            made.add(List.copyOf(names));
            clock.addAndGet(time);
            return names.stream().map(name -> name + "!").toList();
        });
    }

    @AfterEach
    void stop() {
        free.countDown();
        threads.shutdownNow();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What comes from now on waits, until {@link #free}. */
    private void occupy() {
        threads.submit(() -> calls.call(gate, "gate", 1));
        await(busy);
    }

    private <T> CompletableFuture<T> start(Supplier<T> call) {
        int before = calls.waiting();
        CompletableFuture<T> result = CompletableFuture.supplyAsync(call, threads);
        while (calls.waiting() == before) {
            Thread.onSpinWait();
        }
        return result;
    }

    private CompletableFuture<String> start(Kind<String, String> kind, String name, int tokens) {
        return start(() -> calls.call(kind, name, tokens));
    }

    private static <T> T get(CompletableFuture<T> result) throws Exception {
        return result.get(30, SECONDS);
    }

    @Test
    void callsThatWaitGoTogetherAndEachGetsItsOwnResult() throws Exception {
        occupy();
        List<CompletableFuture<String>> results =
                IntStream.range(0, 8).mapToObj(i -> start(rounds, "" + i, 5)).toList();
        free.countDown();
        for (int i = 0; i < 8; i++) {
            assertThat(get(results.get(i))).isEqualTo(i + "!");
        }
        assertThat(made).containsExactly(List.of("0", "1", "2", "3", "4", "5", "6", "7"));
    }

    @Test
    void whatATokensLogitsAreDoesNotDependOnHowManyComeTogether() throws Exception {
        occupy();
        List<CompletableFuture<String>> results = List.of(
                start(rounds, "100", 100),
                start(rounds, "20", 20),
                start(rounds, "200", 200),
                start(rounds, "8", 8),
                start(rounds, "7", 7));
        free.countDown();
        for (CompletableFuture<String> result : results) {
            get(result);
        }
        assertThat(made).containsExactly(List.of("100", "20", "7"), List.of("200"), List.of("8"));
    }

    @Test
    void kindsAndNetworksAreNotMixed() throws Exception {
        Kind<String, String> others = taking(false, 10);
        occupy();
        List<CompletableFuture<String>> results =
                List.of(start(others, "a", 1), start(rounds, "b", 1), start(others, "c", 1), start(readings, "d", 1));
        free.countDown();
        for (CompletableFuture<String> result : results) {
            get(result);
        }
        assertThat(made).containsExactlyInAnyOrder(List.of("a", "c"), List.of("b"), List.of("d"));
    }

    @Test
    void whileAPromptIsReadRoundsGetAsMuchOfTheTime() throws Exception {
        AtomicInteger left = new AtomicInteger(16);
        occupy();
        CompletableFuture<?> reading = start(untilNoneIsLeft(taking(true, SECONDS.toNanos(12)), 512, left));
        CompletableFuture<?> answer = start(untilNoneIsLeft(taking(false, SECONDS.toNanos(4)), 1, left));
        free.countDown();
        get(reading);
        get(answer);
        // a piece takes as long as three rounds
        List<String> order = made.stream().map(names -> names.get(0)).limit(16).toList();
        assertThat(String.join(" ", order)).isEqualTo("512 1 1 1 ".repeat(4).strip());
    }

    /** Calls that last until the other thread waits, as those do that take longer than what is between them. */
    private Supplier<String> untilNoneIsLeft(Kind<String, String> kind, int tokens, AtomicInteger left) {
        Kind<String, String> lasting = new Kind<>(kind.reads(), names -> {
            while (left.get() > 1 && calls.waiting() == 0) {
                Thread.onSpinWait();
            }
            left.decrementAndGet();
            return kind.program().apply(names);
        });
        return () -> {
            while (left.get() > 0) {
                calls.call(lasting, "" + tokens, tokens);
            }
            return "";
        };
    }

    private Supplier<String> several(Kind<String, String> kind, int count) {
        return () -> {
            for (int i = 0; i < count; i++) {
                calls.call(kind, "" + i, 1);
            }
            return "";
        };
    }

    @Test
    void whoFailsDoesNotTakeTheOthersWithIt() throws Exception {
        Kind<String, String> failing = new Kind<>(false, names -> {
            made.add(List.copyOf(names));
            if (names.contains("bad")) {
                throw new TorchException("not finite");
            }
            return names;
        });
        occupy();
        CompletableFuture<String> first = start(failing, "first", 1);
        CompletableFuture<String> bad = start(failing, "bad", 1);
        CompletableFuture<String> last = start(failing, "last", 1);
        free.countDown();

        assertThat(get(first)).isEqualTo("first");
        assertThat(get(last)).isEqualTo("last");
        assertThatThrownBy(() -> get(bad))
                .hasCauseInstanceOf(TorchException.class)
                .hasMessageContaining("not finite");
        assertThat(made)
                .containsExactly(List.of("first", "bad", "last"), List.of("first"), List.of("bad"), List.of("last"));
        assertThat(calls.call(rounds, "next", 1)).isEqualTo("next!");
    }

    @Test
    void anErrorReachesWhoHasCalledAndNobodyWaitsForEver() throws Exception {
        Kind<String, String> broken = new Kind<>(false, names -> {
            throw new StackOverflowError("deep");
        });
        occupy();
        CompletableFuture<String> one = start(broken, "one", 1);
        CompletableFuture<String> other = start(rounds, "other", 1);
        free.countDown();
        assertThatThrownBy(() -> get(one)).hasCauseInstanceOf(StackOverflowError.class);
        assertThat(get(other)).isEqualTo("other!");
    }

    @Test
    void anInterruptedThreadGetsItsResultAndStaysInterrupted() throws Exception {
        occupy();
        CompletableFuture<Boolean> interrupted = start(() -> {
            Thread.currentThread().interrupt();
            assertThat(calls.call(rounds, "interrupted", 1)).isEqualTo("interrupted!");
            return Thread.interrupted();
        });
        CompletableFuture<String> other = start(rounds, "other", 1);
        free.countDown();
        assertThat(get(interrupted)).isTrue();
        assertThat(get(other)).isEqualTo("other!");
    }

    @Test
    void whoComesBackAtOnceIsWaitedFor() throws Exception {
        // a quarter of it is more than a thread takes to come back
        Kind<String, String> lasting = taking(false, SECONDS.toNanos(80));
        occupy();
        List<CompletableFuture<String>> answers =
                IntStream.range(0, 4).mapToObj(i -> start(several(lasting, 50))).toList();
        free.countDown();
        for (CompletableFuture<String> answer : answers) {
            get(answer);
        }
        assertThat(made).hasSize(50).allSatisfy(names -> assertThat(names).hasSize(4));
    }

    @Test
    void whoDoesNotComeBackIsNotWaitedForAgain() throws Exception {
        // to wait a quarter of it a thousand times would take too long for this test
        Kind<String, String> lasting = taking(false, SECONDS.toNanos(1));
        get(CompletableFuture.supplyAsync(() -> calls.call(lasting, "gone", 1), threads));
        for (int i = 0; i < 1000; i++) {
            assertThat(calls.call(lasting, "here", 1)).isEqualTo("here!");
        }
    }

    @Test
    void manyThreadsLoseNothing() throws Exception {
        List<CompletableFuture<Integer>> results = IntStream.range(0, 16)
                .mapToObj(thread -> CompletableFuture.supplyAsync(
                        () -> {
                            int right = 0;
                            for (int i = 0; i < 500; i++) {
                                String name = thread + ":" + i;
                                Kind<String, String> kind = i % 7 == 0 ? readings : rounds;
                                right += calls.call(kind, name, 1 + i % 40).equals(name + "!") ? 1 : 0;
                            }
                            return right;
                        },
                        threads))
                .toList();
        for (CompletableFuture<Integer> result : results) {
            assertThat(get(result)).isEqualTo(500);
        }
        assertThat(made.stream().mapToInt(List::size).sum()).isEqualTo(16 * 500);
    }
}
