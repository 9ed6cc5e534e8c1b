package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.CacheType;
import picocli.CommandLine.Option;

/** What keys and values are kept in. */
final class CacheTypeOption {

    @Option(
            names = "--cache-type",
            defaultValue = "AUTO",
            description = "AUTO (as the model computes), FLOAT32, BFLOAT16 or FLOAT16")
    private CacheType type;

    CacheType type() {
        return type;
    }
}
