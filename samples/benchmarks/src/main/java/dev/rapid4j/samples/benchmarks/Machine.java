package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.internal.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where it was measured. Times of different machines do not compare.
 *
 * @param processor its name, as far as the system tells it
 * @param instructions those for matrices of small numbers, which decide what a format is worth
 * @param threads those of an operator of the engine
 * @param java the JVM's version
 */
record Machine(String processor, List<String> instructions, int cores, int threads, String java) {

    /** As Linux calls them. */
    private static final List<String> INSTRUCTIONS =
            List.of("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16");

    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final Path PROCESS_STATUS = Path.of("/proc/self/status");

    static Machine current() {
        return new Machine(
                line(PROCESSOR, "model name", System.getProperty("os.arch")),
                flags(),
                Runtime.getRuntime().availableProcessors(),
                Torch.threads(),
                Runtime.version().toString());
    }

    /** In words. */
    String description() {
        return "%d cores of %s (%s), %d threads, Java %s"
                .formatted(cores, processor, String.join(", ", instructions), threads, java);
    }

    private static List<String> flags() {
        List<String> all = List.of(line(PROCESSOR, "flags", "").split(" "));
        return INSTRUCTIONS.stream().filter(all::contains).toList();
    }

    /** Memory of the process, memory-mapped weights in use included, in bytes; 0 where the system does not tell. */
    static long residentBytes() {
        return bytes("VmRSS");
    }

    /** The most that {@link #residentBytes()} has ever been. */
    static long mostResidentBytes() {
        return bytes("VmHWM");
    }

    private static long bytes(String name) {
        return Long.parseLong(line(PROCESS_STATUS, name, "0").replaceAll("\\D", "")) * 1024;
    }

    private static String line(Path file, String name, String otherwise) {
        if (!Files.isReadable(file)) {
            return otherwise;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            return lines.stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }
}
