package dev.rapid4j.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Published models, as GGUF files of the folder that {@code RAPID_MODELS} names, which {@code .ci/with-models} fills. A
 * test that asks for one that is not there is skipped.
 */
public final class RealModels {

    private static final String FOLDER = "RAPID_MODELS";

    private RealModels() {}

    /** SmolLM2-135M-Instruct: a Llama with head and embedding in one, 49,152 tokens, in Q4_1. */
    public static Path smolLm2() {
        return file("SmolLM2-135M-Instruct-Q4_1.gguf");
    }

    /** Qwen2.5-Coder-0.5B-Instruct: Qwen2, 151,936 tokens, in Q4_K_M. */
    public static Path qwenCoder() {
        return file("Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf");
    }

    /** Gemma 3 270M, which has learned no chat: 262,144 tokens, windows of 512, in Q4_K_M. */
    public static Path gemma3() {
        return file("gemma-3-270m-Q4_K_M.gguf");
    }

    private static Path file(String name) {
        String folder = System.getenv(FOLDER);
        assumeTrue(folder != null, "no real models: run the build by .ci/with-models, which sets " + FOLDER);
        Path file = Path.of(folder, name);
        assumeTrue(
                Files.exists(file),
                "%s is not in the folder that %s names: run the build by .ci/with-models".formatted(name, FOLDER));
        return file;
    }
}
