package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.samples.evaluation.runs.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The machine this runs on. */
public final class ThisMachine {

    private static final Path LINUX_PROCESSORS = Path.of("/proc/cpuinfo");

    private ThisMachine() {}

    public static Machine describe() {
        return new Machine(
                processor(),
                Runtime.getRuntime().availableProcessors(),
                Torch.threads(),
                System.getProperty("java.version"));
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(LINUX_PROCESSORS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElseGet(ThisMachine::architecture);
        } catch (IOException | UncheckedIOException e) {
            return architecture();
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch");
    }
}
