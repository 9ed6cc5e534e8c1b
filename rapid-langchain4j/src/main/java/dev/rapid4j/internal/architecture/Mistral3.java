package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.Map;

/** The language model of Mistral Small 3.1 and 3.2, and of Ministral 3, beside which there is an encoder of images. */
record Mistral3() implements Architecture {

    private static final String DEFAULTS = """
            {"head_dim": 128, "num_key_value_heads": 8}
            """;

    @Override
    public String modelType() {
        return "mistral3";
    }

    @Override
    public String className() {
        return "Mistral3ForConditionalGeneration";
    }

    /** Where the language model does not tell whether the embeddings are tied, the whole does. */
    @Override
    public JsonFile described(JsonFile config) {
        JsonFile text = LanguagePart.configuration(config);
        String modelType = text.text("model_type", "mistral");
        if (!modelType.equals("mistral") && !modelType.equals("ministral3")) {
            throw text.invalid("model_type", "supported within %s are mistral and ministral3".formatted(className()));
        }
        JsonNode beta = text.root().path("rope_parameters").path("llama_4_scaling_beta");
        if (beta.asDouble(0) != 0) {
            throw text.object("rope_parameters")
                    .invalid("llama_4_scaling_beta", "supported is 0; queries scaled by their positions are missing");
        }
        JsonFile described = Architecture.withDefaults(text, DEFAULTS);
        if (!text.has("tie_word_embeddings")) {
            ((ObjectNode) described.root()).put("tie_word_embeddings", config.flag("tie_word_embeddings", false));
        }
        return described;
    }

    @Override
    public Map<String, Tensor> languageModel(Map<String, Tensor> tensors) {
        return LanguagePart.tensors(tensors);
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return false;
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return false;
    }

    @Override
    public boolean mlpBias(JsonFile config) {
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
}
