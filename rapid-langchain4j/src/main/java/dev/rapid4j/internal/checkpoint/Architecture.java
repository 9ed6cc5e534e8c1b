package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Norms;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration.Rotary;
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

    default QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.NONE;
    }

    /** What attention scores are multiplied by. */
    default double attentionScale(JsonFile config, int headDimension) {
        return 1 / Math.sqrt(headDimension);
    }

    /** @see DecoderConfiguration.Attention */
    default double attentionSoftCap(JsonFile config) {
        return 0;
    }

    /** @see DecoderConfiguration.Attention */
    default boolean sinks() {
        return false;
    }

    default Activation activation(JsonFile config) {
        if (!config.text("hidden_act", "silu").equals("silu")) {
            throw config.invalid("hidden_act", "supported is silu");
        }
        return Activation.SILU;
    }

    /** Whether the feed-forward block has a gate. */
    default boolean gated() {
        return true;
    }

    default Norms norms(JsonFile config) {
        return Norms.rms(config.positive("rms_norm_eps", 1e-6));
    }

    default Multipliers multipliers(JsonFile config, int hiddenSize) {
        return Multipliers.NONE;
    }

    /**
     * The kinds of rotary position embeddings.
     *
     * @param positions {@code max_position_embeddings}
     */
    default List<Rotary> rotaries(JsonFile config, int positions, int headDimension) {
        if (config.positive("partial_rotary_factor", 1.0) != 1.0) {
            throw config.invalid("partial_rotary_factor", "supported is 1");
        }
        RotaryParameters parameters = RotaryParameters.read(config, positions);
        return List.of(new Rotary(parameters.theta(), parameters.scaling(), headDimension));
    }

    /** Which of {@link #rotaries} a layer has, or -1 for none. */
    default int rotary(JsonFile config, int layer, boolean slides) {
        return 0;
    }

    /** Elements of a head where {@code head_dim} does not tell; empty if it is {@code hidden_size} over the heads. */
    default OptionalInt headDimension() {
        return OptionalInt.empty();
    }

    /** Whether the attention of a layer slides over a window, where {@code layer_types} does not tell. */
    default boolean slides(JsonFile config, int layer) {
        return false;
    }

    /** Whether {@code layer_types}, and the window itself, mean something. */
    default boolean hasWindows(JsonFile config) {
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
