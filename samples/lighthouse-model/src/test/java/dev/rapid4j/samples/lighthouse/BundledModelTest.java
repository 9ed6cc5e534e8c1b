package dev.rapid4j.samples.lighthouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundledModelTest {

    @TempDir
    Path cache;

    static List<BundledModel> models() {
        return List.of(LighthouseModel.BUNDLED, LighthouseEmbedding.BUNDLED);
    }

    @ParameterizedTest
    @MethodSource("models")
    void theFolderHoldsTheModel(BundledModel model) throws Exception {
        assertHolds(model, model.directory());
    }

    @ParameterizedTest
    @MethodSource("models")
    void extractionCopiesEveryFile(BundledModel model) throws Exception {
        assertHolds(model, model.extractInto(cache));
    }

    @Test
    void extractingTwiceGivesTheSameUntouchedFolder() throws Exception {
        Path first = LighthouseModel.BUNDLED.extractInto(cache);
        Path weights = first.resolve("model.safetensors");
        FileTime longAgo = FileTime.fromMillis(0);
        Files.setLastModifiedTime(weights, longAgo);

        assertThat(LighthouseModel.BUNDLED.extractInto(cache)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(weights)).isEqualTo(longAgo);
    }

    @Test
    void aDamagedFileIsReplaced() throws Exception {
        Path weights = LighthouseModel.BUNDLED.extractInto(cache).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length / 2] ^= 1;
        Files.write(weights, bytes);

        assertHolds(LighthouseModel.BUNDLED, LighthouseModel.BUNDLED.extractInto(cache));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1_Pooling"})
    @DisabledOnOs(OS.WINDOWS)
    void aFolderThatOthersCanWriteIsNotUsed(String folder) throws Exception {
        Path open = LighthouseEmbedding.BUNDLED.extractInto(cache).resolve(folder);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatIOException()
                .isThrownBy(() -> LighthouseEmbedding.BUNDLED.extractInto(cache))
                .withMessageContaining("other users");
    }

    private static void assertHolds(BundledModel model, Path folder) throws IOException {
        try (Stream<Path> contents = Files.walk(folder)) {
            assertThat(contents.filter(Files::isRegularFile))
                    .containsExactlyInAnyOrderElementsOf(
                            model.files().stream().map(folder::resolve).toList());
        }
        assertThat(model.files())
                .allSatisfy(file -> assertThat(folder.resolve(file))
                        .hasSameBinaryContentAs(model.directory().resolve(file)));
    }
}
