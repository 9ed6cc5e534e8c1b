package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.checkpoint.EditedFiles.NewTensor;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.weights.WeightType;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Log;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes of each is what transformers 5.24 makes of it. */
class TiedEmbeddingsTest {

    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final int VOCABULARY = 384;
    private static final int HIDDEN = 64;

    @TempDir
    Path folder;

    /** Tied, in float32. */
    @BeforeEach
    void copy() throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
    }

    @Test
    void aHeadThatDiffersIsUsed() throws IOException {
        byte[] table = embedding();
        byte[] reversed = new byte[table.length];
        int row = HIDDEN * Float.BYTES;
        for (int i = 0; i < VOCABULARY; i++) {
            System.arraycopy(table, i * row, reversed, (VOCABULARY - 1 - i) * row, row);
        }
        addHead("F32", VOCABULARY, reversed);

        String log = Log.during(() -> {
            double[] logits = logits(Checkpoint.open(folder));
            double[] tied = logits(Golden.checkpoint("qwen2-tiny"));
            for (int i = 0; i < VOCABULARY; i++) {
                assertThat(logits[i]).isEqualTo(tied[VOCABULARY - 1 - i], Offset.offset(1e-5));
            }
        });

        assertThat(log).contains("config.json: tie_word_embeddings is true", HEAD, EMBEDDING);
    }

    @Test
    void aHeadThatDiffersInItsLastByteOnlyIsUsed() throws IOException {
        byte[] head = embedding();
        head[head.length - 1] ^= 1;
        addHead("F32", VOCABULARY, head);

        assertThat(open().configuration().tiedEmbeddings()).isFalse();
    }

    @Test
    void aHeadOfAnotherTypeIsUsed() throws IOException {
        addHead("BF16", VOCABULARY, new byte[VOCABULARY * HIDDEN * 2]);

        assertThat(open().weights().get(HEAD).type()).isEqualTo(WeightType.BFLOAT16);
    }

    @Test
    void aHeadThatIsTheEmbeddingTableIsNotKeptTwice() throws IOException {
        addHead("F32", VOCABULARY, embedding());

        String log = Log.during(() -> {
            assertThat(open().configuration().tiedEmbeddings()).isTrue();
            assertThat(open().weights()).doesNotContainKey(HEAD);
        });

        assertThat(log).isEmpty();
    }

    @Test
    void aHeadStandsForAnEmbeddingTableThatIsNotThere() throws IOException {
        EditedFiles.editHeader(
                folder.resolve("model.safetensors"), header -> header.set(HEAD, header.remove(EMBEDDING)));

        assertThat(open().weights()).containsKey(EMBEDDING).doesNotContainKey(HEAD);
    }

    @Test
    void refusesAHeadOfAnotherShape() throws IOException {
        addHead("F32", 1, new byte[HIDDEN * Float.BYTES]);

        assertThatThrownBy(this::open)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("tensor lm_head.weight has the shape [1, 64]");
    }

    @Test
    void saysHowToTieWhereThereIsNoHead() throws IOException {
        EditedFiles.edit(folder.resolve("config.json"), (ObjectNode json) -> json.put("tie_word_embeddings", false));

        assertThatThrownBy(this::open)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(
                        folder.toString(),
                        "lm_head.weight of shape [384, 64] is missing",
                        "tie_word_embeddings to true");
    }

    private Checkpoint open() {
        return Checkpoint.open(folder);
    }

    private byte[] embedding() throws IOException {
        return EditedFiles.tensor(folder.resolve("model.safetensors"), EMBEDDING);
    }

    private void addHead(String type, int rows, byte[] data) throws IOException {
        EditedFiles.addTensors(
                folder.resolve("model.safetensors"), new NewTensor(HEAD, type, new long[] {rows, HIDDEN}, data));
    }

    private static double[] logits(Checkpoint checkpoint) {
        try (LanguageModel model = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.FLOAT32);
                KeyValueCache cache = model.newCache(8)) {
            return model.logits(cache, new int[] {1, 2, 3}, 1)[0];
        }
    }
}
