package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What the processor does in hardware, as far as the system and libtorch tell. */
public final class Processor {

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /** {@code flags} on x86, {@code Features} on Arm; all cores have the same. */
    private static final Pattern FEATURES = Pattern.compile("(?m)^(?:flags|Features)\\s*:(.*)$");

    private static final Pattern BFLOAT16 = Pattern.compile("avx512_bf16|amx_bf16|bf16");

    private Processor() {}

    /**
     * Whether it multiplies bfloat16 numbers, and libtorch has it do so. False where that cannot be known: on Windows,
     * which does not tell, and on macOS, for which libtorch comes without the library (oneDNN) that would use it.
     */
    public static boolean multipliesBfloat16() {
        return multipliesBfloat16(cpuinfo()) && libtorchDoes();
    }

    static boolean multipliesBfloat16(String cpuinfo) {
        return FEATURES.matcher(cpuinfo)
                .results()
                .findFirst()
                .map(features ->
                        Arrays.stream(features.group(1).strip().split("\\s+")).anyMatch(BFLOAT16.asMatchPredicate()))
                .orElse(false);
    }

    private static String cpuinfo() {
        try {
            return Files.isReadable(CPUINFO) ? Files.readString(CPUINFO) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Which ONEDNN_MAX_CPU_ISA may forbid. */
    private static boolean libtorchDoes() {
        try (NativeValue kernels = ScriptModule.load("Processor").run("has_bfloat16_kernels")) {
            return kernels.toLong() == 1;
        } catch (TorchException e) {
            // a libtorch that was built without oneDNN does not know the operator
            return false;
        }
    }
}
