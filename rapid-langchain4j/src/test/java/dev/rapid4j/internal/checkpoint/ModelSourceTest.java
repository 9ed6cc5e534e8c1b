package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.ollama.OllamaStore;
import dev.rapid4j.internal.ollama.StoreFolder;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.testing.GgufWriter;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSourceTest {

    private static final Path GGUF = Golden.path("gguf");
    private static final String MIXED = "llama3-tiny-mixed.gguf";
    private static final String SPLIT = "qwen3-tiny-F32-0000%d-of-00003.gguf";

    private static final int MUTATIONS = Integer.getInteger("rapid.mutations", 300);

    @TempDir
    Path folder;

    @Test
    void aGgufFileIsAllOfACheckpoint() {
        Checkpoint gguf = open(GGUF.resolve(MIXED).toString());
        assertThat(gguf.name()).isEqualTo("llama3-tiny-mixed");
        assertThat(gguf.path()).isEqualTo(GGUF.resolve(MIXED)).isAbsolute();
        assertThat(gguf.endTokens()).contains(2);
        assertThat(gguf.chatTemplate()).get().satisfies(template -> {
            assertThat(template.file()).isEqualTo(gguf.path());
            assertThat(template.text()).contains("<|im_start|>");
            assertThat(template.specialTokens()).containsEntry("eos_token", "<|im_end|>");
        });
        List<TextSpan> prompt = List.of(
                new TextSpan("<|im_start|>user\n", true),
                new TextSpan("What does <|im_end|> cost in 2024?", false),
                new TextSpan("<|im_end|>\n", true));
        try (Tokenizer tokenizer = gguf.openTokenizer();
                Tokenizer published = Golden.checkpoint("llama3-tiny").openTokenizer()) {
            assertThat(tokenizer.encode(prompt)).containsExactly(published.encode(prompt));
            assertThat(tokenizer.hasSameVocabulary(published)).isTrue();
        }
    }

    @Test
    void aFolderWithoutAModelIsToldWhatItMayHold() {
        assertThatThrownBy(() -> open(folder.toString()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("config.json is missing", "or a GGUF model");
    }

    @Test
    void aFolderMayHoldOneGgufModel() throws IOException {
        copy(SPLIT.formatted(1), SPLIT.formatted(2), SPLIT.formatted(3));
        Files.write(folder.resolve("mmproj-F16.gguf"), new byte[3]);
        Files.write(folder.resolve("config.json"), new byte[3]);
        Checkpoint checkpoint = open(folder.toString());
        assertThat(checkpoint.name()).isEqualTo(folder.getFileName().toString());
        assertThat(checkpoint.weights()).containsKeys("model.embed_tokens.weight", "lm_head.weight");
        assertThat(open(folder.resolve(SPLIT.formatted(2)).toString()).name()).isEqualTo("qwen3-tiny-F32");
        Files.delete(folder.resolve(SPLIT.formatted(3)));
        assertRefused(folder.toString(), "qwen3-tiny-F32-00003-of-00003.gguf is missing");
    }

    @Test
    void aFolderWithSeveralGgufModelsIsRefusedWithTheirNames() throws IOException {
        copy(MIXED, "mistral-tiny-F16.gguf");
        assertRefused(folder.toString(), "several GGUF models: " + MIXED + ", mistral-tiny-F16.gguf", "give the file");
    }

    @Test
    void whatTransformersPublishesCountsBeforeAGgufModel() throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
        copy(MIXED);
        assertThat(open(folder.toString()).configuration().modelType()).isEqualTo("qwen2");
    }

    @Test
    void opensAModelOfOllamas() throws IOException {
        StoreFolder store = new StoreFolder(folder);
        store.layer("model", Files.readAllBytes(GGUF.resolve(MIXED))).model("registry.ollama.ai/library/tiny/latest");
        Checkpoint checkpoint = open("ollama:tiny");
        assertThat(checkpoint.name()).isEqualTo("tiny:latest");
        assertThat(checkpoint.weights()).containsKey("lm_head.weight");
    }

    @Test
    void whereOllamasStoreIsConcernsItsModelsOnly() {
        Supplier<OllamaStore> none = () -> {
            throw new CheckpointException("no store");
        };

        assertThat(Checkpoint.open(GGUF.resolve(MIXED).toString(), HubFiles.fromEnvironment(), none)
                        .endTokens())
                .isNotEmpty();
        assertThatThrownBy(() -> Checkpoint.open("ollama:qwen2.5", HubFiles.fromEnvironment(), none))
                .hasMessage("no store");
    }

    @Test
    void saysWhichModelOfOllamasIsOfAnotherArchitecture() throws IOException {
        StoreFolder store = new StoreFolder(folder);
        store.layer(
                        "model",
                        new GgufWriter().set("general.architecture", "mamba").bytes())
                .model("registry.ollama.ai/library/gemma3/4b");
        assertRefused(
                "ollama:gemma3:4b",
                "the Ollama model gemma3:4b cannot be used",
                "general.architecture is \"mamba\"",
                "supported are cohere2, command-r");
        assertRefused("ollama:gemma3:1b", "Ollama has no model gemma3:1b", "it has gemma3:4b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name",
                "org/name:",
                "org/name/",
                "https://huggingface.co/datasets/org/name",
                "org:Q4_K_M",
                "org/name:Q4_K_M@main:x/../..",
            })
    void aNameThatIsNoneIsRefusedWithTheNamesThatThereAre(String name) {
        assertRefused(name, "neither an existing folder or GGUF file", "organisation/name", "ollama:model:tag");
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/none.gguf", "none.gguf", "/no/folder", "./none", "a/b/c", "C:\\models\\none"})
    void aPathWhereNothingLiesIsRefusedWithWhereItStarts(String name) {
        assertRefused(name, "no file or folder", name, "start at " + Path.of("").toAbsolutePath());
    }

    @Test
    void aNameThatIsNearlyOneIsRefusedWithThatOne() {
        assertRefused("~/none.gguf", "~ is not expanded");
        assertRefused("qwen2.5:7b", "did you mean \"ollama:qwen2.5:7b\"?");
        assertRefused("https://huggingface.co/Qwen/Qwen3-8B/tree/main", "did you mean \"Qwen/Qwen3-8B\"?");
        assertRefused("hf.co/Qwen/Qwen3-8B", "did you mean \"Qwen/Qwen3-8B\"?");
        assertRefused(
                "https://hf.co/org/X-GGUF/resolve/main/x.gguf?download=true", "did you mean \"org/X-GGUF:x.gguf\"?");
        assertRefused("https://hf.co/org/X-GGUF/blob/main/q4/x.gguf", "did you mean \"org/X-GGUF:q4/x.gguf\"?");
        assertRefused("org/X-GGUF/x.gguf", "; a file of the hub is written \"org/X-GGUF:x.gguf\"");
    }

    @Test
    void aFileThatIsNoGgufFileIsRefused() throws IOException {
        Files.write(folder.resolve("model.safetensors"), new byte[64]);
        assertRefused(
                folder.resolve("model.safetensors").toString(), "model.safetensors does not begin as a GGUF file does");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ollama:bge-m3", "org/name:Q8_0", "org/name:bge-m3.gguf", "bge-m3.gguf"})
    void noGgufModelIsAnEmbeddingModel(String name) {
        assertThatThrownBy(() -> EncoderCheckpoint.open(name, HubFiles.fromEnvironment(), EncoderTask.EMBEDDING))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(
                        "\"" + name + "\" cannot be an embedding model", "from a folder or from the hub");
    }

    /** Any other exception than that for unusable checkpoints fails the test. */
    @Test
    void whateverIsWrongWithAGgufFileIsSaid() throws IOException {
        byte[] good = Files.readAllBytes(GGUF.resolve(MIXED));
        int header = new String(good, StandardCharsets.ISO_8859_1).indexOf("blk.2.ffn_up.weight") + 200;
        Random random = new Random(14);
        Path file = folder.resolve("mutated.gguf");
        int refused = 0;
        for (int mutation = 0; mutation < MUTATIONS; mutation++) {
            byte[] mutated = good.clone();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                mutated[random.nextInt(header)] = (byte) random.nextInt(256);
            }
            Files.write(file, mutated);
            try (Tokenizer tokenizer = open(file.toString()).openTokenizer()) {
                assertThat(tokenizer.vocabularySize()).isPositive();
            } catch (CheckpointException e) {
                assertThat(e).hasMessageContaining("mutated.gguf");
                refused++;
            }
        }
        assertThat(refused).isBetween(1, MUTATIONS - 1);
    }

    private Checkpoint open(String name) {
        return Checkpoint.open(name, HubFiles.fromEnvironment(), () -> new OllamaStore(List.of(folder)));
    }

    private void copy(String... files) throws IOException {
        for (String file : files) {
            Files.copy(GGUF.resolve(file), folder.resolve(file));
        }
    }

    private void assertRefused(String name, String... message) {
        assertThatThrownBy(() -> open(name))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(message);
    }
}
