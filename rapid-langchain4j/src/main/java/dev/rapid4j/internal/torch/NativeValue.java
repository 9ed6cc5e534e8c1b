package dev.rapid4j.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.IValue;
import dev.rapid4j.TorchException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a program takes and returns: a tensor, a list of tensors, a tuple, or numbers. Tensors stay behind this handle;
 * what Java needs to read, programs return as lists of numbers. Thus no dtype that DJL's JNI layer lacks (it aborts the
 * JVM on bfloat16) can ever cross it.
 *
 * <p>Safe to use from several threads. Native memory is released by {@link #close()}, or, if a program is running with
 * this value at that moment, when that call returns.
 */
final class NativeValue implements AutoCloseable {

    private final IValue handle;
    private int users;
    private boolean closed;

    NativeValue(IValue handle) {
        this.handle = handle;
    }

    /** Keeps the native value alive until {@link #release()}. */
    synchronized IValue acquire() {
        if (closed) {
            throw new IllegalStateException("This tensor has been closed");
        }
        users++;
        return handle;
    }

    synchronized void release() {
        users--;
        if (closed && users == 0) {
            Torch.calls().free(handle::close);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (users == 0) {
                Torch.calls().free(handle::close);
            }
        }
    }

    /** @throws TorchException if the value is not an integer */
    public long toLong() {
        return read("an integer", IValue::isLong, IValue::toLong);
    }

    /** @throws TorchException if the value is neither true nor false */
    public boolean toBoolean() {
        return read("true or false", IValue::isBoolean, IValue::toBoolean);
    }

    /** @throws TorchException if the value is not a floating-point number */
    public double toDouble() {
        return read("a floating-point number", IValue::isDouble, IValue::toDouble);
    }

    /** @throws TorchException if the value is not a list of integers */
    public long[] toLongs() {
        return read("a list of integers", IValue::isLongList, IValue::toLongArray);
    }

    /** @throws TorchException if the value is not a list of floating-point numbers */
    public double[] toDoubles() {
        return read("a list of floating-point numbers", IValue::isDoubleList, IValue::toDoubleArray);
    }

    /**
     * The parts of a tuple, each to be closed by the caller.
     *
     * @throws TorchException if the value is not a tuple
     */
    public List<NativeValue> toTuple() {
        return read("a tuple", IValue::isTuple, value -> {
            List<NativeValue> parts = new ArrayList<>();
            for (IValue part : value.toIValueTuple()) {
                parts.add(new NativeValue(part));
            }
            return parts;
        });
    }

    private <T> T read(String expected, Predicate<IValue> isExpected, Function<IValue, T> conversion) {
        return Torch.calls().call(() -> convert(expected, isExpected, conversion));
    }

    private <T> T convert(String expected, Predicate<IValue> isExpected, Function<IValue, T> conversion) {
        IValue value = acquire();
        try {
            if (!isExpected.test(value)) {
                throw new TorchException("Expected " + expected + " but the value is of type " + value.getType());
            }
            return conversion.apply(value);
        } catch (EngineException e) {
            throw new TorchException(e.getMessage(), e);
        } finally {
            release();
        }
    }
}
