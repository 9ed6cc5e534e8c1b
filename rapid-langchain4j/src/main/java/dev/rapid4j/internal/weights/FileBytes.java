package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads pieces of a checkpoint's binary files. */
public final class FileBytes {

    private FileBytes() {}

    /** What is made of an open file. */
    @FunctionalInterface
    public interface Reader<T> {
        public T read(FileChannel channel) throws IOException;
    }

    /** @throws CheckpointException if there is no such file, or reading it fails */
    public static <T> T open(Path file, Reader<T> reader) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " is missing; download the checkpoint again");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return reader.read(channel);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }

    /** Bytes of a file, to be read as little-endian numbers. */
    public static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file ends after " + channel.size() + " bytes");
            }
        }
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }
}
