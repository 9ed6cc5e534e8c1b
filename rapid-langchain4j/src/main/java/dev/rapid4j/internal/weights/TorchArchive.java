package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The zip archive that {@code torch.save} writes, and where in the file the bytes of each entry lie. Its entries are
 * not compressed, so that they can be mapped into memory; an archive that torch would not write is refused.
 *
 * @param entries by their names below the one folder of the archive: {@code data.pkl}, {@code data/0}, …
 */
record TorchArchive(Path file, Map<String, Entry> entries) {

    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int CENTRAL_HEADER = 0x02014b50;
    private static final int CENTRAL_HEADER_BYTES = 46;
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LOCATOR_64_BYTES = 20;

    /** Flag: the local header leaves the sizes to a record behind the data. */
    private static final int SIZES_FOLLOW = 1 << 3;

    /** Flag: the name is UTF-8. */
    private static final int UTF_8 = 1 << 11;

    /** In the place of a number of 32 bits: it stands in the extra field, with 64. */
    private static final long IN_EXTRA_FIELD = 0xFFFF_FFFFL;

    private static final int EXTRA_64 = 1;

    /** More than any checkpoint has, at about 70 bytes an entry. */
    private static final long MAX_DIRECTORY = 16_000_000;

    /**
     * The bytes of one entry.
     *
     * @param offset from the start of the file
     */
    record Entry(long offset, long length) {}

    static TorchArchive read(Path file) {
        return FileBytes.open(file, channel -> new Parser(file, channel).parse());
    }

    private static final class Parser {

        private final Path file;
        private final FileChannel channel;
        private final long size;

        /** Where the central directory lies. */
        private record Directory(long start, long length, long entries) {

            long end() {
                return start + length;
            }
        }

        /** An entry as the central directory has it. */
        private record Listed(String name, int flags, long length, long header) {}

        Parser(Path file, FileChannel channel) throws IOException {
            this.file = file;
            this.channel = channel;
            this.size = channel.size();
        }

        TorchArchive parse() throws IOException {
            if (size < END_BYTES || bytes(0, Integer.BYTES).getInt() != LOCAL_HEADER) {
                throw new CheckpointException(
                        file + " is no archive of torch 1.6 or later; convert it to safetensors, or download it again");
            }
            Directory directory = directory();
            List<Listed> listed = list(directory);
            listed.sort(Comparator.comparingLong(Listed::header));
            String folder = listed.get(0).name();
            folder = folder.substring(0, folder.indexOf('/') + 1);
            Map<String, Entry> entries = new LinkedHashMap<>();
            long end = 0;
            for (Listed each : listed) {
                check(each.name().startsWith(folder), "its entries are not all in one folder");
                check(each.header() >= end, "its entries overlap");
                Entry entry = locate(each, directory.start());
                end = entry.offset() + entry.length();
                Entry other = entries.put(each.name().substring(folder.length()), entry);
                check(other == null, "two of its entries have the same name");
            }
            return new TorchArchive(file, entries);
        }

        private Directory directory() throws IOException {
            ByteBuffer end = bytes(size - END_BYTES, END_BYTES);
            check(end.getInt() == END && end.getShort(20) == 0, "it does not end with a directory");
            Directory directory = new Directory(
                    Integer.toUnsignedLong(end.getInt(16)),
                    Integer.toUnsignedLong(end.getInt(12)),
                    Short.toUnsignedLong(end.getShort(10)));
            long directoryEnd = size - END_BYTES;
            long locatorStart = directoryEnd - LOCATOR_64_BYTES;
            if (locatorStart > END_64_BYTES) {
                ByteBuffer locator = bytes(locatorStart, LOCATOR_64_BYTES);
                if (locator.getInt() == LOCATOR_64) {
                    directoryEnd = locatorStart - END_64_BYTES;
                    ByteBuffer end64 = bytes(directoryEnd, END_64_BYTES);
                    check(
                            locator.getLong(8) == directoryEnd && end64.getInt() == END_64,
                            "it does not end with a directory");
                    directory = new Directory(end64.getLong(48), end64.getLong(40), end64.getLong(32));
                }
            }
            check(
                    directory.start() >= 0
                            && directory.length() >= CENTRAL_HEADER_BYTES
                            && directory.length() <= MAX_DIRECTORY
                            && directory.end() == directoryEnd,
                    "its directory is not where it should be");
            return directory;
        }

        private List<Listed> list(Directory directory) throws IOException {
            ByteBuffer headers = bytes(directory.start(), (int) directory.length());
            List<Listed> listed = new ArrayList<>();
            while (headers.remaining() >= CENTRAL_HEADER_BYTES) {
                listed.add(listed(headers));
            }
            check(
                    !headers.hasRemaining() && listed.size() == directory.entries(),
                    "its directory has another number of entries than it should");
            return listed;
        }

        private Listed listed(ByteBuffer headers) {
            int start = headers.position();
            int flags = Short.toUnsignedInt(headers.getShort(start + 8));
            int nameLength = Short.toUnsignedInt(headers.getShort(start + 28));
            int extraLength = Short.toUnsignedInt(headers.getShort(start + 30));
            int commentLength = Short.toUnsignedInt(headers.getShort(start + 32));
            int end = start + CENTRAL_HEADER_BYTES + nameLength + extraLength + commentLength;
            check(headers.getInt(start) == CENTRAL_HEADER && end <= headers.limit(), "its directory is damaged");
            String name = name(headers, start + CENTRAL_HEADER_BYTES, nameLength);
            ByteBuffer extra = extra64(headers.slice(start + CENTRAL_HEADER_BYTES + nameLength, extraLength));
            long length = wide(headers.getInt(start + 24), extra);
            long compressed = wide(headers.getInt(start + 20), extra);
            long header = wide(headers.getInt(start + 42), extra);
            if ((flags & ~(SIZES_FOLLOW | UTF_8)) != 0 || headers.getShort(start + 10) != 0) {
                throw new CheckpointException(
                        file
                                + " is compressed or encrypted, which programs of TorchScript are but weights are not; take the weights as safetensors");
            }
            check(headers.getShort(start + 34) == 0 && length == compressed, "its directory is damaged");
            headers.position(end);
            return new Listed(name, flags, length, header);
        }

        /** The numbers of 64 bits among the extra fields of an entry; nothing if there are none. */
        private static ByteBuffer extra64(ByteBuffer extra) {
            extra.order(ByteOrder.LITTLE_ENDIAN);
            while (extra.remaining() >= 2 * Short.BYTES) {
                int id = extra.getShort();
                int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
                if (id == EXTRA_64) {
                    return extra.slice(extra.position(), length).order(extra.order());
                }
                extra.position(extra.position() + length);
            }
            return extra.limit(extra.position());
        }

        private long wide(int narrow, ByteBuffer extra) {
            long value = Integer.toUnsignedLong(narrow);
            if (value != IN_EXTRA_FIELD) {
                return value;
            }
            check(extra.remaining() >= Long.BYTES, "its directory is damaged");
            return extra.getLong();
        }

        /** The local header must agree with the directory, so that no two readers can see different archives. */
        private Entry locate(Listed listed, long limit) throws IOException {
            check(listed.header() <= limit - LOCAL_HEADER_BYTES, "its directory points outside the file");
            ByteBuffer header = bytes(listed.header(), LOCAL_HEADER_BYTES);
            int nameLength = Short.toUnsignedInt(header.getShort(26));
            long nameStart = listed.header() + LOCAL_HEADER_BYTES;
            long start = nameStart + nameLength + Short.toUnsignedInt(header.getShort(28));
            check(
                    start <= limit && listed.length() >= 0 && listed.length() <= limit - start,
                    "its directory points outside the file");
            check(
                    header.getInt() == LOCAL_HEADER
                            && Short.toUnsignedInt(header.getShort(6)) == listed.flags()
                            && header.getShort(8) == 0
                            && hasLength(header.getInt(18), listed)
                            && hasLength(header.getInt(22), listed)
                            && name(bytes(nameStart, nameLength), 0, nameLength).equals(listed.name()),
                    "its directory does not agree with its entries");
            return new Entry(start, listed.length());
        }

        private static boolean hasLength(int length, Listed listed) {
            return Integer.toUnsignedLong(length) == listed.length()
                    || Integer.toUnsignedLong(length) == IN_EXTRA_FIELD
                    || length == 0 && (listed.flags() & SIZES_FOLLOW) != 0;
        }

        private static String name(ByteBuffer buffer, int start, int length) {
            return new String(buffer.array(), start, length, StandardCharsets.UTF_8);
        }

        private ByteBuffer bytes(long position, int length) throws IOException {
            return FileBytes.read(channel, position, length);
        }

        private void check(boolean correct, String otherwise) {
            if (!correct) {
                throw new CheckpointException(
                        "%s is damaged or cut short (%s); download it again".formatted(file, otherwise));
            }
        }
    }
}
