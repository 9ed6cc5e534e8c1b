package dev.rapid4j.samples.lighthouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LighthouseModelTest {

    @TempDir
    Path cache;

    @Test
    void theFolderHoldsTheCheckpoint() {
        assertHoldsCheckpoint(LighthouseModel.directory());
    }

    @Test
    void extractionCopiesEveryFile() throws Exception {
        assertHoldsCheckpoint(LighthouseModel.extractInto(cache));
    }

    @Test
    void extractingTwiceGivesTheSameUntouchedFolder() throws Exception {
        Path first = LighthouseModel.extractInto(cache);
        Path weights = first.resolve("model.safetensors");
        FileTime longAgo = FileTime.fromMillis(0);
        Files.setLastModifiedTime(weights, longAgo);

        assertThat(LighthouseModel.extractInto(cache)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(weights)).isEqualTo(longAgo);
    }

    @Test
    void aDamagedFileIsReplaced() throws Exception {
        Path weights = LighthouseModel.extractInto(cache).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length / 2] ^= 1;
        Files.write(weights, bytes);

        assertHoldsCheckpoint(LighthouseModel.extractInto(cache));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFolderThatOthersCanWriteIsNotUsed() throws Exception {
        Path folder = LighthouseModel.extractInto(cache);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatIOException()
                .isThrownBy(() -> LighthouseModel.extractInto(cache))
                .withMessageContaining("other users");
    }

    private static void assertHoldsCheckpoint(Path folder) {
        assertThat(folder.toFile().list()).containsExactlyInAnyOrderElementsOf(LighthouseModel.FILES);
        assertThat(LighthouseModel.FILES)
                .allSatisfy(file -> assertThat(folder.resolve(file))
                        .hasBinaryContent(LighthouseModel.class
                                .getResourceAsStream("checkpoint/" + file)
                                .readAllBytes()));
    }
}
