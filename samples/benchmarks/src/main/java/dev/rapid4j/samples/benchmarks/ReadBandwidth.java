package dev.rapid4j.samples.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rapid4j.torch.Torch;

/** How fast a device reads its memory: a sum over a tensor that no cache holds, by the engine's own threads. */
final class ReadBandwidth implements AutoCloseable {

    private static final long BYTES = 1L << 29;
    private static final int ATTEMPTS = 3;

    private final NDManager manager;
    private final NDArray numbers;

    /** @param device as returned by {@link Torch#device(String)} */
    ReadBandwidth(String device) {
        manager = NDManager.newBaseManager(
                device.equals("cpu") ? Device.cpu() : Device.gpu(Integer.parseInt(device.substring("cuda:".length()))),
                "PyTorch");
        numbers = manager.ones(new Shape(BYTES / Float.BYTES));
    }

    /** Bytes a second, the best of a few attempts. */
    double measure() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS; i++) {
            long start = System.nanoTime();
            try (NDArray sum = numbers.sum()) {
                sum.getFloat();
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        return BYTES / (best / 1e9);
    }

    @Override
    public void close() {
        manager.close();
    }
}
