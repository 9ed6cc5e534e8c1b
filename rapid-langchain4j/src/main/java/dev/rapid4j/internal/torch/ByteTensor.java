package dev.rapid4j.internal.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;

/** Memory outside the heap as a program sees it: a tensor of its bytes, in which it reads and writes. */
public final class ByteTensor extends Handle {

    /** Whose memory the tensor is; alive as long as this. */
    private final ByteBuffer memory;

    private ByteTensor(NativeValue value, ByteBuffer memory) {
        super(value);
        this.memory = memory;
    }

    /**
     * The bytes from a buffer's position up to its limit, not copied; closed by the caller.
     *
     * @throws IllegalArgumentException if the buffer is in the heap
     */
    public static ByteTensor over(ByteBuffer memory) {
        if (!memory.isDirect()) {
            throw new IllegalArgumentException("Only memory outside the heap stays where it is");
        }
        ByteBuffer bytes = memory.slice();
        return Torch.calls().call(() -> {
            try (PtNDManager manager = (PtNDManager) Torch.engine().newBaseManager(ai.djl.Device.cpu());
                    PtNDArray tensor = manager.create(bytes, new Shape(bytes.remaining()), DataType.UINT8)) {
                return new ByteTensor(new NativeValue(IValue.from(tensor)), bytes);
            }
        });
    }

    /** Bytes it has. */
    public int length() {
        return memory.remaining();
    }
}
