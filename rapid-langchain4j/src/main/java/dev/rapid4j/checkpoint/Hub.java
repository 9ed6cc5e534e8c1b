package dev.rapid4j.checkpoint;

import java.nio.file.Path;

/** Where checkpoints come from when they are not a folder. */
public final class Hub {

    private Hub() {}

    /** The hub and the cache that the environment variables of huggingface_hub name. */
    public static Hub fromEnvironment() {
        return new Hub();
    }

    Path fetch(ModelId id) {
        throw new CheckpointException(id + " is not a folder");
    }
}
