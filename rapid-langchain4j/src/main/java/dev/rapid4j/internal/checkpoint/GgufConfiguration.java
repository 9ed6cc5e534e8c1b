package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What the metadata of a GGUF file says of a network, as the {@code config.json} of the model it was made from. */
final class GgufConfiguration {

    /** YaRN multiplies cosine and sine by 1 and this times the logarithm of the factor. */
    private static final double YARN_SLOPE = 0.1;

    private static final String ARCHITECTURE = "general.architecture";
    private static final String LLAMA = "llama";

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
        return file.text(ARCHITECTURE).orElse("").equals(LLAMA);
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
        window();
        rotary();
        return new JsonFile(file.file(), config);
    }

    private String className() {
        return switch (architecture) {
            // a Llama with a window is a Mistral
            case LLAMA -> hasWindow() ? "MistralForCausalLM" : "LlamaForCausalLM";
            case "qwen2" -> "Qwen2ForCausalLM";
            case "qwen3" -> "Qwen3ForCausalLM";
            default ->
                throw file.invalid(
                        ARCHITECTURE,
                        "supported are llama (Llama and Mistral), qwen2 (Qwen2 and Qwen2.5) and qwen3 (Qwen3)");
        };
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

    private boolean hasWindow() {
        return integer("attention.sliding_window").orElse(0) > 0;
    }

    private void window() {
        if (hasWindow()) {
            config.put("sliding_window", integer("attention.sliding_window").getAsInt());
            config.put("use_sliding_window", true);
            ArrayNode types = config.putArray("layer_types");
            int layers = Math.min(config.path("num_hidden_layers").intValue(), ConfigurationChecks.MAX_LAYERS);
            Collections.nCopies(Math.max(0, layers), "sliding_attention").forEach(types::add);
        }
    }

    /** As llama.cpp reads it: without a type, a factor is that of linear scaling. */
    private void rotary() {
        ObjectNode rope = config.putObject("rope_parameters");
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
