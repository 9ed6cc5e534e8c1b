package dev.rapid4j.internal.gguf;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What stands in front of a GGUF file's weights, read from its start. No memory is taken for what the file lacks. */
final class GgufInput {

    /** Several times what the largest vocabularies take; all that is read counts. */
    static final long MAX_HEADER = 100_000_000;

    private static final int MAX_TEXT = 16_000_000;
    private static final int MAX_NAME = 1_000;
    private static final int MAX_ELEMENTS = 10_000_000;
    private static final int BUFFER_BYTES = 1 << 16;

    /** Keys and tensors are named in messages. */
    private static final Pattern NAME = Pattern.compile("[!-~]+");

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long position;

    GgufInput(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
    }

    /** Bytes of the file. */
    long size() {
        return size;
    }

    /** Bytes that have been read. */
    long position() {
        return position;
    }

    int int32() throws IOException {
        return next(Integer.BYTES).getInt();
    }

    long int64() throws IOException {
        return next(Long.BYTES).getLong();
    }

    /** A number of things, each of which takes bytes that must still be there. */
    int count(String what, long max, int bytesEach) throws IOException {
        long count = int64();
        if (count < 0 || count > max || count > (size - position) / bytesEach) {
            throw damaged("%s is given as %s, where there can be %,d"
                    .formatted(what, Long.toUnsignedString(count), Math.min(max, (size - position) / bytesEach)));
        }
        return (int) count;
    }

    /** The name of a key or a tensor. */
    String name() throws IOException {
        int length = count("the length of a name", MAX_NAME, 1);
        String name = new String(bytes(length), StandardCharsets.US_ASCII);
        if (!NAME.matcher(name).matches()) {
            throw damaged("a name has other characters than those of ASCII that can be seen");
        }
        return name;
    }

    /** A value with its type. */
    Value value(String key) throws IOException {
        ValueType type = type(key);
        if (type != ValueType.ARRAY) {
            return value(key, type, false, 1);
        }
        ValueType elements = type(key);
        if (elements == ValueType.ARRAY) {
            throw new CheckpointException(
                    "%s: %s is a list of lists, which no model of a known kind has; take another file of the model"
                            .formatted(file, key));
        }
        int count = count(
                "the number of elements of " + key,
                MAX_ELEMENTS,
                elements == ValueType.STRING ? Long.BYTES : elements.bytes);
        return value(key, elements, true, count);
    }

    private ValueType type(String key) throws IOException {
        int number = int32();
        if (number < 0 || number >= ValueType.values().length) {
            throw damaged("%s has the type %s, which the format does not have"
                    .formatted(key, Integer.toUnsignedString(number)));
        }
        return ValueType.values()[number];
    }

    private Value value(String key, ValueType type, boolean list, int count) throws IOException {
        if (type != ValueType.STRING) {
            byte[] numbers = bytes(count * type.bytes);
            return new Value(type, list, count, littleEndian(numbers), new int[0]);
        }
        byte[] texts = new byte[0];
        int[] ends = new int[count];
        int end = 0;
        for (int i = 0; i < count; i++) {
            int length = count("the length of a text of " + key, MAX_TEXT, 1);
            if (length > texts.length - end) {
                texts = Arrays.copyOf(texts, list ? Math.max(2 * texts.length, end + length) : length);
            }
            read(texts, end, length);
            end += length;
            ends[i] = end;
        }
        return new Value(type, list, count, littleEndian(texts), ends);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] bytes(int length) throws IOException {
        require(length);
        byte[] bytes = new byte[length];
        read(bytes, 0, length);
        return bytes;
    }

    private void read(byte[] bytes, int start, int length) throws IOException {
        require(length);
        for (int done = 0; done < length; ) {
            int piece = Math.min(BUFFER_BYTES, length - done);
            next(piece).get(bytes, start + done, piece);
            done += piece;
        }
    }

    /** The buffer, with at least so many bytes; at most {@link #BUFFER_BYTES}. */
    private ByteBuffer next(int length) throws IOException {
        require(length);
        if (buffer.remaining() < length) {
            buffer = FileBytes.read(channel, position, (int) Math.min(BUFFER_BYTES, size - position));
        }
        position += length;
        return buffer;
    }

    private void require(long length) {
        if (length > size - position) {
            throw damaged("it ends after %,d bytes, in the midst of what it says about the model".formatted(size));
        }
        if (length > MAX_HEADER - position) {
            throw damaged("what it says about the model takes more than %,d bytes".formatted(MAX_HEADER));
        }
    }

    CheckpointException damaged(String why) {
        return new CheckpointException("%s is damaged or cut short (%s); download it again".formatted(file, why));
    }
}
