package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.GenericApplicationContext;

@Timeout(10)
@ExtendWith(OutputCaptureExtension.class)
class DeferredTest {

    private final CountDownLatch permission = new CountDownLatch(1);
    private final AtomicInteger loads = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    private final class Model implements AutoCloseable {

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @AfterEach
    void permit() {
        permission.countDown();
    }

    private Model load() {
        loads.incrementAndGet();
        awaitUninterruptibly(permission);
        return new Model();
    }

    /** As native code does, which hears of no interrupt. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Deferred<Model> deferred(LoadMode mode, Supplier<Model> load) {
        return Deferred.of(
                "the model",
                mode,
                load,
                failure -> new RapidUnavailableException("It is broken.", "Mend it.", failure));
    }

    @ParameterizedTest
    @EnumSource(LoadMode.class)
    void loadsOnceForAllWhoNeedIt(LoadMode mode) throws Exception {
        permission.countDown();
        try (Deferred<Model> deferred = deferred(mode, this::load)) {
            assertThat(deferred.started().isEmpty()).isEqualTo(mode == LoadMode.LAZY);

            CompletableFuture<Model> other = CompletableFuture.supplyAsync(deferred::get);

            assertThat(deferred.get()).isSameAs(other.get());
            assertThat(deferred.loaded()).containsSame(other.get());
            assertThat(loads).hasValue(1);
            assertThat(closed.getCount()).isEqualTo(1);
        }
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void anInterruptEndsTheWaitingOfOneAndNotTheLoading() {
        try (Deferred<Model> deferred = deferred(LoadMode.BACKGROUND, this::load)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(deferred::get)
                    .isExactlyInstanceOf(LangChain4jException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();

            permission.countDown();
            assertThat(deferred.get()).isNotNull();
            assertThat(loads).hasValue(1);
        }
    }

    @Test
    void aShutdownDoesNotWaitForAnEagerLoad() throws Exception {
        GenericApplicationContext context = new GenericApplicationContext();
        context.registerBean("model", AutoCloseable.class, () -> deferred(LoadMode.EAGER, this::load));
        CompletableFuture<Void> start = new CompletableFuture<>();
        Thread starting = new Thread(() -> {
            try {
                context.refresh();
                start.complete(null);
            } catch (RuntimeException e) {
                start.completeExceptionally(e);
            }
        });
        starting.setDaemon(true);
        starting.start();
        while (loads.get() == 0 || !starting.getState().name().endsWith("WAITING")) {
            Thread.onSpinWait();
        }

        CompletableFuture.runAsync(context::close).get(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> start.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(InterruptedException.class);
    }

    @Test
    void waitsNoLongerThanTheRequestMayTake() {
        try (Deferred<Model> deferred = deferred(LoadMode.LAZY, this::load)) {
            assertThatThrownBy(() -> deferred.get(Duration.ofMillis(20)))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessage(
                            "The request did not end within its timeout of PT0.02S: the model is still being loaded");
        }
    }

    @Test
    void whatIsLoadedAfterTheCloseIsClosedAndNobodyWaitsForIt() throws Exception {
        Deferred<Model> deferred = deferred(LoadMode.BACKGROUND, this::load);
        CompletableFuture<Model> waiting = CompletableFuture.supplyAsync(deferred::get);

        deferred.close();

        assertThatThrownBy(waiting::get)
                .hasCauseInstanceOf(RapidUnavailableException.class)
                .hasMessageContaining("shutting down");
        assertThat(deferred.closed()).isTrue();
        assertThat(closed.getCount()).isEqualTo(1);

        permission.countDown();
        assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(deferred::get).isInstanceOf(RapidUnavailableException.class);
    }

    @Test
    void whatNobodyNeededIsNotLoadedAfterTheClose() {
        Deferred<Model> deferred = deferred(LoadMode.LAZY, this::load);
        deferred.close();

        assertThatThrownBy(deferred::get).isInstanceOf(RapidUnavailableException.class);
        assertThat(loads).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadMode.class,
            names = {"LAZY", "BACKGROUND"})
    void aFailureIsLoggedOnceInOneLineAndThrownAtEachRequest(LoadMode mode, CapturedOutput output) {
        IllegalStateException cause = new IllegalStateException("crack");
        try (Deferred<Model> deferred = deferred(mode, () -> {
            throw cause;
        })) {
            for (int request = 0; request < 2; request++) {
                assertThatThrownBy(deferred::get)
                        .isInstanceOf(RapidUnavailableException.class)
                        .hasMessage("It is broken. Mend it.")
                        .hasRootCause(cause);
            }
            assertThat(deferred.failure()).isPresent();
        }
        assertThat(output.getAll().lines().filter(line -> line.contains("It is broken. Mend it.")))
                .hasSize(1);
        assertThat(output).doesNotContain("crack");
    }

    @Test
    void aFailureNobodyHasForeseenIsLoggedWithItsTrace(CapturedOutput output) {
        try (Deferred<Model> deferred = Deferred.of(
                "the model",
                LoadMode.BACKGROUND,
                () -> {
                    throw new IllegalStateException("crack");
                },
                failure -> new RapidUnavailableException("It is broken.", "", failure))) {
            assertThatThrownBy(deferred::get).hasMessage("It is broken.");
        }
        assertThat(output).contains("It is broken.", "IllegalStateException: crack", "\tat ");
    }

    @Test
    void anEagerFailureIsThrownAndLeftToSpringToReport(CapturedOutput output) {
        assertThatThrownBy(() -> deferred(LoadMode.EAGER, () -> {
                    throw new IllegalStateException("crack");
                }))
                .isInstanceOf(RapidUnavailableException.class)
                .hasMessage("It is broken. Mend it.");
        assertThat(output).doesNotContain("broken");
    }
}
