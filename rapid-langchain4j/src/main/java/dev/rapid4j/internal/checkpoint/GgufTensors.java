package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.weights.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tensors of a GGUF file by the names that transformers publishes them under. */
final class GgufTensors {

    static final String EMBEDDING = "token_embd.weight";

    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,9})\\.(\\w+)\\.(weight|bias)");

    private static final Map<String, String> OUTSIDE_LAYERS = Map.of(
            EMBEDDING,
            DecoderNetwork.EMBEDDING,
            "output_norm.weight",
            "model.norm.weight",
            "output_norm.bias",
            "model.norm.bias",
            "output.weight",
            DecoderNetwork.HEAD);

    private static final String DENSE_GATE = "mlp.shared_expert_gate";

    private static final Map<String, String> IN_LAYERS = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("post_attention_norm", "post_attention_layernorm"),
            Map.entry("post_ffw_norm", "post_feedforward_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_qkv", "self_attn.qkv_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"),
            Map.entry("ffn_gate_inp", "mlp.gate"),
            Map.entry("ffn_gate_exps", "mlp.experts.gate_proj"),
            Map.entry("ffn_up_exps", "mlp.experts.up_proj"),
            Map.entry("ffn_down_exps", "mlp.experts.down_proj"),
            Map.entry("ffn_gate_inp_shexp", DENSE_GATE),
            Map.entry("ffn_gate_shexp", "mlp.shared_expert.gate_proj"),
            Map.entry("ffn_up_shexp", "mlp.shared_expert.up_proj"),
            Map.entry("ffn_down_shexp", "mlp.shared_expert.down_proj"));

    private GgufTensors() {}

    /** What has no name in transformers keeps its own. */
    static Map<String, Tensor> published(Map<String, Tensor> tensors) {
        // what follows the attention has the name of the norm before the feed-forward block in other architectures
        boolean normsBehind = tensors.containsKey("blk.0.post_attention_norm.weight");
        Map<String, Tensor> published = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            String publishedName = published(name, normsBehind);
            published.put(publishedName, publishedName.contains(DENSE_GATE) ? asRow(tensor) : tensor);
        });
        return published;
    }

    /** llama.cpp leaves out dimensions of 1. */
    private static Tensor asRow(Tensor tensor) {
        return tensor.shape().size() == 1
                ? new Tensor(
                        tensor.file(),
                        tensor.type(),
                        List.of(1L, tensor.shape().get(0)),
                        tensor.offset(),
                        tensor.length())
                : tensor;
    }

    private static String published(String name, boolean normsBehind) {
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return OUTSIDE_LAYERS.getOrDefault(name, name);
        }
        if (layer.group(2).equals("attn_sinks")) {
            return "model.layers.%s.self_attn.sinks".formatted(layer.group(1));
        }
        String module = normsBehind && layer.group(2).equals("ffn_norm")
                ? "pre_feedforward_layernorm"
                : IN_LAYERS.get(layer.group(2));
        return module == null ? name : "model.layers.%s.%s.%s".formatted(layer.group(1), module, layer.group(3));
    }
}
