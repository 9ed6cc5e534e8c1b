package dev.rapid4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import dev.rapid4j.internal.checkpoint.LocalModel;
import dev.rapid4j.internal.ollama.OllamaStore;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The models that are on this machine: in the cache of the hub, and in Ollama's store. What is read are their
 * descriptions, not their weights; nothing is written, and nobody is asked.
 *
 * <p>The name of a {@link ModelType#CHAT} model is what {@code target} takes, and of a {@link ModelType#EMBEDDING}
 * model what {@link RapidEmbeddingModel.Builder#model(String)} takes; the description says where it lies. Models of
 * architectures that cannot be run are not listed; why, the log says at level debug.
 */
public final class RapidModelCatalog implements ModelCatalog {

    private final Hub hub;
    private final Supplier<OllamaStore> ollama;

    private RapidModelCatalog(Builder builder) {
        hub = builder.hub == null ? Hub.fromEnvironment() : builder.hub;
        ollama = builder.ollama;
    }

    /**
     * Sorted by name, those of the hub first.
     *
     * @throws CheckpointException if the environment variables name no folder where Ollama's store should be
     */
    @Override
    public List<ModelDescription> listModels() {
        return LocalModel.all(hub.files(), ollama.get()).stream()
                .map(RapidModelCatalog::described)
                .toList();
    }

    private static ModelDescription described(LocalModel model) {
        boolean ofHub = !model.name().startsWith("ollama:");
        return ModelDescription.builder()
                .name(model.name())
                .description(model.path().toString())
                .provider(ModelProvider.OTHER)
                .type(ModelType.valueOf(model.use().name()))
                .maxInputTokens(model.maxTokens())
                .owner(ofHub ? model.name().substring(0, model.name().indexOf('/')) : null)
                .build();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Nothing must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RapidModelCatalog}. */
    public static final class Builder {

        private Hub hub;
        private Supplier<OllamaStore> ollama = OllamaStore::fromEnvironment;

        private Builder() {}

        /** In whose cache to look; by default that of the hub which the environment variables describe. */
        public Builder hub(Hub hub) {
            this.hub = Objects.requireNonNull(hub, "hub");
            return this;
        }

        Builder ollama(OllamaStore store) {
            this.ollama = () -> store;
            return this;
        }

        public RapidModelCatalog build() {
            return new RapidModelCatalog(this);
        }
    }
}
