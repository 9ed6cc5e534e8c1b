package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.TorchArchive.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * The tensors of a {@code .bin} or {@code .pt} file that holds a state dictionary as {@code torch.save} writes it: a
 * {@linkplain TorchArchive zip archive} of the tensors' bytes and a pickle that says which is which. Reading it runs
 * nothing (see {@link StateUnpickler}), and the bytes of the tensors stay where they are.
 */
public final class StateDictionary {

    private static final String PICKLE = "data.pkl";
    private static final String BYTE_ORDER = "byteorder";

    /** Forty thousand tensors' worth. */
    private static final long MAX_PICKLE = 8_000_000;

    private StateDictionary() {}

    /**
     * All tensors of a file by name, whatever their type.
     *
     * @throws CheckpointException if it is missing, damaged, in a form that torch no longer writes, or holds anything
     *     but tensors
     */
    public static Map<String, Tensor> read(Path file) {
        TorchArchive archive = TorchArchive.read(file);
        Entry pickle = archive.entries().get(PICKLE);
        if (pickle == null || pickle.length() > MAX_PICKLE) {
            throw new CheckpointException("%s holds no state dictionary of torch (%s is %s); download it again"
                    .formatted(
                            file,
                            PICKLE,
                            pickle == null ? "missing" : "given as %,d bytes".formatted(pickle.length())));
        }
        return FileBytes.open(file, channel -> {
            Entry order = archive.entries().get(BYTE_ORDER);
            if (order != null
                    && !isLittle(FileBytes.read(channel, order.offset(), (int) Math.min(order.length(), 16))
                            .array())) {
                throw new CheckpointException(
                        file + " was written on a machine that is not little-endian; convert it to safetensors");
            }
            return read(
                    archive,
                    FileBytes.read(channel, pickle.offset(), (int) pickle.length())
                            .array());
        });
    }

    private static boolean isLittle(byte[] byteOrder) {
        return new String(byteOrder, StandardCharsets.US_ASCII).equals("little");
    }

    public static Map<String, Tensor> read(TorchArchive archive, byte[] pickle) {
        try {
            return new StateUnpickler(archive).tensors(pickle);
        } catch (CheckpointException e) {
            throw e;
        } catch (RuntimeException | IOException e) {
            // the library's way of refusing what is out of place: casts and indexes that fail
            throw new CheckpointException(
                    "%s: %s is damaged (%s); download it again".formatted(archive.file(), PICKLE, e), e);
        }
    }
}
