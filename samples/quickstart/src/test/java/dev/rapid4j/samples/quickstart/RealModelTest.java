package dev.rapid4j.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
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
    void thoseOfASizeAreTriedFromTheSmallestOn() throws IOException {
        Path chat = model("chat", true);
        Path larger = model("larger", true);
        Files.writeString(larger.resolve("README.md"), "more");
        Files.writeString(folder.resolve("broken.gguf"), "GGUF");
        long bytes = RealModel.in(folder)
                .filter(model -> model.path().equals(chat))
                .findFirst()
                .orElseThrow()
                .bytes();

        assertThat(RealModel.ofSize(RealModel.in(folder), 0, Long.MAX_VALUE))
                .extracting(RealModel::name)
                .containsExactly("broken.gguf", "chat", "larger");
        assertThat(RealModel.ofSize(RealModel.in(folder), bytes + 1, Long.MAX_VALUE))
                .extracting(RealModel::path)
                .containsExactly(larger);
        assertThat(RealModel.ofSize(RealModel.in(folder), 1024, bytes - 1)).isEmpty();
        assertThat(RealModel.in(folder.resolve("none"))).isEmpty();
    }

    @Test
    void whatCannotBeAskedIsPassedOver() throws IOException {
        Path chat = model("chat", true);
        model("base", false);
        Files.writeString(folder.resolve("broken.gguf"), "GGUF");
        List<RealModel> models = RealModel.ofSize(RealModel.in(folder), 0, Long.MAX_VALUE);

        assertThat(models).last().extracting(RealModel::path).isEqualTo(chat);
        try (RapidEngine engine = RealText.open(models).orElseThrow()) {
            assertThat(engine.status().target().name()).isEqualTo("chat");
        }
        assertThat(RealText.open(models.subList(0, 2))).isEmpty();
    }

    @Test
    void whatCannotBeReadIsPassedOver() throws IOException {
        Path chat = model("chat", true);
        Files.createSymbolicLink(folder.resolve("lost.gguf"), folder.resolve("nowhere"));
        Files.createSymbolicLink(folder.resolve("round"), Path.of("round"));
        // for the system's administrator it can be
        Set<PosixFilePermission> none = Set.of();
        Files.setPosixFilePermissions(Files.createDirectory(folder.resolve("locked")), none);

        assertThat(RealModel.ofSize(RealModel.in(folder), 1, Long.MAX_VALUE))
                .extracting(RealModel::path)
                .containsExactly(chat);
        assertThat(RealModel.in(chat.resolve("config.json"))).isEmpty();
    }
}
