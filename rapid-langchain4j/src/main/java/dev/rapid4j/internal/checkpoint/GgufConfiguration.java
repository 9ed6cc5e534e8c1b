package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.ConfigurationChecks;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** What the metadata of a GGUF file says of a network, as the {@code config.json} of the model it was made from. */
final class GgufConfiguration {

    /** YaRN multiplies cosine and sine by 1 and this times the logarithm of the factor. */
    private static final double YARN_SLOPE = 0.1;

    private static final String ARCHITECTURE = "general.architecture";
    private static final String LLAMA = "llama";
    private static final String GEMMA_2 = "gemma2";
    private static final String GEMMA_3 = "gemma3";
    private static final String OLMO_2 = "olmo2";
    private static final String WINDOW = "attention.sliding_window";
    private static final String WINDOW_PATTERN = "attention.sliding_window_pattern";

    private static final String QWEN_3_MOE = "qwen3moe";
    private static final String GRANITE_MOE = "granitemoe";
    private static final String GPT_OSS = "gpt-oss";
    private static final String GATING = "expert_gating_func";
    private static final String SHARES_SCALE = "expert_weights_scale";

    /** Of LongRoPE. */
    static final String SHORT_DIVISORS = "rope_factors_short.weight";

    static final String LONG_DIVISORS = "rope_factors_long.weight";

    private static final String PHI_3 = "phi3";
    private static final String STABLE_LM = "stablelm";
    private static final String COHERE_2 = "cohere2";

    private static final Map<String, String> CLASS_NAMES = Map.ofEntries(
            Map.entry(LLAMA, "LlamaForCausalLM"),
            Map.entry("qwen2", "Qwen2ForCausalLM"),
            Map.entry("qwen3", "Qwen3ForCausalLM"),
            Map.entry(GEMMA_2, "Gemma2ForCausalLM"),
            Map.entry(GEMMA_3, "Gemma3ForCausalLM"),
            Map.entry("granite", "GraniteForCausalLM"),
            Map.entry("smollm3", "SmolLM3ForCausalLM"),
            Map.entry(OLMO_2, "Olmo2ForCausalLM"),
            Map.entry("qwen2moe", "Qwen2MoeForCausalLM"),
            Map.entry(QWEN_3_MOE, "Qwen3MoeForCausalLM"),
            Map.entry("olmoe", "OlmoeForCausalLM"),
            Map.entry(GRANITE_MOE, "GraniteMoeForCausalLM"),
            Map.entry(GPT_OSS, "GptOssForCausalLM"),
            Map.entry(PHI_3, "Phi3ForCausalLM"),
            Map.entry("command-r", "CohereForCausalLM"),
            Map.entry(COHERE_2, "Cohere2ForCausalLM"),
            Map.entry(STABLE_LM, "StableLmForCausalLM"),
            Map.entry("starcoder2", "Starcoder2ForCausalLM"),
            // its weights are Llama's in a GGUF file
            Map.entry("internlm2", "LlamaForCausalLM"));

    /** Of architectures that are two in transformers. */
    private static final Map<String, String> CLASS_NAMES_WITH_WINDOW =
            Map.of(LLAMA, "MistralForCausalLM", OLMO_2, "Olmo3ForCausalLM");

    private static final Set<String> INTERLEAVED =
            Set.of(LLAMA, "granite", GRANITE_MOE, "smollm3", "internlm2", "command-r", COHERE_2);

    /** Of which a part of each head may be turned. */
    private static final Set<String> PARTIAL = Set.of(PHI_3, STABLE_LM);

    private static final Set<String> WITH_EXPERTS =
            Set.of(LLAMA, "qwen2moe", QWEN_3_MOE, "olmoe", GRANITE_MOE, GPT_OSS);

    /** In architectures whose layers take turns, one of so many has full attention. */
    private static final Map<String, Integer> FULL_LAYERS =
            Map.of(GEMMA_2, 2, GEMMA_3, 6, OLMO_2, 4, GPT_OSS, 2, COHERE_2, 4);

    /** Layers of the largest Gemma 2 and 3, whose scores alone are not scaled by the width of a head. */
    private static final Map<String, Integer> LAYERS_OF_27B = Map.of(GEMMA_2, 46, GEMMA_3, 62);

    private final GgufFile file;
    private final String architecture;
    private final ObjectNode config = JsonFile.MAPPER.createObjectNode();

    private GgufConfiguration(GgufFile file) {
        this.file = file;
        this.architecture = file.text(ARCHITECTURE).orElse("");
    }

    /**
     * The {@code config.json}.
     *
     * @throws CheckpointException if the network is of a kind that is not read
     */
    static JsonFile read(GgufFile file) {
        return new GgufConfiguration(file).read();
    }

    /** Whether the two halves of each head of queries and keys lie interleaved, for a rotation of neighbours. */
    static boolean interleavesHeads(GgufFile file) {
        return INTERLEAVED.contains(file.text(ARCHITECTURE).orElse(""));
    }

    private JsonFile read() {
        if (!file.text("general.type").orElse("model").equals("model")) {
            throw file.invalid("general.type", "it is no model by itself, give the file of one");
        }
        config.putArray("architectures").add(className());
        refuseOtherLayers();
        copy("block_count", "num_hidden_layers");
        copy("embedding_length", "hidden_size");
        copy("feed_forward_length", "intermediate_size");
        copy("context_length", "max_position_embeddings");
        int heads = copy("attention.head_count", "num_attention_heads");
        config.put("num_key_value_heads", integer("attention.head_count_kv").orElse(heads));
        epsilon();
        headDimension(heads);
        config.put("vocab_size", vocabularySize());
        config.put("tie_word_embeddings", !has("output.weight"));
        config.put("attention_bias", has("blk.0.attn_q.bias"));
        config.put("mlp_bias", has("blk.0.ffn_gate.bias"));
        layers();
        gemma(heads);
        if (experts() > 0) {
            mixture();
        }
        multipliers();
        window();
        rotary();
        return new JsonFile(file.file(), config);
    }

    private String className() {
        if (!CLASS_NAMES.containsKey(architecture)) {
            throw file.invalid(ARCHITECTURE, "supported are " + String.join(", ", new TreeSet<>(CLASS_NAMES.keySet())));
        }
        if (architecture.equals(LLAMA) && experts() > 0) {
            return "MixtralForCausalLM";
        }
        String withWindow = hasWindow() ? CLASS_NAMES_WITH_WINDOW.get(architecture) : null;
        return withWindow == null ? CLASS_NAMES.get(architecture) : withWindow;
    }

    private void refuseOtherLayers() {
        if (experts() > 0 && !WITH_EXPERTS.contains(architecture)) {
            throw file.invalid(key("expert_count"), "supported is 0 in a " + architecture);
        }
        // 1 is the softmax
        if (integer(GATING).orElse(1) > 1) {
            throw file.invalid(key(GATING), "supported is 1");
        }
        double scale = number(SHARES_SCALE).orElse(1);
        if (scale != 0 && scale != 1) {
            throw file.invalid(key(SHARES_SCALE), "supported is 1");
        }
        if (!file.flag(key("attention.causal")).orElse(true)) {
            throw file.invalid(
                    key("attention.causal"), "supported are networks whose tokens attend to earlier ones only");
        }
    }

    /** Of norms that subtract the mean, or of others. */
    private void epsilon() {
        OptionalDouble centred = number("attention.layer_norm_epsilon");
        centred.ifPresent(epsilon -> {
            config.put("layer_norm_eps", epsilon);
            config.put("norm_epsilon", epsilon);
        });
        if (centred.isEmpty()) {
            config.put(
                    "rms_norm_eps",
                    number("attention.layer_norm_rms_epsilon")
                            .orElseThrow(() -> missing("attention.layer_norm_rms_epsilon")));
        }
    }

    /** What architectures call by names of their own, and the tensors tell. */
    private void layers() {
        config.put("use_qkv_bias", has("blk.0.attn_q.bias"));
        config.put("use_bias", has("blk.0.ffn_up.bias"));
        config.put("qk_layernorm", has("blk.0.attn_q_norm.weight"));
        config.put("use_qk_norm", has("blk.0.attn_q_norm.weight"));
        config.put("use_parallel_residual", !has("blk.0.ffn_norm.weight"));
    }

    private void headDimension(int heads) {
        int hidden = config.path("hidden_size").intValue();
        OptionalInt given = integer("attention.key_length");
        if (given.isEmpty() && hidden % Math.max(1, heads) != 0) {
            throw missing("attention.key_length");
        }
        int dimension = given.orElseGet(() -> hidden / Math.max(1, heads));
        config.put("head_dim", dimension);
        int turned = integer("rope.dimension_count").orElse(dimension);
        boolean partial = turned < dimension && PARTIAL.contains(architecture);
        if (partial) {
            // a half more, as the product with the dimension is rounded down
            config.put("partial_rotary_factor", (turned + 0.5) / dimension);
        }
        for (String same : partial
                ? List.of("attention.value_length")
                : List.of("attention.value_length", "rope.dimension_count")) {
            if (integer(same).orElse(dimension) != dimension) {
                throw file.invalid(key(same), "supported is %d, the number of elements of a head".formatted(dimension));
            }
        }
    }

    private int vocabularySize() {
        Tensor embedding = file.tensors().get(GgufTensors.EMBEDDING);
        if (embedding == null || embedding.shape().size() != 2) {
            throw new CheckpointException("%s: tensor %s is %s; download the file again"
                    .formatted(
                            file.file(),
                            GgufTensors.EMBEDDING,
                            embedding == null ? "missing" : "of the shape " + embedding.shape()));
        }
        return (int) Math.min(embedding.shape().get(0), Integer.MAX_VALUE);
    }

    /** What is not in the file is as llama.cpp has it. */
    private void gemma(int heads) {
        if (!architecture.equals(GEMMA_2) && !architecture.equals(GEMMA_3)) {
            return;
        }
        boolean largest = config.path("num_hidden_layers").intValue() == LAYERS_OF_27B.get(architecture);
        int hidden = config.path("hidden_size").intValue();
        config.put(
                "query_pre_attn_scalar",
                largest ? hidden / Math.max(1, heads) : config.path("head_dim").intValue());
        for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
            number(cap).ifPresent(value -> config.put(cap, value));
        }
    }

    private int experts() {
        return integer("expert_count").orElse(0);
    }

    private void mixture() {
        int width = integer("expert_feed_forward_length")
                .orElse(config.path("intermediate_size").intValue());
        config.put("num_experts", experts());
        copy("expert_used_count", "num_experts_per_tok");
        config.put(architecture.startsWith("qwen") ? "moe_intermediate_size" : "intermediate_size", width);
        config.put("norm_topk_prob", architecture.equals(QWEN_3_MOE));
        integer("expert_shared_feed_forward_length")
                .ifPresent(shared -> config.put("shared_expert_intermediate_size", shared));
    }

    private void multipliers() {
        // what Granite divides by, and Cohere multiplies by
        number("logit_scale").ifPresent(scale -> config.put("logit_scale", scale));
        Map.of(
                        "embedding_scale", "embedding_multiplier",
                        "residual_scale", "residual_multiplier",
                        "attention.scale", "attention_multiplier",
                        "logit_scale", "logits_scaling")
                .forEach((name, published) -> number(name).ifPresent(value -> config.put(published, value)));
    }

    private boolean hasWindow() {
        return integer(WINDOW).orElse(0) > 0;
    }

    private void window() {
        if (!hasWindow()) {
            if (architecture.equals(GEMMA_3)) {
                config.putNull("sliding_window");
            }
            return;
        }
        config.put("sliding_window", integer(WINDOW).getAsInt());
        config.put("use_sliding_window", true);
        ArrayNode types = config.putArray("layer_types");
        int layers = Math.min(config.path("num_hidden_layers").intValue(), ConfigurationChecks.MAX_LAYERS);
        for (int layer = 0; layer < layers; layer++) {
            types.add(slides(layer) ? "sliding_attention" : "full_attention");
        }
    }

    /** By a list, or by which of so many layers does not. */
    private boolean slides(int layer) {
        List<Boolean> listed = file.flags(key(WINDOW_PATTERN));
        if (!listed.isEmpty()) {
            return layer >= listed.size() || listed.get(layer);
        }
        int period = integer(WINDOW_PATTERN).orElse(FULL_LAYERS.getOrDefault(architecture, 0));
        return period < 1 || (layer + 1) % period != 0;
    }

    /** Of networks with two, the one that slides is not scaled. */
    private void rotary() {
        ObjectNode rope = JsonFile.MAPPER.createObjectNode();
        rotary(rope);
        if (architecture.equals(GEMMA_3) || (architecture.equals(OLMO_2) && hasWindow())) {
            ObjectNode both = config.putObject("rope_parameters");
            both.set("full_attention", rope);
            ObjectNode sliding = both.putObject("sliding_attention");
            OptionalDouble base = number("rope.freq_base_swa");
            if (base.isPresent()) {
                sliding.put("rope_theta", base.getAsDouble());
            } else if (architecture.equals(OLMO_2) && rope.has("rope_theta")) {
                sliding.set("rope_theta", rope.path("rope_theta"));
            }
        } else {
            config.set("rope_parameters", rope);
        }
    }

    /** As llama.cpp reads it: without a type, a factor is that of linear scaling. */
    private void rotary(ObjectNode rope) {
        number("rope.freq_base").ifPresent(base -> rope.put("rope_theta", base));
        double factor =
                number("rope.scaling.factor").orElse(number("rope.scale_linear").orElse(0));
        String type = file.text(key("rope.scaling.type")).orElse("linear");
        boolean scales = factor != 0 && factor != 1 && !type.equals("none");
        double attention = number("rope.scaling.attn_factor").orElse(1);
        if (has(LONG_DIVISORS) && has(SHORT_DIVISORS)) {
            longRope(rope, attention);
            return;
        }
        if (attention != 1 && !(scales && type.equals("yarn"))) {
            throw file.invalid(key("rope.scaling.attn_factor"), "it is supported with YaRN only");
        }
        if (!scales) {
            return;
        }
        rope.put("rope_type", type);
        rope.put("factor", factor);
        switch (type) {
            case "linear" -> {}
            case "yarn" -> yarn(rope, factor, attention);
            default -> throw file.invalid(key("rope.scaling.type"), "supported are none, linear and yarn");
        }
    }

    private void longRope(ObjectNode rope, double attention) {
        int dimension =
                integer("rope.dimension_count").orElse(config.path("head_dim").intValue());
        if (dimension > ConfigurationChecks.MAX_HEAD_DIMENSION) {
            throw file.invalid(
                    key("rope.dimension_count"),
                    "heads have at most %,d elements".formatted(ConfigurationChecks.MAX_HEAD_DIMENSION));
        }
        rope.put("rope_type", "longrope");
        rope.put("attention_factor", attention);
        integer("rope.scaling.original_context_length")
                .ifPresent(length -> rope.put("original_max_position_embeddings", length));
        ArrayNode shorter = rope.putArray("short_factor");
        GgufModel.divisors(file.tensors().get(SHORT_DIVISORS), SHORT_DIVISORS, dimension / 2)
                .forEach(shorter::add);
        ArrayNode longer = rope.putArray("long_factor");
        GgufModel.divisors(file.tensors().get(LONG_DIVISORS), LONG_DIVISORS, dimension / 2)
                .forEach(longer::add);
    }

    private void yarn(ObjectNode rope, double factor, double attention) {
        double extrapolation = number("rope.scaling.yarn_ext_factor").orElse(1);
        // negative where it is not set
        if (extrapolation >= 0 && extrapolation != 1) {
            throw file.invalid(key("rope.scaling.yarn_ext_factor"), "supported is 1");
        }
        integer("rope.scaling.original_context_length")
                .ifPresent(length -> rope.put("original_max_position_embeddings", length));
        number("rope.scaling.yarn_beta_fast").ifPresent(beta -> rope.put("beta_fast", beta));
        number("rope.scaling.yarn_beta_slow").ifPresent(beta -> rope.put("beta_slow", beta));
        // as transformers has it; the file does not tell
        rope.put("truncate", !architecture.equals(GPT_OSS));
        if (attention != 1) {
            rope.put("attention_factor", attention * (factor <= 1 ? 1 : YARN_SLOPE * Math.log(factor) + 1));
        }
    }

    private String key(String name) {
        return architecture + "." + name;
    }

    private boolean has(String tensor) {
        return file.tensors().containsKey(tensor);
    }

    private CheckpointException missing(String name) {
        return file.invalid(key(name), "the file is of a kind that is not known, or damaged; take another one");
    }

    private int copy(String name, String published) {
        int value = integer(name).orElseThrow(() -> missing(name));
        config.put(published, value);
        return value;
    }

    /** A number, which may be given for each layer if it is the same for all. */
    private OptionalInt integer(String name) {
        int[] layers = file.integers(key(name));
        if (Arrays.stream(layers).distinct().count() > 1) {
            throw file.invalid(key(name), "supported are networks whose layers are all alike");
        }
        return layers.length == 0 ? OptionalInt.empty() : OptionalInt.of(layers[0]);
    }

    /** Of a number of 32 bits, the decimal that was meant: 0.000001 and not 0.00000099999999747524. */
    private OptionalDouble number(String name) {
        OptionalDouble value = file.number(key(name));
        return value.isPresent() && value.getAsDouble() == (float) value.getAsDouble()
                ? OptionalDouble.of(Double.parseDouble(Float.toString((float) value.getAsDouble())))
                : value;
    }
}
