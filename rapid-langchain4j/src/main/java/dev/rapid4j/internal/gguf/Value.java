package dev.rapid4j.internal.gguf;

import dev.rapid4j.internal.json.JsonFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One value of the metadata, in the bytes that it has in the file: a vocabulary's texts take no more than that, and one
 * {@code int} each.
 *
 * @param type of the value, or of the elements of a list
 * @param list whether it is one, of any length
 * @param count elements of a list, else 1
 * @param bytes of all, little-endian; the texts one behind the other
 * @param ends where each text ends in the bytes; empty for numbers
 */
record Value(ValueType type, boolean list, int count, ByteBuffer bytes, int[] ends) {

    boolean isText() {
        return type == ValueType.STRING;
    }

    boolean isNumber() {
        return type.isInteger() || type.isFloat();
    }

    long integer(int index) {
        return type.integer(bytes, index);
    }

    double number(int index) {
        return type.number(bytes, index);
    }

    String text(int index) {
        int start = start(index);
        return new String(bytes.array(), start, ends[index] - start, StandardCharsets.UTF_8);
    }

    /** Whether a text is UTF-8 and so comes back as it was written. */
    boolean isUnicode(int index) {
        String text = text(index);
        return text.indexOf('\uFFFD') < 0
                || Arrays.equals(
                        text.getBytes(StandardCharsets.UTF_8),
                        Arrays.copyOfRange(bytes.array(), start(index), ends[index]));
    }

    private int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    /** For messages, fit for a log: what is quoted was written by a stranger. */
    @Override
    public String toString() {
        String of = type.name().toLowerCase(Locale.ROOT);
        if (list) {
            return "a list of %,d of type %s".formatted(count, of);
        }
        if (isText()) {
            return '"' + JsonFile.abbreviate(text(0).replaceAll("[^ -~]", "?")) + '"';
        }
        if (type.isInteger()) {
            return type == ValueType.UINT64 ? Long.toUnsignedString(integer(0)) : Long.toString(integer(0));
        }
        return type.isFloat() ? Double.toString(number(0)) : "a value of type " + of;
    }
}
