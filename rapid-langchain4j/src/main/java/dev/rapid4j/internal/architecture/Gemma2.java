package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.json.JsonFile;

/** Gemma 2. */
record Gemma2() implements Gemma {

    private static final String DEFAULTS = """
            {"head_dim": 256, "num_key_value_heads": 4, "max_position_embeddings": 8192, "query_pre_attn_scalar": 256,
             "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "sliding_window": 4096,
             "tie_word_embeddings": true}
            """;

    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public String className() {
        return "Gemma2ForCausalLM";
    }

    @Override
    public JsonFile described(JsonFile config) {
        return Architecture.withDefaults(config, DEFAULTS);
    }

    @Override
    public double attentionSoftCap(JsonFile config) {
        return config.positive("attn_logit_softcapping", 0.0);
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return layer % 2 == 0;
    }
}
