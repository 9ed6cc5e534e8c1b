package dev.rapid4j.internal.torch;

/** The types of a tensor's elements that can be computed with. */
public enum ElementType {
    FLOAT32(6, 4),
    FLOAT16(5, 2),
    BFLOAT16(15, 2);

    private final int code;
    private final int bytes;

    ElementType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** libtorch's number of it. */
    int code() {
        return code;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
