package dev.rapid4j.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files for tests, wrong ones as well. */
public final class GgufWriter {

    private static final int ALIGNMENT = 32;

    private final int version;
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<NewTensor> tensors = new ArrayList<>();

    /** @param type ggml's number: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0, 12 Q4_K, 30 BF16, … */
    private record NewTensor(String name, int type, byte[] data, long[] shape) {}

    public GgufWriter(int version) {
        this.version = version;
    }

    /** Of version 3. */
    public GgufWriter() {
        this(3);
    }

    /**
     * Sets a key.
     *
     * @param value a {@code String}, {@code Boolean}, {@code Integer} (UINT32), {@code Long} (INT64), {@code Short}
     *     (UINT16), {@code Byte} (INT8), {@code Float}, {@code Double}, or a {@code List} of one of them
     *     ({@code Integer} there being INT32)
     */
    public GgufWriter set(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    /** @param shape outermost first */
    public GgufWriter tensor(String name, int type, byte[] data, long... shape) {
        tensors.add(new NewTensor(name, type, data, shape));
        return this;
    }

    /** A tensor of type F32. */
    public GgufWriter tensor(String name, float[] values, long... shape) {
        ByteBuffer data = littleEndian(values.length * Float.BYTES);
        data.asFloatBuffer().put(values);
        return tensor(name, 0, data.array(), shape);
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(int32(version));
        out.writeBytes(int64(tensors.size()));
        out.writeBytes(int64(metadata.size()));
        metadata.forEach((key, value) -> {
            text(out, key);
            if (value instanceof List<?> list) {
                out.writeBytes(int32(9));
                out.writeBytes(int32(list.isEmpty() ? 4 : type(list.get(0), true)));
                out.writeBytes(int64(list.size()));
                list.forEach(element -> value(out, element));
            } else {
                out.writeBytes(int32(type(value, false)));
                value(out, value);
            }
        });
        long offset = 0;
        for (NewTensor tensor : tensors) {
            text(out, tensor.name());
            out.writeBytes(int32(tensor.shape().length));
            for (int i = tensor.shape().length - 1; i >= 0; i--) {
                out.writeBytes(int64(tensor.shape()[i]));
            }
            out.writeBytes(int32(tensor.type()));
            out.writeBytes(int64(offset));
            offset += padded(tensor.data().length);
        }
        for (NewTensor tensor : tensors) {
            out.writeBytes(new byte[(int) (padded(out.size()) - out.size())]);
            out.writeBytes(tensor.data());
        }
        return out.toByteArray();
    }

    private static long padded(long size) {
        return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static int type(Object value, boolean inList) {
        if (value instanceof Byte) {
            return 1;
        } else if (value instanceof Short) {
            return 2;
        } else if (value instanceof Integer) {
            return inList ? 5 : 4;
        } else if (value instanceof Float) {
            return 6;
        } else if (value instanceof Boolean) {
            return 7;
        } else if (value instanceof String) {
            return 8;
        } else if (value instanceof Long) {
            return 11;
        } else if (value instanceof Double) {
            return 12;
        }
        throw new IllegalArgumentException("GGUF has no " + value);
    }

    private static void value(ByteArrayOutputStream out, Object value) {
        if (value instanceof String text) {
            text(out, text);
        } else if (value instanceof Byte || value instanceof Boolean) {
            out.write(value instanceof Byte number ? number : (Boolean) value ? 1 : 0);
        } else if (value instanceof Short number) {
            out.writeBytes(littleEndian(Short.BYTES).putShort(number).array());
        } else if (value instanceof Integer number) {
            out.writeBytes(int32(number));
        } else if (value instanceof Float number) {
            out.writeBytes(int32(Float.floatToRawIntBits(number)));
        } else {
            out.writeBytes(int64(value instanceof Double number ? Double.doubleToRawLongBits(number) : (Long) value));
        }
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(int64(bytes.length));
        out.writeBytes(bytes);
    }

    private static byte[] int32(int number) {
        return littleEndian(Integer.BYTES).putInt(number).array();
    }

    private static byte[] int64(long number) {
        return littleEndian(Long.BYTES).putLong(number).array();
    }

    private static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
