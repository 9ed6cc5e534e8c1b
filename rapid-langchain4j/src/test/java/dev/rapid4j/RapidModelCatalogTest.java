package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.ollama.OllamaStore;
import dev.rapid4j.internal.ollama.StoreFolder;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.testing.GgufWriter;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RapidModelCatalogTest {

    private static final String COMMIT = "0123456789012345678901234567890123456789";

    @TempDir
    Path cache;

    @TempDir
    Path store;

    private RapidModelCatalog catalog;

    @BeforeEach
    void make() {
        catalog = RapidModelCatalog.builder()
                .hub(Hub.builder().cache(cache).endpoint("http://127.0.0.1:1").build())
                .ollama(new OllamaStore(List.of(store)))
                .build();
    }

    private Path snapshot(String repository, String... revisions) throws IOException {
        Path folder = cache.resolve("models--" + repository.replace("/", "--"));
        for (String revision : revisions) {
            Path ref = folder.resolve("refs").resolve(revision);
            Files.createDirectories(ref.getParent());
            Files.writeString(ref, COMMIT);
        }
        return Files.createDirectories(folder.resolve("snapshots").resolve(COMMIT));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private static Path gguf(String name) {
        return Golden.path("gguf").resolve(name);
    }

    @Test
    void listsWhatCanBeLoadedByItsName() throws IOException {
        copy(LighthouseModel.directory(), snapshot("anna/lighthouse", "main", "refs/pr/1"));
        copy(LighthouseEmbedding.directory(), snapshot("anna/embedding", "main"));
        Path split = snapshot("bert/tiny-GGUF", "main");
        for (int part = 1; part <= 3; part++) {
            String name = "qwen3-tiny-F32-0000%d-of-00003.gguf".formatted(part);
            Files.copy(gguf(name), split.resolve(name));
        }
        new StoreFolder(store)
                .layer("model", Files.readAllBytes(gguf("llama3-tiny-mixed.gguf")))
                .model("registry.ollama.ai/library/tiny/1b");

        List<ModelDescription> models = catalog.listModels();

        assertThat(models)
                .extracting(ModelDescription::name)
                .containsExactly(
                        "anna/embedding",
                        "anna/lighthouse",
                        "anna/lighthouse@refs/pr/1",
                        "bert/tiny-GGUF:qwen3-tiny-F32-00001-of-00003.gguf",
                        "ollama:tiny:1b");
        assertThat(models)
                .extracting(ModelDescription::type)
                .containsExactly(ModelType.EMBEDDING, ModelType.CHAT, ModelType.CHAT, ModelType.CHAT, ModelType.CHAT);
        assertThat(models).extracting(ModelDescription::owner).containsExactly("anna", "anna", "anna", "bert", null);
        assertThat(models).allSatisfy(model -> {
            assertThat(model.maxInputTokens()).isPositive();
            assertThat(model.provider()).isEqualTo(catalog.provider());
            assertThat(Path.of(model.description())).exists();
        });
        try (RapidEngine engine = RapidEngine.builder()
                .target(models.get(2).name())
                .hub(Hub.builder().cache(cache).offline(true).build())
                .build()) {
            assertThat(engine.contextLength()).isEqualTo(models.get(2).maxInputTokens());
        }
    }

    @Test
    void tellsEmbeddingModelsAndRerankersFromChatModels() throws IOException {
        EditedFiles.copyGolden("encoders/qwen3-embedding", snapshot("anna/decoder", "main"));
        EditedFiles.copyGolden("encoders/bert-reranker", snapshot("anna/reranker", "main"));
        assertThat(catalog.listModels())
                .extracting(ModelDescription::type)
                .containsExactly(ModelType.EMBEDDING, ModelType.SCORING);
        assertThat(catalog.listModels())
                .extracting(ModelDescription::maxInputTokens)
                .containsExactly(800, 64);
    }

    @Test
    void leavesOutWhatCannotBeLoaded() throws IOException {
        Path incomplete = snapshot("anna/incomplete", "main");
        Files.writeString(incomplete.resolve("config.json"), "{\"model_type\": \"qwen2\"}");
        Path other = snapshot("anna/whisper", "main");
        copy(LighthouseModel.directory(), other);
        Files.writeString(other.resolve("config.json"), "{\"model_type\": \"whisper\"}");
        Files.write(snapshot("anna/gguf", "main").resolve("model.gguf"), new byte[100]);
        Files.createDirectories(cache.resolve("datasets--anna--texts"));
        Files.createDirectories(cache.resolve("models--..--.."));
        Path lost = cache.resolve("models--anna--lost/refs");
        Files.createDirectories(lost);
        Files.writeString(lost.resolve("main"), "../../../etc");
        StoreFolder ollama = new StoreFolder(store);
        ollama.layer(
                        "model",
                        new GgufWriter().set("general.architecture", "gemma3").bytes())
                .model("registry.ollama.ai/library/gemma3/4b");
        ollama.model("registry.ollama.ai/library/cloud/480b");

        assertThat(catalog.listModels()).isEmpty();
    }

    @Test
    void aMachineWithoutModelsHasNone() throws IOException {
        Files.delete(cache);
        Files.delete(store);
        assertThat(catalog.listModels()).isEmpty();
    }
}
