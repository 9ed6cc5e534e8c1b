package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * A family of decoder-only networks: what of its {@code config.json} is read in a way of its own, and its weights. One
 * is added by a class and a row in {@link #ALL}; what its class does not say is as in Llama.
 */
sealed interface Architecture permits Llama, Mistral, Qwen2, Qwen3 {

    List<Architecture> ALL = List.of(new Llama(), new Mistral(), new Qwen2(), new Qwen3());

    /** As {@code model_type} names it. */
    String modelType();

    /** As {@code architectures} names it. */
    String className();

    /** Whether the projections to queries, keys and values have a bias. */
    default boolean attentionInputBias(JsonFile config) {
        return false;
    }

    /** Whether the projection behind the attention has a bias. */
    default boolean attentionOutputBias(JsonFile config) {
        return false;
    }

    /** Whether the projections of the feed-forward block have a bias. */
    default boolean mlpBias(JsonFile config) {
        return false;
    }

    /** Whether queries and keys of each head go through an RMS norm. */
    default boolean queryKeyNorm() {
        return false;
    }

    /** Elements of a head where {@code head_dim} does not tell; empty if it is {@code hidden_size} over the heads. */
    default OptionalInt headDimension() {
        return OptionalInt.empty();
    }

    /**
     * Whether the attention of some layers slides over a window.
     *
     * @param listed whether {@code layer_types} says so
     */
    default boolean slides(JsonFile config, int layers, boolean listed) {
        return false;
    }

    /** Each weight of a network. */
    default NetworkWeights weights(DecoderConfiguration configuration) {
        return NetworkWeights.of(configuration);
    }

    /** @throws CheckpointException if it is none of {@link #ALL} */
    static Architecture of(JsonFile config) {
        JsonNode className = config.root().path("architectures").path(0);
        if (className.isMissingNode()) {
            String modelType = config.text("model_type", "");
            return find(config, "model_type", one -> one.modelType().equals(modelType));
        }
        return find(config, "architectures", one -> one.className().equals(className.asText()));
    }

    private static Architecture find(JsonFile config, String key, Predicate<Architecture> wanted) {
        return ALL.stream().filter(wanted).findFirst().orElseThrow(() -> config.invalid(key, supported()));
    }

    private static String supported() {
        int last = ALL.size() - 1;
        return "supported are "
                + ALL.subList(0, last).stream().map(Architecture::className).collect(joining(", ")) + " and "
                + ALL.get(last).className();
    }
}
