package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.HashMap;
import java.util.Map;

/** InternLM2 and 2.5: Llama's layers under other names, queries, keys and values in turns. */
record InternLm2() implements Architecture {

    private static final Map<String, String> NAMES = Map.of(
            ".attention.wqkv.", ".self_attn.qkv_proj.",
            ".attention.wo.", ".self_attn.o_proj.",
            ".feed_forward.w1.", ".mlp.gate_proj.",
            ".feed_forward.w3.", ".mlp.up_proj.",
            ".feed_forward.w2.", ".mlp.down_proj.",
            ".attention_norm.", ".input_layernorm.",
            ".ffn_norm.", ".post_attention_layernorm.",
            "model.tok_embeddings.", "model.embed_tokens.");

    private static final String HEAD = "output.";

    @Override
    public String modelType() {
        return "internlm2";
    }

    @Override
    public String className() {
        return "InternLM2ForCausalLM";
    }

    @Override
    public boolean attentionInputBias(JsonFile config) {
        return config.flag("bias", true);
    }

    @Override
    public boolean attentionOutputBias(JsonFile config) {
        return config.flag("bias", true);
    }

    @Override
    public boolean mlpBias(JsonFile config) {
        return false;
    }

    @Override
    public boolean fusesProjections() {
        return true;
    }

    @Override
    public boolean groupsHeads() {
        return true;
    }

    @Override
    public Map<String, Tensor> named(Map<String, Tensor> tensors) {
        Map<String, Tensor> renamed = new HashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(named(name), tensor));
        return renamed;
    }

    private static String named(String name) {
        if (name.startsWith(HEAD)) {
            return "lm_head." + name.substring(HEAD.length());
        }
        String renamed = name;
        for (Map.Entry<String, String> part : NAMES.entrySet()) {
            renamed = renamed.replace(part.getKey(), part.getValue());
        }
        return renamed;
    }
}
