package dev.rapid4j.internal.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes archives as torch.save does, and such as it never would. Pickles are texts of one byte a character. */
public final class TorchFile {

    final Map<String, byte[]> entries = new LinkedHashMap<>();
    int method = ZipEntry.STORED;

    /** One storage of eight floats, and a pickle. */
    public static TorchFile of(String pickle) {
        TorchFile file = new TorchFile();
        file.entries.put("weights/data.pkl", bytes(pickle));
        file.entries.put("weights/byteorder", bytes("little"));
        file.entries.put("weights/data/0", new byte[32]);
        return file;
    }

    /** A state dictionary with one tensor, {@code w}. */
    public static String dictionary(String tensor) {
        return "\u0080\u0002}" + text("w") + tensor + "s.";
    }

    static String tensor(String storage, int offset, String shape, String strides) {
        return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + shape + strides + "\u0089}tR";
    }

    static String storage(String type, String key, int elements) {
        return "(" + text("storage") + "c" + type + "\n" + text(key) + text("cpu") + number(elements) + "tQ";
    }

    static String tuple(int... numbers) {
        StringBuilder tuple = new StringBuilder("(");
        for (int number : numbers) {
            tuple.append(number(number));
        }
        return tuple.append('t').toString();
    }

    static String text(String text) {
        return "X" + littleEndian(text.length()) + text;
    }

    private static String number(int number) {
        return "J" + littleEndian(number);
    }

    static String littleEndian(int number) {
        return "" + (char) (number & 0xFF) + (char) (number >>> 8 & 0xFF) + (char) (number >>> 16 & 0xFF)
                + (char) (number >>> 24);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public Path write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry header = new ZipEntry(entry.getKey());
                header.setMethod(method);
                header.setSize(entry.getValue().length);
                CRC32 checksum = new CRC32();
                checksum.update(entry.getValue());
                header.setCrc(checksum.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
            }
        }
        return file;
    }
}
