package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufNamesTest {

    /** Were all parts listed for each of them, this would take an hour. */
    @Test
    void filesThatTellOfManyPartsAreOneModel() {
        List<String> files = IntStream.rangeClosed(1, 20_000)
                .mapToObj("model-%05d-of-99999.gguf"::formatted)
                .toList();
        assertThat(GgufNames.among(files).whole()).containsExactly("model-00001-of-99999.gguf");
    }

    @Test
    void aFolderThatIsALinkHoldsWhatItsTargetHolds(@TempDir Path parent) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("folder"));
        Files.createFile(folder.resolve("model.gguf"));
        Files.createFile(Files.createDirectory(folder.resolve("deeper")).resolve("other.gguf"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), folder);
        assertThat(GgufNames.in(link, 1).whole()).containsExactly("model.gguf");
        assertThat(GgufNames.in(link, 2).whole()).containsExactly("deeper/other.gguf", "model.gguf");
        assertThat(GgufNames.in(parent.resolve("none"), 1).whole()).isEmpty();
    }
}
