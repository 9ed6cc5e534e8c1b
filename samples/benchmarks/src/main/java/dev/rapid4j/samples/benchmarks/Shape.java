package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a published model.
 *
 * @param config its {@code config.json}, without what is of no consequence for the time
 */
record Shape(String name, JsonNode config) {

    static final List<String> NAMES = List.of("qwen2.5-0.5b", "llama-3.2-1b", "llama-3.1-8b", "tiny");

    /** @throws IllegalArgumentException if there is none of this name */
    static Shape of(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("Unknown shape '" + name + "': there are " + String.join(", ", NAMES));
        }
        try (InputStream in = Shape.class.getResourceAsStream(name + ".json")) {
            return new Shape(name, new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int contextLength() {
        return size("max_position_embeddings");
    }

    /** The tensors of its checkpoint. */
    Map<String, long[]> tensors() {
        long hidden = size("hidden_size");
        long intermediate = size("intermediate_size");
        long queries = (long) size("num_attention_heads") * size("head_dim");
        long keys = (long) size("num_key_value_heads") * size("head_dim");
        boolean biases = config.get("model_type").textValue().equals("qwen2");
        Map<String, long[]> tensors = new LinkedHashMap<>();
        tensors.put("model.embed_tokens.weight", new long[] {size("vocab_size"), hidden});
        for (int i = 0; i < size("num_hidden_layers"); i++) {
            String layer = "model.layers." + i + ".";
            tensors.put(layer + "input_layernorm.weight", new long[] {hidden});
            addProjection(tensors, layer + "self_attn.q_proj", queries, hidden, biases);
            addProjection(tensors, layer + "self_attn.k_proj", keys, hidden, biases);
            addProjection(tensors, layer + "self_attn.v_proj", keys, hidden, biases);
            addProjection(tensors, layer + "self_attn.o_proj", hidden, queries, false);
            tensors.put(layer + "post_attention_layernorm.weight", new long[] {hidden});
            addProjection(tensors, layer + "mlp.gate_proj", intermediate, hidden, false);
            addProjection(tensors, layer + "mlp.up_proj", intermediate, hidden, false);
            addProjection(tensors, layer + "mlp.down_proj", hidden, intermediate, false);
        }
        tensors.put("model.norm.weight", new long[] {hidden});
        if (!tiedEmbeddings()) {
            tensors.put("lm_head.weight", new long[] {size("vocab_size"), hidden});
        }
        return tensors;
    }

    /** Weights that a pass over a few tokens reads: of an embedding table that is no head only their rows. */
    long weightsOfOnePass() {
        return tensors().entrySet().stream()
                .filter(tensor -> tiedEmbeddings() || !tensor.getKey().equals("model.embed_tokens.weight"))
                .mapToLong(tensor -> elements(tensor.getValue()))
                .sum();
    }

    static long elements(long[] tensor) {
        long elements = 1;
        for (long size : tensor) {
            elements *= size;
        }
        return elements;
    }

    private static void addProjection(
            Map<String, long[]> tensors, String name, long outputs, long inputs, boolean bias) {
        tensors.put(name + ".weight", new long[] {outputs, inputs});
        if (bias) {
            tensors.put(name + ".bias", new long[] {outputs});
        }
    }

    private boolean tiedEmbeddings() {
        return config.get("tie_word_embeddings").booleanValue();
    }

    private int size(String field) {
        return config.get(field).intValue();
    }
}
