package dev.rapid4j.checkpoint;

import java.io.Serial;

/** A checkpoint that cannot be used. The message names the file, the value and what to do about it. */
public class CheckpointException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
