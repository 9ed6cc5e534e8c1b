package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A checkpoint of random weights in bfloat16, as models are published, in a folder of its own below that for temporary
 * files. Closing removes it.
 */
final class RandomCheckpoint implements AutoCloseable {

    private static final String CONFIGURATION = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final int RANDOM_WEIGHTS = 1 << 22;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final List<Path> tokenizer;

    private RandomCheckpoint(Path folder, List<Path> tokenizer) {
        this.folder = folder;
        this.tokenizer = tokenizer;
    }

    /**
     * @param tensors of the checkpoint, and their sizes
     * @param tokenizer files to copy; none if only tokens go in and come out
     * @throws IOException if it cannot be written; what has been is removed
     */
    static RandomCheckpoint write(String name, Object config, Map<String, long[]> tensors, List<Path> tokenizer)
            throws IOException {
        // the model is called after its folder
        Path folder = Files.createTempDirectory("random-weights-").resolve(name);
        RandomCheckpoint checkpoint = new RandomCheckpoint(folder, tokenizer);
        // where the program is interrupted; what was registered last is deleted first
        for (Path path : checkpoint.paths()) {
            path.toFile().deleteOnExit();
        }
        try {
            Files.createDirectory(folder);
            JSON.writeValue(folder.resolve(CONFIGURATION).toFile(), config);
            for (Path file : tokenizer) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
            checkpoint.writeWeights(tensors);
            return checkpoint;
        } catch (IOException | RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    Path folder() {
        return folder;
    }

    private List<Path> paths() {
        return Stream.concat(
                        Stream.of(folder.getParent(), folder, folder.resolve(CONFIGURATION), folder.resolve(WEIGHTS)),
                        tokenizer.stream().map(file -> folder.resolve(file.getFileName())))
                .toList();
    }

    private void writeWeights(Map<String, long[]> tensors) throws IOException {
        Map<String, Object> entries = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
            long start = end;
            end = start + Shape.elements(tensor.getValue()) * Short.BYTES;
            entries.put(
                    tensor.getKey(),
                    Map.of("dtype", "BF16", "shape", tensor.getValue(), "data_offsets", List.of(start, end)));
        }
        long free = Files.getFileStore(folder).getUsableSpace();
        if (end > free) {
            throw new IOException(
                    "Random weights take %,d MB, and %,d MB are free in %s: choose another folder with -Djava.io.tmpdir"
                            .formatted(
                                    end / 1_000_000,
                                    free / 1_000_000,
                                    folder.getParent().getParent()));
        }
        byte[] header = aligned(JSON.writeValueAsString(entries));
        byte[] weights = randomWeights();
        try (OutputStream out = Files.newOutputStream(folder.resolve(WEIGHTS))) {
            out.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (long left = end; left > 0; left -= weights.length) {
                out.write(weights, 0, (int) Math.min(left, weights.length));
            }
        }
    }

    /** What is aligned can be memory-mapped. */
    private static byte[] aligned(String header) {
        return (header + " ".repeat(Math.floorMod(-header.length(), Long.BYTES))).getBytes(StandardCharsets.US_ASCII);
    }

    /** Repeated over and over in the file: what a pass costs does not depend on the numbers. */
    private static byte[] randomWeights() {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer weights = ByteBuffer.allocate(RANDOM_WEIGHTS * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (weights.hasRemaining()) {
            // bfloat16 is the upper half of float32
            weights.putShort((short) (Float.floatToRawIntBits((float) random.nextDouble(-0.05, 0.05)) >>> 16));
        }
        return weights.array();
    }

    @Override
    public void close() throws IOException {
        List<Path> paths = paths();
        for (int i = paths.size() - 1; i >= 0; i--) {
            Files.deleteIfExists(paths.get(i));
        }
    }
}
