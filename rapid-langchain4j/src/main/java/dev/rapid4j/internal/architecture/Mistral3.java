package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.Map;

/**
 * Ministral 3, and the language model of Mistral Small 3.1 and 3.2.
 *
 * @param withImages whether it is one of the checkpoints that have an encoder of images beside the language model,
 *     which alone is used
 */
record Mistral3(boolean withImages) implements Architecture {

    private static final String MINISTRAL = "ministral3";

    private static final String DEFAULTS = """
            {"head_dim": 128, "num_key_value_heads": 8}
            """;

    private static final String DEFAULTS_OF_MINISTRAL = """
            {"head_dim": 128, "num_key_value_heads": 8, "rms_norm_eps": 1e-5}
            """;

    private static final String ROTARY_PARAMETERS_OF_MINISTRAL = """
            {"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16384,
             "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}
            """;

    @Override
    public String modelType() {
        return withImages ? "mistral3" : MINISTRAL;
    }

    @Override
    public String className() {
        return withImages ? "Mistral3ForConditionalGeneration" : "Ministral3ForCausalLM";
    }

    /** Where the language model does not tell whether the embeddings are tied, the whole does. */
    @Override
    public JsonFile described(JsonFile config) {
        if (!withImages) {
            return ofMinistral(config);
        }
        JsonFile text = LanguagePart.configuration(config);
        JsonFile described = switch (text.text("model_type", "mistral")) {
            case "mistral" -> Architecture.withDefaults(text, DEFAULTS);
            case MINISTRAL -> ofMinistral(text);
            default ->
                throw text.invalid(
                        "model_type", "supported within %s are mistral and ministral3".formatted(className()));
        };
        if (!text.has("tie_word_embeddings")) {
            ((ObjectNode) described.root()).put("tie_word_embeddings", config.flag("tie_word_embeddings", false));
        }
        return described;
    }

    private static JsonFile ofMinistral(JsonFile text) {
        return Architecture.withRotaryDefaults(
                Architecture.withDefaults(text, DEFAULTS_OF_MINISTRAL), ROTARY_PARAMETERS_OF_MINISTRAL);
    }

    @Override
    public Map<String, Tensor> languageModel(Map<String, Tensor> tensors) {
        return withImages ? LanguagePart.tensors(tensors) : tensors;
    }

    @Override
    public boolean readsBiases() {
        return false;
    }

    /** Absent, it is null in the text_config of these models, other than in Mistral 7B. */
    @Override
    public boolean hasWindows(JsonFile config) {
        return config.has("sliding_window");
    }

    @Override
    public boolean readsLayerTypes() {
        return false;
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        return RotaryParameters.queries(config);
    }
}
