package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.hub.HubFiles;
import picocli.CommandLine.Option;

/** A model of the user's. */
final class ModelOption {

    @Option(
            names = "--model",
            required = true,
            description = "a folder, a GGUF file, ollama:NAME, or an id of the Hugging Face hub")
    private String name;

    String name() {
        return name;
    }

    Checkpoint open() {
        return Checkpoint.open(name, HubFiles.fromEnvironment());
    }
}
