package dev.rapid4j.internal.torch;

/**
 * Something in the engine's memory that a program has made and takes back. Safe to use from several threads; used after
 * it has been closed it throws an {@link IllegalStateException}.
 */
public abstract sealed class Handle implements AutoCloseable
        permits ByteTensor,
                DecoderProgram.Model,
                DecoderProgram.Cache,
                DecoderProgram.Draft,
                EncoderProgram.Model,
                EncoderProgram.Vectors,
                WeightsProgram.Rounded,
                WeightsProgram.MappedFile,
                WeightsProgram.Table {

    private final NativeValue value;

    Handle(NativeValue value) {
        this.value = value;
    }

    NativeValue value() {
        return value;
    }

    @Override
    public void close() {
        value.close();
    }
}
