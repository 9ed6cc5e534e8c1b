package dev.rapid4j.samples.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rapid4j.internal.torch.Device;

/** A tensor on a device that none of its caches holds. */
final class DeviceMemory implements AutoCloseable {

    private static final long BYTES_ON_CPU = 1L << 29;

    /** So that launching the sum and waiting for it, some 0.05 ms, counts for little at terabytes a second. */
    private static final long BYTES_ON_CUDA = 1L << 31;

    private static final int ATTEMPTS = 3;

    private final NDManager manager;
    private final long bytes;
    private final NDArray numbers;

    DeviceMemory(Device device) {
        manager = NDManager.newBaseManager(
                device instanceof Device.Cuda cuda ? ai.djl.Device.gpu(cuda.index()) : ai.djl.Device.cpu(), "PyTorch");
        bytes = device.equals(Device.CPU) ? BYTES_ON_CPU : BYTES_ON_CUDA;
        numbers = manager.ones(new Shape(bytes / Float.BYTES));
    }

    /** Bytes a second that the engine's own threads read, the best of a few attempts. */
    double readBandwidth() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS; i++) {
            long start = System.nanoTime();
            try (NDArray sum = numbers.sum()) {
                sum.getFloat();
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        return bytes / (best / 1e9);
    }

    /** Waits until the device has done what this thread has asked of it: CUDA works on behind a call's return. */
    void awaitDevice() {
        numbers.getFloat(0);
    }

    @Override
    public void close() {
        manager.close();
    }
}
