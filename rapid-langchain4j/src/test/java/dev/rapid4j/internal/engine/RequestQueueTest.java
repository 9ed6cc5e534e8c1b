package dev.rapid4j.internal.engine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.ProgressListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestQueueTest {

    private static final ChatResponse RESPONSE =
            ChatResponse.builder().aiMessage(AiMessage.from("yes")).build();

    private final AtomicInteger released = new AtomicInteger();
    private final RequestQueue queue = new RequestQueue("test", 1, 2, Runnable::run, released::incrementAndGet);
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch finish = new CountDownLatch(1);

    /** Occupies the worker until {@link #finish}; asks all the time whether it still has to. */
    private final Request<ChatResponse> running = request(request -> {
        started.countDown();
        while (finish.getCount() > 0) {
            request.checkEnded();
            Thread.onSpinWait();
        }
        return RESPONSE;
    });

    private static Request<ChatResponse> request(Function<Request<ChatResponse>, ChatResponse> work) {
        return new Request<>(work, new ProgressListener() {});
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private void occupy() throws InterruptedException {
        queue.submit(running);
        started.await();
    }

    @Test
    void answersInOrderOfArrival() throws Exception {
        occupy();
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Request<ChatResponse>> requests = IntStream.range(0, 2)
                .mapToObj(i -> request(request -> {
                    order.add(i);
                    return RESPONSE;
                }))
                .toList();
        requests.forEach(queue::submit);
        finish.countDown();

        requests.get(1).result().get(30, SECONDS);
        assertThat(order).containsExactly(0, 1);
        assertThat(running.result()).isCompletedWithValue(RESPONSE);
    }

    @Test
    void tellsEveryoneTheirPlaceWheneverItGetsBetter() throws Exception {
        occupy();
        List<String> places = Collections.synchronizedList(new ArrayList<>());
        List<Request<ChatResponse>> requests = IntStream.range(0, 2)
                .mapToObj(i -> new Request<ChatResponse>(request -> RESPONSE, new ProgressListener() {
                    @Override
                    public void onQueued(int ahead) {
                        places.add(i + ":" + ahead);
                    }
                }))
                .toList();
        requests.forEach(queue::submit);
        assertThat(queue.waiting()).isEqualTo(2);
        assertThat(queue.running()).isEqualTo(1);
        assertThat(places).containsExactly("0:1", "1:2");

        requests.get(0).result().cancel(false);
        assertThat(places).containsExactly("0:1", "1:2", "1:1");

        finish.countDown();
        requests.get(1).result().get(30, SECONDS);
        assertThat(places).containsExactly("0:1", "1:2", "1:1", "1:0");
    }

    @Test
    void aListenerThatWaitsForALockOfWhoAsksDoesNotKeepThemFromAsking() throws Exception {
        occupy();
        CountDownLatch turn = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        Request<ChatResponse> waiting = new Request<>(request -> RESPONSE, new ProgressListener() {
            @Override
            public void onQueued(int ahead) {
                if (ahead == 0) {
                    turn.countDown();
                    try {
                        asked.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
        queue.submit(waiting);
        finish.countDown();
        turn.await();
        Thread asking = new Thread(() -> {
            queue.submit(request(request -> RESPONSE));
            asked.countDown();
        });
        asking.setDaemon(true);
        asking.start();
        try {
            assertThat(asked.await(10, SECONDS)).isTrue();
        } finally {
            asked.countDown();
        }
        assertThat(waiting.result().get(30, SECONDS)).isSameAs(RESPONSE);
    }

    @Test
    void anErrorOfAListenerLeavesTheWorkerAlive() throws Exception {
        occupy();
        Request<ChatResponse> request = new Request<>(
                ignored -> RESPONSE,
                new ProgressListener() {}.and(new ProgressListener() {
                    @Override
                    public void onQueued(int ahead) {
                        if (ahead == 0) {
                            throw new AssertionError("an error of the application");
                        }
                    }
                }));
        queue.submit(request);
        finish.countDown();
        assertThat(request.result().get(30, SECONDS)).isSameAs(RESPONSE);
    }

    @Test
    void refusesWhatIsTooMuch() throws Exception {
        occupy();
        queue.submit(request(request -> RESPONSE));
        Request<ChatResponse> ended = request(request -> RESPONSE);
        queue.submit(ended);
        Request<ChatResponse> refused = request(request -> RESPONSE);
        queue.submit(refused);

        assertThatThrownBy(() -> refused.result().get())
                .hasCauseInstanceOf(RateLimitException.class)
                .hasMessageContaining("2 requests are waiting");

        // what has ended makes room
        ended.fail(new IllegalStateException("given up"));
        Request<ChatResponse> next = request(request -> RESPONSE);
        queue.submit(next);
        finish.countDown();
        assertThat(next.result().get(30, SECONDS)).isSameAs(RESPONSE);
    }

    @Test
    void aQueueWithoutWaitingRoomStillAnswers() throws Exception {
        try (RequestQueue narrow = new RequestQueue("narrow", 1, 0, Runnable::run, () -> {})) {
            for (int i = 0; i < 100; i++) {
                Request<ChatResponse> request = request(ignored -> RESPONSE);
                narrow.submit(request);
                assertThat(request.result().get(30, SECONDS)).isSameAs(RESPONSE);
            }
        }
    }

    @Test
    void aQueueMayBeAsLongAsAnIntCounts() throws Exception {
        try (RequestQueue endless = new RequestQueue("endless", 1, Integer.MAX_VALUE, Runnable::run, () -> {})) {
            Request<ChatResponse> request = request(ignored -> RESPONSE);
            endless.submit(request);
            assertThat(request.result().get(30, SECONDS)).isSameAs(RESPONSE);
        }
    }

    @Test
    void anyFailureLeavesTheWorkerAlive() throws Exception {
        for (Throwable failure : List.of(new IllegalStateException("bad"), new StackOverflowError("deep"))) {
            Request<ChatResponse> failing = request(request -> {
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            });
            queue.submit(failing);
            assertThatThrownBy(() -> failing.result().get(30, SECONDS))
                    .cause()
                    .isInstanceOf(InternalServerException.class)
                    .hasMessageContaining(failure.getMessage())
                    .hasCause(failure);
        }
        Request<ChatResponse> next = request(request -> RESPONSE);
        queue.submit(next);
        assertThat(next.result().get(30, SECONDS)).isSameAs(RESPONSE);
    }

    @Test
    void closingEndsWhatRunsAndWhatWaits() throws Exception {
        occupy();
        Request<ChatResponse> waiting = request(request -> RESPONSE);
        queue.submit(waiting);

        queue.close();
        queue.close();

        for (Request<?> request : List.of(running, waiting)) {
            assertThatThrownBy(() -> request.result().get()).hasCauseInstanceOf(NonRetriableException.class);
        }
        assertThat(released).hasValue(1);
        Request<ChatResponse> late = request(request -> RESPONSE);
        queue.submit(late);
        assertThatThrownBy(() -> late.result().get())
                .hasCauseInstanceOf(NonRetriableException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void canBeClosedFromWithin() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        RequestQueue other = new RequestQueue("other", 1, 2, Runnable::run, closed::countDown);
        Request<ChatResponse> closing = request(request -> {
            other.close();
            assertThat(closed.getCount()).isEqualTo(1);
            return RESPONSE;
        });
        other.submit(closing);

        assertThat(closed.await(30, SECONDS)).isTrue();
        assertThatThrownBy(() -> closing.result().get()).hasCauseInstanceOf(NonRetriableException.class);
    }

    @Test
    void anInterruptedThreadDoesNotWaitForTheEnd() throws Exception {
        CountDownLatch stubborn = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        RequestQueue other = new RequestQueue("other", 1, 2, Runnable::run, closed::countDown);
        other.submit(request(request -> {
            started.countDown();
            await(stubborn);
            return RESPONSE;
        }));
        started.await();

        Thread.currentThread().interrupt();
        other.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(closed.getCount()).isEqualTo(1);

        stubborn.countDown();
        assertThat(closed.await(30, SECONDS)).isTrue();
    }

    /** Runs until {@link #finish}. */
    private static Request<ChatResponse> lasting(CountDownLatch started, CountDownLatch finish) {
        return request(request -> {
            started.countDown();
            while (finish.getCount() > 0) {
                request.checkEnded();
                Thread.onSpinWait();
            }
            return RESPONSE;
        });
    }

    @Test
    void asManyAsAreAllowedRunAtOnceAndOthersWait() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        try (RequestQueue several = new RequestQueue("several", 3, 2, Runnable::run, () -> {})) {
            List<Request<ChatResponse>> requests = IntStream.range(0, 5)
                    .mapToObj(i -> lasting(running, finish))
                    .toList();
            requests.forEach(several::submit);
            running.await();
            assertThat(several.running()).isEqualTo(3);
            assertThat(several.waiting()).isEqualTo(2);
            Request<ChatResponse> refused = request(request -> RESPONSE);
            several.submit(refused);
            assertThatThrownBy(() -> refused.result().getNow(null)).hasCauseInstanceOf(RateLimitException.class);

            finish.countDown();
            for (Request<ChatResponse> request : requests) {
                assertThat(request.result().get(30, SECONDS)).isSameAs(RESPONSE);
            }
        }
    }

    @Test
    void aPlaceIsHowManyHaveToEndBefore() throws Exception {
        List<String> places = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch running = new CountDownLatch(2);
        try (RequestQueue several = new RequestQueue("several", 2, 9, Runnable::run, () -> {})) {
            several.submit(lasting(running, finish));
            several.submit(lasting(running, finish));
            running.await();
            List<Request<ChatResponse>> waiting = IntStream.range(0, 2)
                    .mapToObj(i -> new Request<ChatResponse>(request -> RESPONSE, new ProgressListener() {
                        @Override
                        public void onQueued(int ahead) {
                            places.add(i + ":" + ahead);
                        }
                    }))
                    .toList();
            waiting.forEach(several::submit);
            assertThat(places).containsExactly("0:1", "1:2");
            finish.countDown();
            for (Request<ChatResponse> request : waiting) {
                request.result().get(30, SECONDS);
            }
            assertThat(places).contains("0:0", "1:0").doesNotHaveDuplicates();
        }
    }

    @Test
    void whatHasToBeAloneWaitsForThoseBeforeAndHoldsUpThoseBehind() throws Exception {
        CountDownLatch running = new CountDownLatch(2);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        try (RequestQueue several = new RequestQueue("several", 4, 9, Runnable::run, () -> {})) {
            List<Request<ChatResponse>> before = IntStream.range(0, 2)
                    .mapToObj(i -> lasting(running, finish))
                    .toList();
            before.forEach(several::submit);
            before.forEach(request -> request.result().whenComplete((response, failure) -> order.add("before")));
            Request<ChatResponse> alone = Request.alone(request -> {
                order.add("alone with " + several.running());
                return RESPONSE;
            });
            several.submit(alone);
            Request<ChatResponse> behind = request(request -> {
                order.add("behind");
                return RESPONSE;
            });
            several.submit(behind);
            running.await();
            assertThat(several.waiting()).isEqualTo(2);

            finish.countDown();
            behind.result().get(30, SECONDS);
            assertThat(order).containsExactly("before", "before", "alone with 1", "behind");
        }
    }

    @Test
    void everyThreadThatAnswersIsKnownAsOne() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        try (RequestQueue several = new RequestQueue("several", 3, 0, Runnable::run, () -> {})) {
            List<Boolean> workers = Collections.synchronizedList(new ArrayList<>());
            List<Request<ChatResponse>> requests = IntStream.range(0, 3)
                    .mapToObj(i -> request(request -> {
                        running.countDown();
                        await(running);
                        workers.add(several.isWorker());
                        return RESPONSE;
                    }))
                    .toList();
            requests.forEach(several::submit);
            for (Request<ChatResponse> request : requests) {
                request.result().get(30, SECONDS);
            }
            assertThat(workers).containsExactly(true, true, true);
            assertThat(several.isWorker()).isFalse();
        }
    }

    @Test
    void whatIsFreedIsFreedOnceWhenTheLastHasEnded() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        AtomicInteger active = new AtomicInteger(3);
        List<Integer> activeWhenReleased = Collections.synchronizedList(new ArrayList<>());
        RequestQueue several =
                new RequestQueue("several", 3, 9, Runnable::run, () -> activeWhenReleased.add(active.get()));
        List<Request<ChatResponse>> requests = IntStream.range(0, 3)
                .mapToObj(i -> request(request -> {
                    running.countDown();
                    while (!request.ended()) {
                        Thread.onSpinWait();
                    }
                    active.decrementAndGet();
                    return RESPONSE;
                }))
                .toList();
        requests.forEach(several::submit);
        running.await();
        several.close();

        assertThat(activeWhenReleased).containsExactly(0);
        for (Request<ChatResponse> request : requests) {
            assertThatThrownBy(() -> request.result().get()).hasCauseInstanceOf(NonRetriableException.class);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
