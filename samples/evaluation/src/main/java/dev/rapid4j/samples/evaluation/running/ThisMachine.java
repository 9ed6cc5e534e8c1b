package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.samples.evaluation.runs.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The machine this runs on. */
public final class ThisMachine implements ModelMachine {

    private static final Path LINUX_PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Path LINUX_PROCESS = Path.of("/proc/self/status");
    private static final Pattern PEAK_KILOBYTES = Pattern.compile("VmHWM:\\s*(\\d+) kB");

    @Override
    public String device(String asked) {
        return Devices.of(asked).toString();
    }

    @Override
    public WeightFormat weights(WeightFormat asked, String model, String device) {
        return asked == WeightFormat.AUTO
                ? LanguageModel.weights(asked, Evaluator.checkpoint(model), Devices.of(device))
                : asked;
    }

    public static Machine describe() {
        return new Machine(
                processor(),
                Runtime.getRuntime().availableProcessors(),
                Torch.threads(),
                System.getProperty("java.version"));
    }

    /** The most physical memory that this process has taken so far, on Linux. */
    public static Optional<Long> peakMemoryBytes() {
        try (Stream<String> lines = Files.lines(LINUX_PROCESS)) {
            return lines.map(PEAK_KILOBYTES::matcher)
                    .filter(Matcher::matches)
                    .map(matcher -> 1024 * Long.parseLong(matcher.group(1)))
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
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
