package dev.rapid4j.internal.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import com.sun.jna.Function;
import com.sun.jna.Platform;
import com.sun.management.OperatingSystemMXBean;
import dev.rapid4j.TorchStartException;
import dev.rapid4j.internal.text.NativeLibraries;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine: started once for the whole JVM, with the usage reporting of DJL switched off. */
public final class Torch {

    private static final Pattern MEM_TOTAL = Pattern.compile("(?m)^MemTotal:\\s+(\\d+) kB$");
    private static final Pattern MEM_AVAILABLE = Pattern.compile("(?m)^MemAvailable:\\s+(\\d+) kB$");
    private static final Pattern CONTAINER_PAGE_CACHE = Pattern.compile("(?m)^file (\\d+)$");

    /** With these, or DJL's property, whoever starts the process has chosen a number of threads. */
    private static final List<String> THREADS_VARIABLES = List.of("OMP_NUM_THREADS", "MKL_NUM_THREADS");

    private static final String SPIN_VARIABLE = "GOMP_SPINCOUNT";

    /** With these, whoever starts the process has chosen how threads wait. */
    private static final List<String> WAIT_VARIABLES = List.of("OMP_WAIT_POLICY", SPIN_VARIABLE);

    private static final String SPINS = "2000";

    private static final String THREADS_PROPERTY = "ai.djl.pytorch.num_threads";

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final NativeCalls CALLS = new NativeCalls();

    /** No processor has more cores; libgomp ends the process where it cannot start a thread. */
    private static final int MOST_THREADS = 1024;

    /** Set when the engine is started. */
    private static volatile int threads;

    /** What {@link #setThreads} was last called with; 0 if never. */
    private static int askedThreads;

    /** Whether the calling thread uses no others. */
    private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

    private Torch() {}

    /** @param failure why there is no engine */
    private record Start(Engine engine, TorchStartException failure) {}

    /** Starting it in a holder class makes the JVM's class initialisation lock the only one needed. */
    private static final class Started {
        static final Start START = start();

        private static Start start() {
            System.setProperty("OPT_OUT_TRACKING", "true");
            leaveCoresWhileWaiting();
            try {
                NativeLibraries.requireTrustedFolder();
                Engine engine = Engine.getEngine("PyTorch");
                CALLS.endWithJvm();
                threads = defaultThreads(JniUtils.getNumThreads());
                return new Start(engine, null);
            } catch (TorchStartException e) {
                return new Start(null, e);
            } catch (RuntimeException | LinkageError e) {
                return new Start(null, NativeLibraries.engineFailure(e));
            }
        }
    }

    /** @throws TorchStartException each time if it could not be started */
    static Engine engine() {
        Start start = Started.START;
        if (start.failure() != null) {
            throw new TorchStartException(start.failure().getMessage(), start.failure());
        }
        return start.engine();
    }

    /** Whether the JVM is shutting down, so that all calls fail. */
    public static boolean isEnding() {
        return CALLS.isEnding();
    }

    /** Through which every call into libtorch goes. */
    static NativeCalls calls() {
        return CALLS;
    }

    /** CUDA devices that the engine sees. */
    static int cudaDevices() {
        return CALLS.call(engine()::getGpuCount);
    }

    /**
     * Threads of libgomp that wait for others spin for milliseconds, so that on a core that another process has taken a
     * pass takes many times as long. They are to spin for some microseconds: without any it is slower on idle cores.
     * libgomp reads the environment when it is loaded, and Java cannot set that of its own process.
     */
    private static void leaveCoresWhileWaiting() {
        if (WAIT_VARIABLES.stream().anyMatch(name -> System.getenv(name) != null)) {
            return;
        }
        try {
            if (Platform.isLinux()) {
                Function.getFunction(Platform.C_LIBRARY_NAME, "setenv")
                        .invokeInt(new Object[] {SPIN_VARIABLE, SPINS, 0});
            }
        } catch (RuntimeException | Error e) {
            // without JNA's native library, or with another version's, of which it tells by a mere Error
            LOG.debug("{} could not be set", SPIN_VARIABLE, e);
        }
    }

    /**
     * libtorch takes the physical cores that the process may run on, and knows nothing of a limit on the time that it
     * gets of them, as containers have; the JVM does. More threads than can run at once wait for each other.
     */
    private static int defaultThreads(int ofLibtorch) {
        boolean chosen = System.getProperty(THREADS_PROPERTY) != null
                || THREADS_VARIABLES.stream().anyMatch(name -> System.getenv(name) != null);
        return chosen ? ofLibtorch : Math.min(ofLibtorch, Runtime.getRuntime().availableProcessors());
    }

    /** Threads that an operator on the CPU is spread over. */
    public static int threads() {
        engine();
        return threads;
    }

    /** @throws IllegalArgumentException if operators cannot be spread over so many threads */
    public static int checkThreads(int number) {
        if (number < 1 || number > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "cpuThreads must be between 1 and %d, but is %d".formatted(MOST_THREADS, number));
        }
        return number;
    }

    /**
     * Spreads operators over so many threads from now on, whoever calls them: it is the number of the process.
     *
     * @param number one that {@link #checkThreads} lets pass
     */
    public static synchronized void setThreads(int number) {
        engine();
        if (number > Runtime.getRuntime().availableProcessors()) {
            LOG.warn(
                    "cpuThreads is {}, but the JVM may use {} processors only: the threads will wait for each other",
                    number,
                    Runtime.getRuntime().availableProcessors());
        }
        if (askedThreads > 0 && askedThreads != number) {
            LOG.warn(
                    "cpuThreads is {} from now on for the whole process; another model was loaded with {}",
                    number,
                    askedThreads);
        }
        askedThreads = number;
        threads = number;
    }

    /** To be called before each call of operators: libtorch has a number for each thread. */
    static void useThreads() {
        int wanted = ALONE.get() ? 1 : threads;
        if (JniUtils.getNumThreads() != wanted) {
            JniUtils.setNumThreads(wanted);
        }
    }

    /**
     * From now on, operators that this thread calls are not spread over others: for threads that work side by side,
     * which would wait for each other's helpers many thousand times a second.
     */
    public static void useOneThread() {
        ALONE.set(true);
        engine();
        // libtorch takes the number for this thread, and for all that come to it later, those of the application's own
        // programs among them: they are given back the old one by a thread whose own number is of no consequence
        synchronized (Torch.class) {
            CALLS.run(Torch::useThreads);
            Thread restoring = new Thread(() -> CALLS.run(() -> JniUtils.setNumThreads(threads)), "rapid-threads");
            try {
                restoring.start();
            } catch (OutOfMemoryError e) {
                CALLS.run(() -> JniUtils.setNumThreads(threads));
                throw e;
            }
            boolean interrupted = false;
            while (restoring.isAlive()) {
                try {
                    restoring.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Memory that a new allocation on the device can take, in bytes, as far as the system tells. */
    public static long availableMemory(Device device) {
        if (device instanceof Device.Cuda cuda) {
            return CALLS.call(() -> {
                // libtorch keeps what was freed for itself, and to the driver that is memory in use
                JniUtils.emptyCudaCache();
                var usage = CudaUtils.getGpuMemory(ai.djl.Device.gpu(cuda.index()));
                return usage.getMax() - usage.getCommitted();
            });
        }
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long total = system.getTotalMemorySize();
        long free = system.getFreeMemorySize();
        if (System.getProperty("os.name").startsWith("Mac")) {
            // macOS fills its memory with what it can drop at any time, and does not count that as free
            return Math.max(free, total / 2);
        }
        // What counts as free excludes the page cache, where memory-mapped weights live, although it can be dropped at
        // any time. Where a container has a limit, the JVM's figures are the container's.
        long host = figure(Path.of("/proc/meminfo"), MEM_AVAILABLE) * 1024;
        long container = free + figure(Path.of("/sys/fs/cgroup/memory.stat"), CONTAINER_PAGE_CACHE);
        boolean limited = total < figure(Path.of("/proc/meminfo"), MEM_TOTAL) * 1024;
        return host == 0 ? free : limited ? Math.min(host, container) : host;
    }

    private static long figure(Path file, Pattern line) {
        if (!Files.isReadable(file)) {
            return 0;
        }
        try {
            Matcher matcher = line.matcher(Files.readString(file));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
