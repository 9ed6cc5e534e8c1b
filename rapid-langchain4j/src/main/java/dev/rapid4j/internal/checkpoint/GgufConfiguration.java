package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
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

    private static final Map<String, String> CLASS_NAMES = Map.ofEntries(
            Map.entry(LLAMA, "LlamaForCausalLM"),
            Map.entry("qwen2", "Qwen2ForCausalLM"),
            Map.entry("qwen3", "Qwen3ForCausalLM"),
            Map.entry(GEMMA_2, "Gemma2ForCausalLM"),
            Map.entry(GEMMA_3, "Gemma3ForCausalLM"),
            Map.entry("granite", "GraniteForCausalLM"),
            Map.entry("smollm3", "SmolLM3ForCausalLM"),
            Map.entry(OLMO_2, "Olmo2ForCausalLM"));

    /** Of architectures that are two in transformers. */
    private static final Map<String, String> CLASS_NAMES_WITH_WINDOW =
            Map.of(LLAMA, "MistralForCausalLM", OLMO_2, "Olmo3ForCausalLM");

    private static final Set<String> INTERLEAVED = Set.of(LLAMA, "granite", "smollm3");

    /** In architectures whose layers take turns, one of so many has full attention. */
    private static final Map<String, Integer> FULL_LAYERS = Map.of(GEMMA_2, 2, GEMMA_3, 6, OLMO_2, 4);

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
     * @throws CheckpointException if the network is of another kind than those of {@link Architecture#ALL}
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
        config.put(
                "rms_norm_eps",
                number("attention.layer_norm_rms_epsilon")
                        .orElseThrow(() -> missing("attention.layer_norm_rms_epsilon")));
        headDimension(heads);
        config.put("vocab_size", vocabularySize());
        config.put("tie_word_embeddings", !has("output.weight"));
        config.put("attention_bias", has("blk.0.attn_q.bias"));
        config.put("mlp_bias", has("blk.0.ffn_gate.bias"));
        gemma(heads);
        multipliers();
        window();
        rotary();
        return new JsonFile(file.file(), config);
    }

    private String className() {
        if (!CLASS_NAMES.containsKey(architecture)) {
            throw file.invalid(ARCHITECTURE, "supported are " + String.join(", ", new TreeSet<>(CLASS_NAMES.keySet())));
        }
        String withWindow = hasWindow() ? CLASS_NAMES_WITH_WINDOW.get(architecture) : null;
        return withWindow == null ? CLASS_NAMES.get(architecture) : withWindow;
    }

    private void refuseOtherLayers() {
        if (integer("expert_count").orElse(0) != 0) {
            throw file.invalid(key("expert_count"), "mixtures of experts are not supported");
        }
        if (!file.flag(key("attention.causal")).orElse(true)) {
            throw file.invalid(
                    key("attention.causal"), "supported are networks whose tokens attend to earlier ones only");
        }
    }

    private void headDimension(int heads) {
        int hidden = config.path("hidden_size").intValue();
        OptionalInt given = integer("attention.key_length");
        if (given.isEmpty() && hidden % Math.max(1, heads) != 0) {
            throw missing("attention.key_length");
        }
        int dimension = given.orElseGet(() -> hidden / Math.max(1, heads));
        config.put("head_dim", dimension);
        for (String same : List.of("attention.value_length", "rope.dimension_count")) {
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

    private void multipliers() {
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
