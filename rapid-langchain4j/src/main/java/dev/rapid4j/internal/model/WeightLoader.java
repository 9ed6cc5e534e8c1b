package dev.rapid4j.internal.model;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.text.LogInterval;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.internal.torch.WeightsProgram.Rounded;
import dev.rapid4j.internal.torch.WeightsProgram.Rounding;
import dev.rapid4j.internal.torch.WeightsProgram.Table;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the weights of a network from the files to its program. */
final class WeightLoader {

    /** More would take more memory at once, and be no faster than a disk. */
    private static final int MOST_THREADS = 4;

    static final String THREADS = "rapid-weights";

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private WeightLoader() {}

    /** Tells the log and the listener how far loading is. */
    private static final class Progress {

        private final String name;
        private final long total;
        private final ProgressListener listener;
        private final LogInterval interval = new LogInterval();
        private long done;

        Progress(String name, long total, ProgressListener listener) {
            this.name = name;
            this.total = total;
            this.listener = listener;
            listener.onLoading(name, 0, total);
        }

        void add(long bytes) {
            done += bytes;
            if (done < total && interval.isOver()) {
                LOG.info(
                        "Loading {}: {} of {} MB of its weights",
                        name,
                        ByteSizes.megabytes(done),
                        ByteSizes.megabytes(total));
            }
            listener.onLoading(name, done, total);
        }
    }

    /**
     * Memory the weights will take, without those that are used memory-mapped, if there is as much.
     *
     * @param name of the model, for the message
     * @param workingBytes memory that must be free beside them once they are loaded, on each device
     * @return bytes of the weights
     * @throws TorchException if a device has less free
     */
    static long requireMemory(String name, WeightPlan plan, long workingBytes) {
        for (Device device : plan.devices()) {
            long needed = plan.bytes(device) + Math.max(workingBytes, plan.loadingBytes(device, threads(plan)));
            long available = Torch.availableMemory(device);
            if (needed > available) {
                throw new TorchException(("%s needs %,d MB on %s as %s, and %,d MB are free;"
                                + " choose a smaller model or weight format")
                        .formatted(
                                name,
                                ByteSizes.megabytes(needed),
                                device,
                                plan.numbers().weights(),
                                ByteSizes.megabytes(available)));
            }
        }
        return plan.bytes();
    }

    /**
     * The weights by the fields they fill; closed by the caller. Beyond them there is never more in memory than
     * {@link WeightPlan#loadingBytes} and a few megabytes a thread.
     *
     * @param name of the model, for the log, which tells now and then how far it is
     * @param listener hears how far it is, on this thread
     * @throws CheckpointException if a file has changed since it was opened, or changes meanwhile
     * @throws TorchException if the engine fails, or the thread is interrupted, which it then still is
     */
    static Table load(String name, WeightPlan plan, ProgressListener listener) {
        Progress progress = new Progress(name, plan.fileBytes(), listener);
        WeightsProgram program = new WeightsProgram();
        Table table = program.newTable();
        int threads = threads(plan);
        ExecutorService executor = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(threads > 1 ? after(Torch::useOneThread, task) : task, THREADS);
            thread.setDaemon(true);
            return thread;
        });
        try (MappedFiles files = new MappedFiles(program)) {
            Map<Path, FileState> states = states(plan);
            List<Future<?>> steps = new ArrayList<>();
            try {
                for (WeightPlan.Part part : plan.parts()) {
                    steps.add(executor.submit(() -> load(program, files, table, part)));
                }
                for (int i = 0; i < steps.size(); i++) {
                    await(name, steps.get(i));
                    progress.add(plan.parts().get(i).fileBytes());
                }
            } finally {
                steps.forEach(step -> step.cancel(true));
                executor.shutdown();
                awaitTermination(executor);
            }
            requireUnchanged(states, states(plan));
            return table;
        } catch (RuntimeException | Error e) {
            table.close();
            throw e;
        }
    }

    private static Map<Path, FileState> states(WeightPlan plan) {
        return plan.parts().stream()
                .flatMap(part -> part.weights().stream())
                .map(WeightEntry::file)
                .distinct()
                .collect(Collectors.toMap(file -> file, FileState::of));
    }

    /**
     * Each part maps its file anew: of one that has been replaced meanwhile some would be the old one's, some the new.
     */
    private static void requireUnchanged(Map<Path, FileState> before, Map<Path, FileState> after) {
        before.forEach((file, state) -> {
            if (!state.equals(after.get(file))) {
                throw new CheckpointException(
                        file + " has changed while it was loaded; load the model again when nothing writes to it");
            }
        });
    }

    private static void load(WeightsProgram program, MappedFiles kept, Table table, WeightPlan.Part part) {
        WeightEntry first = part.weights().get(0);
        if (part.kind() == WeightPlan.Kind.ELEMENTS) {
            program.put(table, part.name(), kept.of(first), part.device(), part.elements(), false);
            return;
        }
        // what has been read of a mapped file counts as the process's memory until it is mapped no longer
        try (MappedFiles files = new MappedFiles(program)) {
            switch (part.kind()) {
                case COPIED -> program.put(table, part.name(), files.of(first), part.device(), part.elements(), true);
                case BLOCKS -> program.putBlocks(table, part.name(), files.of(first));
                case PACKED, INTEGERS, FLOATS, GROUPS -> round(program, files, table, part);
                default -> throw new IllegalStateException(part.kind() + " is kept as it is");
            }
        }
    }

    private static void round(WeightsProgram program, MappedFiles files, Table table, WeightPlan.Part part) {
        Rounding rounding = switch (part.kind()) {
            case FLOATS -> Rounding.FLOATS;
            case GROUPS -> Rounding.GROUPS;
            default -> Rounding.INTEGERS;
        };
        try (Rounded rounded = program.newRounded(rounding, part.rows(), part.columns(), part.device())) {
            long at = 0;
            for (WeightEntry weight : part.weights()) {
                if (Thread.currentThread().isInterrupted()) {
                    // nobody waits for it any more
                    return;
                }
                program.round(files.of(weight), rounded, at);
                at += weight.shape().get(0);
            }
            if (part.kind() == WeightPlan.Kind.PACKED) {
                program.putPacked(table, part.name(), rounded);
            } else {
                program.put(table, part.name(), rounded);
            }
        }
    }

    /** Works even if the preparation fails, as the executor goes on waiting for a thread that does not. */
    static Runnable after(Runnable preparation, Runnable work) {
        return () -> {
            try {
                preparation.run();
            } catch (RuntimeException | Error e) {
                LOG.debug("A thread could not be prepared for loading weights", e);
            }
            work.run();
        };
    }

    private static int threads(WeightPlan plan) {
        return plan.devices().contains(Device.CPU) ? Math.min(Torch.threads(), MOST_THREADS) : 1;
    }

    private static void await(String name, Future<?> step) {
        try {
            if (Thread.interrupted()) {
                // a step that is done would not notice
                throw new InterruptedException();
            }
            step.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TorchException("Loading " + name + " ended, as its thread was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new TorchException("Loading failed: " + e.getCause(), e.getCause());
        }
    }

    /** Nothing may use the mapped files or the table when they are closed. */
    private static void awaitTermination(ExecutorService executor) {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
