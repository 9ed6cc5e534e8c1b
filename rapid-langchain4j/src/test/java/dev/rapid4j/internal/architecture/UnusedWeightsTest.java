package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.checkpoint.EditedFiles.NewTensor;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnusedWeightsTest {

    @TempDir
    Path folder;

    @Test
    void warnsOfLayersThatTheConfigurationLeavesOut() throws IOException {
        EditedFiles.copyGolden("llama3-tiny", folder);
        EditedFiles.edit(folder.resolve("config.json"), json -> json.put("num_hidden_layers", 1));

        assertThat(Log.during(() -> Checkpoint.open(folder)))
                .contains("config.json: num_hidden_layers is 1, but the weights have 3 layers")
                .hasLineCount(1);
    }

    @Test
    void warnsOnceOfTensorsThatTheNetworkHasNoPlaceFor() throws IOException {
        EditedFiles.copyGolden("mistral-tiny", folder);
        add(
                "model.layers.0.self_attn.q_norm.weight",
                "model.layers.0.self_attn.q_proj.bias",
                "lm_head.bias",
                "vision\nERROR all is lost",
                "z");

        assertThat(Log.during(() -> Checkpoint.open(folder)))
                .contains("config.json: the network that it describes has no place for 5 of the tensors")
                .contains("lm_head.bias, model.layers.0.self_attn.q_norm.weight, model.layers.0.self_attn.q_proj.bias;")
                .hasLineCount(1);
    }

    @Test
    void isSilentAboutWhatCanBeComputed() throws IOException {
        for (String model : Golden.MODELS) {
            assertThat(Log.during(() -> Golden.checkpoint(model))).isEmpty();
        }
        EditedFiles.copyGolden("mistral-tiny", folder);
        add(
                "model.layers.0.self_attn.rotary_emb.inv_freq",
                "model.rotary_emb.inv_freq",
                "model.layers.1.self_attn.masked_bias",
                "model.embeddings.position_ids");

        assertThat(Log.during(() -> Checkpoint.open(folder))).isEmpty();
    }

    @Test
    void warnsOfAnEncodersTensorsButNotOfTheHeadsOfItsTraining() throws IOException {
        Path published = Golden.path("bge-m3-tiny");
        assertThat(EncoderCheckpoint.open(published, EncoderTask.EMBEDDING).weights())
                .doesNotContainKey("pooler.dense.weight");
        assertThat(Log.during(() -> EncoderCheckpoint.open(published, EncoderTask.EMBEDDING)))
                .isEmpty();

        EditedFiles.copyGolden("bge-m3-tiny", folder);
        EditedFiles.edit(folder.resolve("config.json"), json -> json.put("num_hidden_layers", 2));
        assertThat(Log.during(() -> EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING)))
                .contains("num_hidden_layers is 2, but the weights have 3 layers");
    }

    private void add(String... names) throws IOException {
        EditedFiles.addTensors(
                folder.resolve("model.safetensors"),
                Arrays.stream(names)
                        .map(name -> new NewTensor(name, "F32", new long[] {1}, new byte[Float.BYTES]))
                        .toArray(NewTensor[]::new));
    }
}
