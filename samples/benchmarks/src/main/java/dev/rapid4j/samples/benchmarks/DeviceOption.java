package dev.rapid4j.samples.benchmarks;

import picocli.CommandLine.Option;

/** Where to measure. */
final class DeviceOption {

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, cuda or cuda:N")
    private String name;

    String name() {
        return name;
    }
}
