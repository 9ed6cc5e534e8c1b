package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One layer of four heads of 16 elements, two of keys and values. */
class DecoderNetworkTest {

    private static final Path FILE = Path.of("model.safetensors");
    private static final String ATTENTION = "model.layers.0.self_attn.";

    private static final String SHAPE = """
            "vocab_size": 100, "hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4,
            "num_key_value_heads": 2, "num_hidden_layers": 1, "max_position_embeddings": 1024,
            "tie_word_embeddings": true, "pad_token_id": 0}
            """;

    private static final String COHERE = "{\"model_type\": \"cohere\", \"use_qk_norm\": true, " + SHAPE;
    private static final String PHI = "{\"model_type\": \"phi3\", " + SHAPE;

    private final Map<String, Tensor> tensors = new HashMap<>(Map.of(
            "model.embed_tokens.weight",
            tensor(100, 64),
            "model.norm.weight",
            tensor(64),
            "model.layers.0.input_layernorm.weight",
            tensor(64),
            "model.layers.0.mlp.down_proj.weight",
            tensor(64, 128),
            ATTENTION + "o_proj.weight",
            tensor(64, 64)));

    private void addCohere(Tensor keyNorms) {
        tensors.putAll(Map.of(
                ATTENTION + "q_proj.weight",
                tensor(64, 64),
                ATTENTION + "k_proj.weight",
                tensor(32, 64),
                ATTENTION + "v_proj.weight",
                tensor(32, 64),
                ATTENTION + "q_norm.weight",
                tensor(4, 16),
                ATTENTION + "k_norm.weight",
                keyNorms,
                "model.layers.0.mlp.gate_proj.weight",
                tensor(128, 64),
                "model.layers.0.mlp.up_proj.weight",
                tensor(128, 64)));
    }

    private void addPhi(String gateAndUp, Tensor queriesKeysValues) {
        tensors.putAll(Map.of(
                "model.layers.0.post_attention_layernorm.weight",
                tensor(64),
                ATTENTION + "qkv_proj.weight",
                queriesKeysValues,
                "model.layers.0.mlp." + gateAndUp + ".weight",
                tensor(256, 64)));
    }

    /** Cohere turns neighbours, so rows are put in order where they are read. */
    @Test
    void eachHeadsNormIsARow() {
        addCohere(tensor(2, 16));
        Map<String, WeightEntry> fields = find(COHERE).fields();
        assertThat(fields).containsEntry("layers.0.key_norm.0", entry(0, 16, 16));
        assertThat(fields).containsEntry("layers.0.key_norm.1", entry(64, 16, 16));
        assertThat(fields).containsEntry("layers.0.key.weight", entry(0, 16, 32, 64));
        assertThat(fields).containsEntry("layers.0.value.weight", entry(0, 0, 32, 64));
    }

    @Test
    void normsOfAnotherNumberOfHeadsAreRefused() {
        addCohere(tensor(4, 16));
        assertThatThrownBy(() -> find(COHERE))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("self_attn.k_norm.weight has the shape [4, 16]")
                .hasMessageContaining("makes it [2, 16]");
    }

    /** llama.cpp calls the gate and what goes beside it by the name of the latter. */
    @Test
    void queriesKeysAndValuesAreRowsOfOneWeightAndSoGateAndUp() {
        for (String gateAndUp : List.of("gate_up_proj", "up_proj")) {
            tensors.keySet().removeIf(name -> name.contains("mlp.gate_up_proj"));
            addPhi(gateAndUp, tensor(128, 64));
            Map<String, WeightEntry> fields = find(PHI).fields();
            assertThat(fields).containsEntry("layers.0.query.weight", entry(0, 0, 64, 64));
            assertThat(fields).containsEntry("layers.0.key.weight", entry(64 * 64 * 4, 0, 32, 64));
            assertThat(fields).containsEntry("layers.0.value.weight", entry(96 * 64 * 4, 0, 32, 64));
            assertThat(fields).containsEntry("layers.0.gate.weight", entry(0, 0, 128, 64));
            assertThat(fields).containsEntry("layers.0.up.weight", entry(128 * 64 * 4, 0, 128, 64));
        }
    }

    @Test
    void rowsThatAreNotThoseOfAllAreRefused() {
        addPhi("gate_up_proj", tensor(129, 64));
        assertThatThrownBy(() -> find(PHI))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("self_attn.qkv_proj.weight has the shape [129, 64]")
                .hasMessageContaining("makes it [128, 64]");
    }

    private DecoderNetwork find(String json) {
        JsonFile config = JsonFile.parse(FILE, json.getBytes(StandardCharsets.UTF_8));
        return DecoderNetwork.find(config, DecoderConfiguration.read(config), tensors, FILE);
    }

    private static Tensor tensor(long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        return new Tensor(FILE, "F32", dimensions, 0, WeightType.FLOAT32.bytes(dimensions));
    }

    private static WeightEntry entry(long offset, int interleavedRows, long... shape) {
        Tensor tensor = tensor(shape);
        return new WeightEntry(FILE, WeightType.FLOAT32, tensor.shape(), offset, tensor.length(), interleavedRows);
    }
}
