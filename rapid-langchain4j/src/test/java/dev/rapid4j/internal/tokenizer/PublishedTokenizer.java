package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A {@code tokenizer.json} as the native library itself reads it, not guarded, to compare with. */
final class PublishedTokenizer {

    private PublishedTokenizer() {}

    /** Without truncation and padding. */
    static NativeTokenizer open(Path file) {
        return new NativeTokenizer(json(file));
    }

    static String json(Path file) {
        try {
            ObjectNode json = (ObjectNode) JsonFile.MAPPER.readTree(file.toFile());
            return json.putNull("truncation").putNull("padding").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
