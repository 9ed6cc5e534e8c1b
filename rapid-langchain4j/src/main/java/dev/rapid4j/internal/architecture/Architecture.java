package dev.rapid4j.internal.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Experts;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * A family of decoder-only networks: what of its {@code config.json} is read in a way of its own, and its weights. One
 * is added by a class and a row in {@link #ALL}; what its class does not say is as in Llama.
 */
sealed interface Architecture
        permits Cohere,
                Gemma,
                GptOss,
                Granite,
                Granite4,
                GraniteMoe,
                InternLm2,
                InternLm3,
                Llama,
                Mistral,
                Mistral3,
                Mixtral,
                Olmo2,
                Olmo3,
                Olmoe,
                Phi3,
                Qwen2,
                Qwen2Moe,
                Qwen3,
                Qwen3Moe,
                SmolLm3,
                StableLm,
                StarCoder2 {

    List<Architecture> ALL = List.of(
            new Llama(),
            new Mistral(false),
            new Mistral(true),
            new Mistral3(false),
            new Mistral3(true),
            new Qwen2(),
            new Qwen3(),
            new Gemma2(),
            new Gemma3(false),
            new Gemma3(true),
            new Granite(),
            new SmolLm3(),
            new Olmo2(),
            new Olmo3(),
            new Mixtral(),
            new Qwen2Moe(),
            new Qwen3Moe(),
            new Olmoe(),
            new GraniteMoe(),
            new Granite4(),
            new GptOss(),
            new Phi3(),
            new Cohere(false),
            new Cohere(true),
            new StableLm(),
            new StarCoder2(),
            new InternLm2(),
            new InternLm3());

    /** As {@code model_type} names it. */
    String modelType();

    /** As {@code architectures} names it. */
    String className();

    /**
     * What of a {@code config.json} describes the language model, with what transformers takes where it says nothing.
     */
    default JsonFile described(JsonFile config) {
        return config;
    }

    /** A configuration in which those fields that are missing are as in transformers; null is not missing. */
    static JsonFile withDefaults(JsonFile config, String defaults) {
        ObjectNode merged =
                JsonFile.parse(config.file(), defaults.getBytes(UTF_8)).root().deepCopy();
        merged.setAll((ObjectNode) config.root());
        return config.with(merged);
    }

    /** A configuration with such {@code rope_parameters}, where it says nothing of position embeddings. */
    static JsonFile withRotaryDefaults(JsonFile config, String parameters) {
        if (config.has("rope_parameters") || config.has("rope_scaling")) {
            return config;
        }
        ObjectNode described = config.root().deepCopy();
        described.set(
                "rope_parameters",
                JsonFile.parse(config.file(), parameters.getBytes(UTF_8)).root());
        return config.with(described);
    }

    /** The tensors of the language model, by the names that they have where there is nothing else. */
    default Map<String, Tensor> languageModel(Map<String, Tensor> tensors) {
        return tensors;
    }

    /** The same tensors, each by the name that it has in Llama. */
    default Map<String, Tensor> named(Map<String, Tensor> tensors) {
        return tensors;
    }

    /** Whether queries, keys and values may be one weight, {@code qkv_proj}, and so gate and up. */
    default boolean fusesProjections() {
        return false;
    }

    /** Whether the rows of {@code qkv_proj} take turns: of each group of heads its queries, its key and its value. */
    default boolean groupsHeads() {
        return false;
    }

    /** Whether neighbouring elements of a head are turned together, not those of its first and its second half. */
    default boolean interleavesHeads() {
        return false;
    }

    /** Whether checkpoints that were quantised with a method, as {@code quant_method} names it, can be read. */
    default boolean unpacks(String quantisation) {
        return false;
    }

    /**
     * Whether {@code config.json} may say that projections have biases; else they have those alone that a class says.
     */
    default boolean readsBiases() {
        return true;
    }

    /** Whether the projections to queries, keys and values have a bias. */
    default boolean attentionInputBias(JsonFile config) {
        return readsBiases() && config.flag("attention_bias", false);
    }

    /** Whether the projection behind the attention has a bias. */
    default boolean attentionOutputBias(JsonFile config) {
        return readsBiases() && config.flag("attention_bias", false);
    }

    /** Whether the projections of the feed-forward block have a bias. */
    default boolean mlpBias(JsonFile config) {
        return readsBiases() && config.flag("mlp_bias", false);
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
        return activation(config, "hidden_act", "silu");
    }

    static Activation activation(JsonFile config, String field, String absent) {
        return Activation.named(config.text(field, absent))
                .orElseThrow(() -> config.invalid(field, "supported are silu, gelu, gelu_pytorch_tanh and relu"));
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
        return List.of(RotaryParameters.read(config, positions, headDimension, rotaryDefaults()));
    }

    default RotaryParameters.Defaults rotaryDefaults() {
        return RotaryParameters.Defaults.LLAMA;
    }

    /** Which of {@link #rotaries} a layer has, or -1 for none. */
    default int rotary(JsonFile config, int layer, boolean slides) {
        return 0;
    }

    /** Elements of a head where {@code head_dim} does not tell; empty if it is {@code hidden_size} over the heads. */
    default OptionalInt headDimension() {
        return OptionalInt.empty();
    }

    /** What layers may have in the place of one feed-forward block. */
    default Optional<Experts> experts(JsonFile config) {
        return Optional.empty();
    }

    /** Whether a layer has {@link #experts}, where there are some. */
    default boolean hasExperts(JsonFile config, int layer) {
        return true;
    }

    /** How the weights of {@link #experts} are published. */
    default ExpertNames expertNames() {
        return ExpertNames.QWEN;
    }

    /**
     * Whether the attention of a layer slides over the window, if there is one and {@code layer_types} does not tell.
     */
    default boolean slides(JsonFile config, int layer) {
        return true;
    }

    /** Whether {@code layer_types}, and the window itself, mean something. */
    default boolean hasWindows(JsonFile config) {
        return false;
    }

    /** Whether {@code layer_types} tells which layers slide; if not, transformers' network does not read it. */
    default boolean readsLayerTypes() {
        return true;
    }

    /** A window that is null is none, one that is absent has a default. */
    static boolean windowIsNotNull(JsonFile config) {
        return config.has("sliding_window") || !config.root().has("sliding_window");
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
        return ALL.stream().filter(wanted).findFirst().orElseThrow(() -> config.invalid(key, instead(config)));
    }

    private static String instead(JsonFile config) {
        String wanted = config.root().path("architectures").path(0).asText();
        return writer(wanted)
                .map(name -> supported() + "; what writes text is " + name)
                .or(() -> MissingArchitecture.advice(wanted, config.text("model_type", "")))
                .orElseGet(Architecture::supported);
    }

    /** What is for another task than writing has a class of its own, beside that of the same network. */
    private static Optional<String> writer(String className) {
        String family = className.replaceFirst("(For\\w+|Model)$", "");
        return ALL.stream()
                .map(Architecture::className)
                .filter(name -> name.equals(family + "ForCausalLM"))
                .findFirst();
    }

    private static String supported() {
        return "supported are "
                + ALL.stream().map(Architecture::className).sorted().collect(joining(", "));
    }

    /**
     * Whether a layer slides where every so many-th one does not, by {@code sliding_window_pattern}.
     *
     * @param absent what it is where it is missing
     */
    static boolean slidesInPattern(JsonFile config, int layer, int absent) {
        String pattern = config.has("sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern";
        return (layer + 1) % config.positive(pattern, ConfigurationChecks.MAX_LAYERS, absent) != 0;
    }

    /** @throws CheckpointException if a field is there with another value, whose meaning is not known */
    static void requireIfAny(JsonFile config, String field, String supported) {
        if (config.has(field) && !config.root().path(field).asText().equals(supported)) {
            throw config.invalid(field, "supported is " + supported);
        }
    }
}
