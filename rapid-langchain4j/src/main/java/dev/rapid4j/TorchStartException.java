package dev.rapid4j;

/** The engine could not be started, most often for want of its native library. */
public final class TorchStartException extends TorchException {

    private static final long serialVersionUID = 1L;

    public TorchStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
