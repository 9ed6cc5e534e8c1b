package dev.rapid4j.internal.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.testing.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OllamaStoreTest {

    private static final byte[] WEIGHTS = StoreFolder.bytes("GGUF and so on");
    private static final String QWEN = "registry.ollama.ai/library/qwen2.5/7b";

    @TempDir
    Path folder;

    private StoreFolder store;

    @BeforeEach
    void fill() {
        store = new StoreFolder(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "registry.ollama.ai/library/qwen2.5/7b, qwen2.5:7b, qwen2.5:7b",
        "registry.ollama.ai/library/qwen2.5/7b, library/QWEN2.5:7B, QWEN2.5:7B",
        "registry.ollama.ai/library/llama3.2/latest, llama3.2, llama3.2:latest",
        "registry.ollama.ai/anna/notes/v1.0, anna/notes:v1.0, anna/notes:v1.0",
        "hf.co/org/Repo-GGUF/Q4_K_M, hf.co/org/Repo-GGUF:Q4_K_M, hf.co/org/Repo-GGUF:Q4_K_M",
        "hf.co/org/Repo-GGUF/Q4_K_M, hf.co/org/repo-gguf:q4_k_m, hf.co/org/repo-gguf:q4_k_m",
    })
    void findsAModelByTheNameThatOllamaTakes(String manifest, String name, String shown) throws IOException {
        store.layer("model", WEIGHTS)
                .layer("template", StoreFolder.bytes("{{ .Prompt }}"))
                .model(manifest);
        OllamaModel model = new OllamaStore(List.of(folder)).find(name);
        assertThat(model.name()).isEqualTo(shown);
        assertThat(model.weights()).hasBinaryContent(WEIGHTS);
    }

    @Test
    void looksIntoEachStoreAndFollowsLinks(@TempDir Path other, @TempDir Path disk) throws IOException {
        Path blob = blob(store.layer("model", WEIGHTS).model(QWEN));
        Path moved = Files.move(blob, disk.resolve("weights"));
        Files.createSymbolicLink(blob, moved);
        assertThat(new OllamaStore(List.of(other.resolve("nowhere"), other, folder))
                        .find("qwen2.5:7b")
                        .weights())
                .hasBinaryContent(WEIGHTS);
    }

    @Test
    void knowsTheNamesThatBlobsHadOnce() throws IOException {
        Path blob = blob(store.layer("model", WEIGHTS).model(QWEN));
        Files.move(blob, blob.resolveSibling(blob.getFileName().toString().replace('-', ':')));
        assertThat(find("qwen2.5:7b").weights()).hasBinaryContent(WEIGHTS);
    }

    @Test
    void takesItsFolderFromTheEnvironment() throws IOException {
        store.layer("model", WEIGHTS).model(QWEN);
        assertThat(OllamaStore.of(name -> name.equals("OLLAMA_MODELS") ? folder.toString() : null)
                        .find("qwen2.5:7b")
                        .weights())
                .exists();
    }

    /** As one in quotes is on Windows, or one with an umlaut under the locale {@code C}. */
    @Test
    void aFolderThatCannotBeOneIsRefused() {
        assertThatThrownBy(() -> OllamaStore.of(name -> "mo\0dels"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("OLLAMA_MODELS", "without quotes");
    }

    @Test
    void aHomeFolderThatIsNoPathIsSaidToBeNone() {
        String home = System.setProperty("user.home", "ho\0me");
        try {
            assertThatThrownBy(() -> OllamaStore.of(name -> null))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("-Duser.home");
        } finally {
            System.setProperty("user.home", home);
        }
    }

    @Test
    void saysWhatOfOllamaIsNotApplied() throws IOException {
        store.layer("model", WEIGHTS)
                .layer("system", StoreFolder.bytes("You are a pirate."))
                .layer("params", StoreFolder.bytes("{\"stop\":[\"<|im_end|>\"]}"))
                .layer("projector", StoreFolder.bytes("images"))
                .model(QWEN);
        assertThat(Log.during(() -> find("qwen2.5:7b")))
                .contains(
                        "qwen2.5:7b: what Ollama would add (system, params) is not applied",
                        "qwen2.5:7b: reads text only");
    }

    @Test
    void saysWhichModelsThereAre() throws IOException {
        store.layer("model", WEIGHTS).model(QWEN);
        store.layer("model", WEIGHTS).model("hf.co/org/repo/Q8_0");
        assertRefused(
                "qwen2.5:14b",
                Problem.NOT_FOUND,
                "Ollama has no model qwen2.5:14b in " + folder,
                "it has hf.co/org/repo:Q8_0, qwen2.5:7b",
                "ollama pull qwen2.5:14b");
    }

    @Test
    void saysWhereItLookedIfThereIsNoStore() {
        Path nowhere = folder.resolve("nowhere");
        assertThatThrownBy(() -> new OllamaStore(List.of(nowhere)).find("qwen2.5"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("no models on this machine", nowhere.toString(), "OLLAMA_MODELS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":7b",
                "qwen:",
                "../qwen",
                "..",
                "../../etc/passwd",
                "a/b/c/d",
                "a//b",
                "/etc/passwd",
                "C:\\models",
                "a b",
                "qwen\0",
                "qwen:..",
                "library/..:7b",
            })
    void refusesWhatIsNoName(String name) throws IOException {
        store.layer("model", WEIGHTS).model(QWEN);
        assertRefused(name, Problem.NOT_FOUND, "is no name of an Ollama model");
    }

    @Test
    void refusesWhatIsMoreOrLessThanOneGgufFile() throws IOException {
        store.layer("model", WEIGHTS)
                .layer("adapter", StoreFolder.bytes("LoRA"))
                .model(QWEN);
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "is an adapter on top of another model", "not supported");
        store.layer("model", WEIGHTS)
                .layer("model", StoreFolder.bytes("GGUF too"))
                .model(QWEN);
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "has 2 GGUF files");
        store.layer("tensor", StoreFolder.bytes("one of many")).model(QWEN);
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "has 0 GGUF files", "Ollama's cloud");
    }

    @Test
    void refusesADamagedStore() throws IOException {
        Path blob = blob(store.layer("model", WEIGHTS).model(QWEN));
        Files.write(blob, new byte[3]);
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "has 3 bytes instead of 14", "ollama pull qwen2.5:7b");
        Files.delete(blob);
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "blobs holds no sha256:", "ollama pull qwen2.5:7b");
        store.manifest(
                QWEN,
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"../../evil\"}]}");
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "the digest of the weights is \"../../evil\"");
        store.manifest(QWEN, "{\"layers\":");
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "is not valid JSON");
        store.manifest(QWEN, "[" + " ".repeat(2_000_000) + "]");
        assertRefused("qwen2.5:7b", Problem.UNUSABLE, "more than the 1,000,000");
    }

    /** A link to itself stands for what this user must not read, as a test may be run by one who may read all. */
    @Test
    void saysWhatCannotBeReadAndHowItCould(@TempDir Path other) throws IOException {
        store.layer("model", WEIGHTS).model(QWEN);
        Path manifests = other.resolve("manifests");
        Files.createSymbolicLink(manifests, manifests);
        assertThatThrownBy(() -> new OllamaStore(List.of(other)).find("qwen2.5:7b"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(
                        "cannot be read", manifests.toString(), "usermod -a -G ollama", "OLLAMA_MODELS");
        assertThat(new OllamaStore(List.of(other, folder)).find("qwen2.5:7b").name())
                .isEqualTo("qwen2.5:7b");
    }

    private Path blob(Path manifest) throws IOException {
        assertThat(manifest).exists();
        try (var blobs = Files.list(folder.resolve("blobs"))) {
            return blobs.findFirst().orElseThrow();
        }
    }

    private OllamaModel find(String name) {
        return new OllamaStore(List.of(folder)).find(name);
    }

    private void assertRefused(String name, Problem problem, String... message) {
        assertThatThrownBy(() -> find(name))
                .isInstanceOfSatisfying(
                        CheckpointException.class,
                        refused -> assertThat(refused.problem()).isEqualTo(problem))
                .hasMessageContainingAll(message);
    }
}
