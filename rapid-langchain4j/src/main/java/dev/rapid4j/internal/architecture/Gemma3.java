package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Gemma 3.
 *
 * @param withImages whether it is one of the checkpoints that have an encoder of images beside the language model,
 *     which alone is used
 */
record Gemma3(boolean withImages) implements Gemma {

    // the published text_config of the larger ones has little but what differs from it
    private static final String DEFAULTS = """
            {"vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
             "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 131072,
             "query_pre_attn_scalar": 256, "sliding_window": 4096, "tie_word_embeddings": true}
            """;

    @Override
    public String modelType() {
        return withImages ? "gemma3" : "gemma3_text";
    }

    @Override
    public String className() {
        return withImages ? "Gemma3ForConditionalGeneration" : "Gemma3ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        return Architecture.withDefaults(withImages ? LanguagePart.configuration(config) : config, DEFAULTS);
    }

    @Override
    public Multipliers multipliers(JsonFile config, int hiddenSize) {
        if (withImages && config.has("final_logit_softcapping")) {
            throw config.invalid(
                    "final_logit_softcapping",
                    "transformers passes it over in %s, so it is not known what is meant; remove it"
                            .formatted(className()));
        }
        return Gemma.super.multipliers(config, hiddenSize);
    }

    @Override
    public Map<String, Tensor> languageModel(Map<String, Tensor> tensors) {
        return withImages ? LanguagePart.tensors(tensors) : tensors;
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.HEAD;
    }

    @Override
    public double attentionSoftCap(JsonFile config) {
        if (config.has("attn_logit_softcapping")) {
            throw config.invalid("attn_logit_softcapping", "Gemma 3 has none");
        }
        return 0;
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return Architecture.slidesInPattern(config, layer, 6);
    }

    @Override
    public List<Rotary> rotaries(JsonFile config, int positions, int headDimension) {
        RotaryParameters.Defaults defaults =
                new RotaryParameters.Defaults(1_000_000, rotaryDefaults().share());
        double local = config.positive("rope_local_base_freq", 10_000.0);
        return RotaryParameters.readBoth(config, positions, headDimension, defaults, local);
    }

    @Override
    public int rotary(JsonFile config, int layer, boolean slides) {
        return slides ? 1 : 0;
    }
}
