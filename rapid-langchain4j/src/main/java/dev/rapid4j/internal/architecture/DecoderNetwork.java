package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A decoder-only network, found among the tensors of a checkpoint.
 *
 * @param configuration as it is described, with untied embeddings if the weights have a head of their own
 * @param weights by their published names
 * @param fields the same, by the fields that they fill in the network's program
 */
public record DecoderNetwork(
        DecoderConfiguration configuration, Map<String, WeightEntry> weights, Map<String, WeightEntry> fields) {

    /** The published name of the embedding table. */
    public static final String EMBEDDING = "model.embed_tokens.weight";

    /** The published name of the output projection. */
    public static final String HEAD = "lm_head.weight";

    public DecoderNetwork {
        weights = Map.copyOf(weights);
        fields = Map.copyOf(fields);
    }

    /**
     * @param config a {@code config.json}
     * @param described what it describes, as it lies in these files
     * @param tensors of the checkpoint, by their published names
     * @param location where they lie, for messages
     * @throws CheckpointException if a weight is missing, or is not as it is described
     */
    public static DecoderNetwork find(
            JsonFile config, DecoderConfiguration described, Map<String, Tensor> tensors, Path location) {
        Architecture architecture = Architecture.of(config);
        Map<String, Tensor> named = architecture.named(architecture.languageModel(tensors));
        Map<String, Tensor> published = described
                .feedForward()
                .experts()
                .map(experts -> architecture
                        .expertNames()
                        .published(named, experts, described.layers().size()))
                .orElse(named);
        DecoderConfiguration configuration = TiedEmbeddings.resolve(described, published, config.file());
        NetworkWeights found = DecoderWeights.find(
                configuration, architecture, TiedEmbeddings.withEmbedding(configuration, published), location);
        Set<String> unused = new HashSet<>(published.keySet());
        unused.removeAll(found.names().keySet());
        if (configuration.tiedEmbeddings()) {
            unused.remove(HEAD);
        }
        UnusedWeights.warn(config.file(), unused, configuration.layers().size());
        return new DecoderNetwork(configuration, found.names(), found.fields());
    }

    /**
     * What of a {@code config.json} describes the language model.
     *
     * @throws CheckpointException if its architecture is not supported
     */
    public static JsonFile languageModel(JsonFile config) {
        return Architecture.of(config).described(config);
    }

    /** Whether networks of a {@code model_type} are read. */
    public static boolean isKnown(String modelType) {
        return Architecture.ALL.stream().anyMatch(one -> one.modelType().equals(modelType));
    }
}
