package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.HashMap;
import java.util.Map;

/** Granite 4 without state spaces and experts: Granite 3 with gate and up in one tensor. */
record Granite4() implements Architecture {

    private static final Granite DENSE = new Granite();

    @Override
    public String modelType() {
        return "granitemoehybrid";
    }

    @Override
    public String className() {
        return "GraniteMoeHybridForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        JsonFile described = Architecture.withDefaults(config, "{\"shared_intermediate_size\": 1024}");
        JsonNode types = config.root().path("layer_types");
        for (JsonNode type : types) {
            if (!type.asText().equals("attention") && !type.asText().equals("full_attention")) {
                throw config.invalid(
                        "layer_types", "supported are attention layers; for the others state spaces are missing");
            }
        }
        if (types.isEmpty()) {
            throw config.invalid("layer_types", "supported are attention layers, which absence does not mean");
        }
        if (config.root().path("num_local_experts").asInt(8) != 0) {
            throw config.invalid("num_local_experts", "supported is 0 in " + className());
        }
        ObjectNode merged = (ObjectNode) described.root();
        merged.remove("layer_types");
        merged.set("intermediate_size", merged.path("shared_intermediate_size"));
        return described;
    }

    @Override
    public double attentionScale(JsonFile config, int headDimension) {
        return DENSE.attentionScale(config, headDimension);
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        return DENSE.multipliers(config, hiddenSize);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return false;
    }

    @Override
    public int rotary(JsonFile config, int layer, boolean slides) {
        return switch (config.text("position_embedding_type", "nope")) {
            case "rope" -> 0;
            case "nope" -> -1;
            default -> throw config.invalid("position_embedding_type", "supported are rope and nope");
        };
    }

    @Override
    public boolean fusesProjections() {
        return true;
    }

    @Override
    public Map<String, Tensor> named(Map<String, Tensor> tensors) {
        Map<String, Tensor> renamed = new HashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(
                name.replace(".shared_mlp.input_linear.", ".mlp.gate_up_proj.")
                        .replace(".shared_mlp.output_linear.", ".mlp.down_proj."),
                tensor));
        return renamed;
    }
}
