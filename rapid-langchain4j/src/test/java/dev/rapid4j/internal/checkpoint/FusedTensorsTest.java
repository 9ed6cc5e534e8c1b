package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two layers of four heads of 16 elements, each with a norm of its own. */
class FusedTensorsTest {

    private static final Path FILE = Path.of("model.safetensors");

    private static final DecoderConfiguration NETWORK =
            ConfigurationReader.read(JsonFile.parse(FILE, """
            {"model_type": "cohere", "use_qk_norm": true, "vocab_size": 100, "hidden_size": 64,
             "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2,
             "max_position_embeddings": 1024}
            """.getBytes(StandardCharsets.UTF_8)));

    private static Tensor norms(long heads) {
        return new Tensor(FILE, "F32", List.of(heads, 16L), 0, heads * 64);
    }

    @Test
    void eachHeadsNormIsARow() {
        assertThat(FusedTensors.headNorms(Map.of("model.layers.1.self_attn.k_norm.weight", norms(2)), NETWORK))
                .isEqualTo(Map.of(
                        "model.layers.1.self_attn.k_norm.0.weight", new Tensor(FILE, "F32", List.of(16L), 0, 64),
                        "model.layers.1.self_attn.k_norm.1.weight", new Tensor(FILE, "F32", List.of(16L), 64, 64)));
    }

    /** A header of some megabytes could name so many that their rows take all memory. */
    @Test
    void normsOfLayersThatTheNetworkDoesNotHaveStayWhole() {
        Map<String, Tensor> further = Map.of("model.layers.2.self_attn.q_norm.weight", norms(16_384));
        assertThat(FusedTensors.headNorms(further, NETWORK)).isEqualTo(further);
    }

    @Test
    void normsOfAnotherNumberOfHeadsAreRefused() {
        Map<String, Tensor> other = Map.of("model.layers.0.self_attn.q_norm.weight", norms(2));
        assertThatThrownBy(() -> FusedTensors.headNorms(other, NETWORK))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.layers.0.self_attn.q_norm.weight has the shape [2, 16]")
                .hasMessageContaining("4 rows");
    }
}
