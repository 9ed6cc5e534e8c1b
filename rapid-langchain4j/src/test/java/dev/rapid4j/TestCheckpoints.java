package dev.rapid4j;

import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The lighthouse model, and copies of it with something changed. */
final class TestCheckpoints {

    private TestCheckpoints() {}

    /** Makes a copy in a folder, one of whose files is changed. */
    static Path lighthouseWith(Path folder, String file, UnaryOperator<String> change) {
        try (Stream<Path> files = Files.list(LighthouseModel.directory())) {
            Files.createDirectories(folder);
            for (Path original : files.toList()) {
                Path copy = folder.resolve(original.getFileName());
                if (original.getFileName().toString().equals(file)) {
                    Files.writeString(copy, change.apply(Files.readString(original)));
                } else {
                    Files.copy(original, copy);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
