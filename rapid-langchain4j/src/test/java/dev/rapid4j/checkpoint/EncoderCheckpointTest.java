package dev.rapid4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class EncoderCheckpointTest {

    @Test
    void opensBgeM3AsPublished() throws IOException {
        EncoderCheckpoint checkpoint = EncoderCheckpoint.open(Golden.path("bge-m3-tiny"));
        assertThat(checkpoint.configuration())
                .isEqualTo(new EncoderConfiguration(
                        "xlm-roberta", 94, 64, 128, 3, 4, 514, 2, 1, 1e-5, Activation.GELU, Pooling.CLS, true, 512));
        assertThat(checkpoint.hasLexicalHead()).isTrue();
        assertThat(checkpoint.hasTokenHead()).isTrue();
        assertThat(checkpoint.weights())
                .hasSize(5 + 3 * 16 + 4)
                .doesNotContainKey("pooler.dense.weight")
                .hasEntrySatisfying(
                        "colbert_linear.weight",
                        weight -> assertThat(weight.shape()).isEqualTo(List.of(64L, 64L)))
                .hasEntrySatisfying(
                        "sparse_linear.weight",
                        weight -> assertThat(weight.shape()).isEqualTo(List.of(1L, 64L)));

        WeightEntry norm = checkpoint.weights().get("embeddings.LayerNorm.weight");
        assertThat(norm.type()).isEqualTo(WeightType.FLOAT32);
        try (RandomAccessFile file = new RandomAccessFile(norm.file().toFile(), "r")) {
            file.seek(norm.offset());
            // 1, about which such weights lie
            assertThat(Float.intBitsToFloat(Integer.reverseBytes(file.readInt())))
                    .isBetween(0.5f, 1.5f);
        }
    }

    /** The reference cut its longest text plainly, where transformers keeps the end token. */
    @Test
    void encodesTextsAsTransformersDoes() {
        try (Tokenizer tokenizer =
                EncoderCheckpoint.open(Golden.path("bge-m3-tiny")).openTokenizer()) {
            for (JsonNode text : Golden.json("bge-m3-tiny/expected.json")) {
                int[] ids = StreamSupport.stream(text.get("ids").spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray();
                boolean truncated = ids[ids.length - 1] != 2;
                if (truncated) {
                    ids[ids.length - 1] = 2;
                }
                EncoderInput input = tokenizer.encodeForEncoder(text.get("text").textValue(), 512);
                assertThat(input.ids()).containsExactly(ids);
                assertThat(input.truncated()).isEqualTo(truncated);
            }
            assertThat(IntStream.range(-1, 94).filter(tokenizer::isSpecial)).containsExactly(0, 1, 2, 3, 4);
            assertThatThrownBy(() -> tokenizer.encodeForEncoder("text", 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("2 tokens leave no room for a text, which has 2 tokens around it");
        }
    }
}
