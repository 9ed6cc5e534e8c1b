package dev.rapid4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.AbstractModelCatalogIT;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.rapid4j.internal.ollama.OllamaStore;
import dev.rapid4j.internal.ollama.StoreFolder;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class RapidModelCatalogIT extends AbstractModelCatalogIT {

    @TempDir
    Path folder;

    @BeforeEach
    void fill() throws IOException {
        new StoreFolder(folder)
                .layer("model", Files.readAllBytes(Golden.path("gguf").resolve("llama3-tiny-mixed.gguf")))
                .model("registry.ollama.ai/library/tiny/1b");
    }

    @Override
    protected ModelCatalog createModelCatalog() {
        return RapidModelCatalog.builder()
                .hub(Hub.builder().cache(folder.resolve("hub")).build())
                .ollama(new OllamaStore(List.of(folder)))
                .build();
    }

    @Override
    protected ModelProvider expectedProvider() {
        return ModelProvider.OTHER;
    }
}
