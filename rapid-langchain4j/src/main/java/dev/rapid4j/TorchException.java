package dev.rapid4j;

/** The engine could not be started, or refused a call. The message is the operator's own. */
public class TorchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TorchException(String message) {
        super(message);
    }

    public TorchException(String message, Throwable cause) {
        super(message, cause);
    }
}
