package dev.rapid4j.internal.diskcache;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;

/**
 * The bytes of a file, numbers in little-endian order: magic and version, kind, length of the label, length of the
 * content, key, parent, label, CRC32C of the content, CRC32C of all before it, content. Files are read, never mapped:
 * one that is cut short while it is mapped would end the JVM.
 */
final class FileFormat {

    /** {@code RAPIDC} and the version of this format. */
    private static final long MAGIC = 0x0001_4344_4950_4152L;

    private static final int BEFORE_LABEL = 3 * Long.BYTES + 2 * Key.BYTES;
    private static final int BEHIND_LABEL = 2 * Integer.BYTES;

    private static final int LONGEST_LABEL = 1 << 16;

    /** A header, and what it says of the content. */
    record Described(Header header, long length, int checksum, int at) {}

    private FileFormat() {}

    static long size(Header header, long length) {
        return BEFORE_LABEL + header.label().length + BEHIND_LABEL + length;
    }

    static void write(FileChannel file, Header header, ByteBuffer content) throws IOException {
        ByteBuffer head = buffer((int) size(header, 0))
                .putLong(MAGIC)
                .putInt(header.kind().ordinal())
                .putInt(header.label().length)
                .putLong(content.remaining())
                .put(header.key().bytes())
                .put(header.parent().bytes())
                .put(header.label())
                .putInt(checksum(content.duplicate()));
        head.putInt(checksum(head.duplicate().flip())).flip();
        writeAll(file, head);
        writeAll(file, content.duplicate());
    }

    private static void writeAll(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /** Empty if the file is not what it should be. */
    static Optional<ByteBuffer> read(FileChannel file, Header expected, LongFunction<ByteBuffer> allocate)
            throws IOException {
        Optional<Described> described =
                readHeader(file).filter(found -> found.header().equals(expected));
        if (described.isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer content = allocate.apply(described.get().length());
        if (content == null) {
            return Optional.empty();
        }
        readFully(file, described.get().at(), content);
        content.flip();
        return checksum(content.duplicate()) == described.get().checksum() ? Optional.of(content) : Optional.empty();
    }

    /** Empty if there is none, or the file has another length than it says. */
    static Optional<Described> readHeader(FileChannel file) throws IOException {
        long size = file.size();
        if (size < BEFORE_LABEL + BEHIND_LABEL) {
            return Optional.empty();
        }
        ByteBuffer first = buffer(2 * Long.BYTES);
        readFully(file, 0, first);
        first.flip();
        boolean known = first.getLong() == MAGIC;
        int kind = first.getInt();
        int label = first.getInt();
        if (!known
                || kind < 0
                || kind >= Header.Kind.values().length
                || label < 0
                || label > LONGEST_LABEL
                || size < BEFORE_LABEL + label + BEHIND_LABEL) {
            return Optional.empty();
        }
        int headLength = BEFORE_LABEL + label + BEHIND_LABEL;
        ByteBuffer head = buffer(headLength);
        readFully(file, 0, head);
        head.flip();
        long length = head.position(2 * Long.BYTES).getLong();
        Key key = Key.read(head);
        Key parent = Key.read(head);
        byte[] labelBytes = new byte[label];
        head.get(labelBytes);
        int contentChecksum = head.getInt();
        int headChecksum = head.getInt();
        if (length != size - headLength
                || headChecksum != checksum(head.duplicate().rewind().limit(headLength - Integer.BYTES))) {
            return Optional.empty();
        }
        Header header = new Header(Header.Kind.values()[kind], key, parent, labelBytes);
        return Optional.of(new Described(header, length, contentChecksum, headLength));
    }

    private static void readFully(FileChannel file, long position, ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining()) {
            if (file.read(into, position + into.position() - start) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }
}
