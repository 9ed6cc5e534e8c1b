package dev.rapid4j.internal.gguf;

import java.nio.ByteBuffer;

/** The types of GGUF's metadata, in the order of their numbers. */
enum ValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    /** Bytes of one value; 0 where they differ. */
    final int bytes;

    ValueType(int bytes) {
        this.bytes = bytes;
    }

    boolean isInteger() {
        return this != BOOL && bytes > 0 && !isFloat();
    }

    boolean isFloat() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /** An integer, or the number behind a flag; an unsigned one of 64 bits that is too large comes out negative. */
    long integer(ByteBuffer values, int index) {
        int at = index * bytes;
        return switch (this) {
            case UINT8, BOOL -> Byte.toUnsignedLong(values.get(at));
            case INT8 -> values.get(at);
            case UINT16 -> Short.toUnsignedLong(values.getShort(at));
            case INT16 -> values.getShort(at);
            case UINT32 -> Integer.toUnsignedLong(values.getInt(at));
            case INT32 -> values.getInt(at);
            case UINT64, INT64 -> values.getLong(at);
            case FLOAT32, FLOAT64, STRING, ARRAY -> throw new IllegalStateException(this + " is no integer");
        };
    }

    double number(ByteBuffer values, int index) {
        return switch (this) {
            case FLOAT32 -> values.getFloat(index * bytes);
            case FLOAT64 -> values.getDouble(index * bytes);
            default -> integer(values, index);
        };
    }
}
