package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.pytorch.jni.JniUtils;
import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tests' engine has one thread from the start. */
class ThreadsTest {

    private final int before = Torch.threads();

    @BeforeEach
    void takeThree() {
        Torch.setThreads(3);
    }

    @AfterEach
    void giveBack() {
        Torch.setThreads(before);
    }

    @Test
    void allThreadsSpreadTheirOperatorsOverAsManyWheneverTheyWereStarted() throws Exception {
        assertThat(Torch.threads()).isEqualTo(3);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            assertThat(other.submit(ThreadsTest::threadsOfACall).get()).isEqualTo(3);
            Torch.setThreads(2);
            assertThat(other.submit(ThreadsTest::threadsOfACall).get()).isEqualTo(2);
            assertThat(threadsOfACall()).isEqualTo(2);
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void aThreadThatIsToUseNoOtherLeavesTheirNumberToAllOthers() throws Exception {
        int alone = inNewThread(() -> {
            Torch.useOneThread();
            return threadsOfACall();
        });
        assertThat(alone).isOne();
        // another program's, which does not ask this library
        assertThat(inNewThread(JniUtils::getNumThreads)).isEqualTo(3);
        assertThat(threadsOfACall()).isEqualTo(3);
    }

    /** One processor is as a container's limit would be, which libtorch does not know of. */
    @ParameterizedTest
    @CsvSource({"'', 1 2000", "OMP_NUM_THREADS=2, 2 2000", "OMP_WAIT_POLICY=active, 1 null", "GOMP_SPINCOUNT=9, 1 9"})
    void noMoreThreadsThanTheJvmMayUseAndNoneThatSpinsUnlessTheEnvironmentSaysSo(String variable, String expected)
            throws Exception {
        assumeTrue(Platform.isLinux(), "libgomp is Linux's");
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "there is one processor here");
        assertThat(started(variable, "-XX:ActiveProcessorCount=1")).isEqualTo(expected);
    }

    /** As where the folder for temporary files allows no programs. */
    @Test
    void theEngineStartsWhereJnaCannotLoadItsLibrary() throws Exception {
        assertThat(started("", "-Djna.nounpack=true", "-Djna.nosys=true", "-DJNA=no"))
                .isEqualTo("started");
    }

    private static String started(String variable, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Start.class.getName()));
        return firstLine(
                command, variable.isEmpty() ? Map.of() : Map.of(variable.split("=")[0], variable.split("=")[1]));
    }

    private static String firstLine(List<String> command, Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeAll(List.of("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (BufferedReader lines = process.inputReader()) {
            return lines.readLine();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Says with how many threads it has started, and how they wait. */
    static final class Start {

        public static void main(String[] arguments) {
            int threads = Torch.threads();
            if (System.getProperty("JNA") != null) {
                System.out.println("started");
                return;
            }
            // System.getenv tells what the process was started with
            String policy = Function.getFunction(Platform.C_LIBRARY_NAME, "getenv")
                    .invokeString(new Object[] {"GOMP_SPINCOUNT"}, false);
            System.out.println(threads + " " + policy);
        }
    }

    private static int threadsOfACall() {
        ScriptModule.load("Processor").run("has_bfloat16_kernels").close();
        return JniUtils.getNumThreads();
    }

    private static int inNewThread(Supplier<Integer> action) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(action::get);
        new Thread(task).start();
        return task.get();
    }
}
