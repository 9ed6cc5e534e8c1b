package dev.rapid4j.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealModelTest {

    @TempDir
    private Path folder;

    private Path model(String name, boolean chats) throws IOException {
        Path model = Files.createDirectory(folder.resolve(name));
        for (String file : List.of("config.json", "generation_config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(LighthouseModel.directory().resolve(file), model.resolve(file));
        }
        String tokenizer = Files.readString(LighthouseModel.directory().resolve("tokenizer_config.json"));
        Files.writeString(
                model.resolve("tokenizer_config.json"),
                chats ? tokenizer : tokenizer.replace("\"chat_template\"", "\"no_template\""));
        return model;
    }

    @Test
    void theSmallestThatIsLargeEnoughAndForChatsIsTaken() throws IOException {
        Path chat = model("chat", true);
        Path larger = model("larger", true);
        Files.writeString(larger.resolve("README.md"), "more");
        model("base", false);
        Files.writeString(folder.resolve("broken.gguf"), "GGUF");
        long bytes = RealModel.in(folder)
                .filter(model -> model.path().equals(chat))
                .findFirst()
                .orElseThrow()
                .bytes();

        assertThat(RealModel.smallest(RealModel.in(folder), 0, Long.MAX_VALUE)).hasValueSatisfying(model -> {
            assertThat(model.path()).isEqualTo(chat);
            assertThat(model.name()).isEqualTo("chat");
        });
        assertThat(RealModel.smallest(RealModel.in(folder), bytes + 1, Long.MAX_VALUE))
                .hasValueSatisfying(model -> assertThat(model.path()).isEqualTo(larger));
        assertThat(RealModel.smallest(RealModel.in(folder), 0, bytes - 1)).isEmpty();
        assertThat(RealModel.smallest(
                        Stream.concat(RealModel.in(folder.resolve("none")), RealModel.in(folder.resolve("base"))),
                        0,
                        Long.MAX_VALUE))
                .isEmpty();
    }

    @Test
    void whatCannotBeReadIsPassedOver() throws IOException {
        Path chat = model("chat", true);
        Files.createSymbolicLink(folder.resolve("lost.gguf"), folder.resolve("nowhere"));
        Files.createSymbolicLink(folder.resolve("round"), Path.of("round"));
        // for the system's administrator it can be
        Set<PosixFilePermission> none = Set.of();
        Files.setPosixFilePermissions(Files.createDirectory(folder.resolve("locked")), none);

        assertThat(RealModel.smallest(RealModel.in(folder), 1, Long.MAX_VALUE))
                .hasValueSatisfying(model -> assertThat(model.path()).isEqualTo(chat));
        assertThat(RealModel.in(chat.resolve("config.json"))).isEmpty();
    }
}
