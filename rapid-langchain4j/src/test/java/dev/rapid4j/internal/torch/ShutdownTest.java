package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.TorchException;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit handlers of native libraries free what a call that is still running needs: the JVM would crash. */
@Timeout(120)
class ShutdownTest {

    @TempDir
    Path folder;

    /** Computes 8-bit products for seconds, again and again. */
    static final class Products {

        private static final String SOURCE = """
                class Products(Module):
                  __parameters__ = []
                  __buffers__ = []
                  training : bool
                  _is_full_backward_hook : Optional[bool]
                  def run(self, times: int) -> Tensor:
                    scales, zeros = torch.ones([2048], dtype=7), torch.zeros([2048], dtype=4)
                    integers = torch.randint(-64, 64, [2048, 2048], dtype=1)
                    weight = torch._make_per_channel_quantized_tensor(integers, scales, zeros, 0)
                    packed = ops.quantized.linear_prepack(weight, None)
                    x = torch.rand([64, 2048])
                    for i in range(times):
                      torch.mul_(x, torch.sign(ops.quantized.linear_dynamic(x, packed, True)))
                    return x
                """;

        public static void main(String[] arguments) throws InterruptedException {
            ScriptModule program = ScriptModule.compile("Products", SOURCE);
            program.run("run", 1).close();
            Thread thread = new Thread(() -> {
                System.out.println("running");
                while (true) {
                    program.run("run", 200).close();
                }
            });
            thread.start();
            if (arguments[0].equals("exit")) {
                Thread.sleep(50);
                System.exit(0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"exit, 0", "SIGTERM, 143"})
    void theJvmEndsWithoutACrashWhileProductsAreComputed(String way, int status) throws Exception {
        Path output = folder.resolve("errors");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("crash"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Products.class.getName(),
                        way)
                .directory(folder.toFile())
                .redirectError(output.toFile())
                .start();
        try (BufferedReader lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("running");
            if (way.equals("SIGTERM")) {
                process.destroy();
            }
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(folder.resolve("crash")).doesNotExist();
        assertThat(process.exitValue()).as(() -> read(output)).isEqualTo(status);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    @Test
    void theEndWaitsForRunningCallsAndTakesNoMore() throws Exception {
        NativeCalls calls = new NativeCalls();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> calls.call(() -> {
            running.countDown();
            await(goOn);
            return "done";
        }));
        running.await();
        Thread end = new Thread(calls::end);
        end.start();
        while (end.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertRefused(calls);
        assertThat(first).isNotDone();
        goOn.countDown();
        end.join();
        // the lock is free a moment before the future knows
        assertThat(first.join()).isEqualTo("done");
        assertRefused(calls);
    }

    /** Requests that still run end in them. */
    @ParameterizedTest
    @ValueSource(strings = {"SpringApplicationShutdownHook", "SpringContextShutdownHook", "Shutdown thread"})
    void callsAreTakenUntilTheHookOfSpringOrQuarkusHasEnded(String name) throws InterruptedException {
        NativeCalls calls = new NativeCalls();
        CountDownLatch goOn = new CountDownLatch(1);
        new Thread(() -> await(goOn), name).start();
        Thread end = new Thread(calls::awaitHooksAndEnd);
        end.start();
        while (end.isAlive() && end.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        try {
            assertThat(calls.call(() -> "answered")).isEqualTo("answered");
        } finally {
            goOn.countDown();
        }
        end.join();
        assertRefused(calls);
    }

    @Test
    void otherThreadsAreNotWaitedFor() {
        NativeCalls calls = new NativeCalls();
        CountDownLatch goOn = new CountDownLatch(1);
        new Thread(() -> await(goOn), "worker").start();
        try {
            calls.awaitHooksAndEnd();
            assertRefused(calls);
        } finally {
            goOn.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertRefused(NativeCalls calls) {
        assertThatThrownBy(() -> calls.call(() -> "late"))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("The JVM is shutting down");
        AtomicInteger freed = new AtomicInteger();
        calls.free(freed::incrementAndGet);
        assertThat(freed).hasValue(0);
    }
}
