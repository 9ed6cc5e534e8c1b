package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Copies of checkpoints with something changed. */
final class EditedFiles {

    private EditedFiles() {}

    static void copyGolden(String name, Path folder) throws IOException {
        try (Stream<Path> files = Files.list(Golden.path(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    static void edit(Path file, Consumer<ObjectNode> change) throws IOException {
        edit(file, file, change);
    }

    static void edit(Path source, Path target, Consumer<ObjectNode> change) throws IOException {
        JsonNode json = JsonFile.MAPPER.readTree(source.toFile());
        change.accept((ObjectNode) json);
        Files.write(target, JsonFile.MAPPER.writeValueAsBytes(json));
    }

    /** JSON with apostrophes for quotes. */
    static JsonNode json(String json) {
        try {
            return JsonFile.MAPPER.readTree(json.replace('\'', '"'));
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
