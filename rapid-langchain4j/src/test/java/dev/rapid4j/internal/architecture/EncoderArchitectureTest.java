package dev.rapid4j.internal.architecture;

import static dev.rapid4j.internal.checkpoint.EditedFiles.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderArchitectureTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "EMBEDDING | modernbert | 'local_attention':1 | local_attention is 1; a token must see its neighbours",
                "EMBEDDING | modernbert | 'layer_types':['full_attention'] | num_hidden_layers is 5, so as many are needed",
                "EMBEDDING | modernbert | 'num_hidden_layers':1,'layer_types':['chunked'] | supported are full_attention and sliding_attention",
                "EMBEDDING | modernbert | 'rope_parameters':{'full_attention':{'rope_type':'yarn'}} | rope_type is \"yarn\"; supported is default",
                "EMBEDDING | modernbert | 'rope_scaling':{'type':'linear'} | rope_scaling is {\"type\":\"linear\"}",
                "EMBEDDING | modernbert | 'hidden_activation':'silu' | hidden_activation is \"silu\"; supported are gelu",
                "EMBEDDING | modernbert | 'num_attention_heads':8 | rotary embeddings need an even head dimension, this makes it 3",
                "EMBEDDING | modernbert | 'norm_bias':true | tensor embeddings.norm.bias of shape [24] is missing",
                "EMBEDDING | modernbert | 'architectures':['ModernBertForTokenClassification'] | architectures is",
                "EMBEDDING | mpnet | 'relative_attention_num_buckets':16 | supported is 32",
                "EMBEDDING | embedding-gemma | 'use_bidirectional_attention':false | supported is true, as in EmbeddingGemma",
                "EMBEDDING | embedding-gemma | 'attn_logit_softcapping':50.0 | attn_logit_softcapping is 50.0; supported are scores without a cap",
                "EMBEDDING | embedding-gemma | 'num_key_value_heads':2 | it must divide num_attention_heads, which is 3",
                "SCORING | bert-reranker | 'id2label':{'0':'no','1':'yes'} | supported are rerankers, which have one label",
                "SCORING | bert-reranker | 'id2label':null | num_labels is missing; supported are rerankers, which have one label",
                "SCORING | bert-reranker | 'architectures':null | supported are the rerankers XLMRobertaForSequenceClassification",
                "SCORING | bert-reranker | 'model_type':'deberta-v2' | model_type is \"deberta-v2\"; supported are the rerankers",
                "SCORING | modernbert-reranker | 'classifier_pooling':'max' | supported are cls and mean",
                "SCORING | modernbert-reranker | 'classifier_bias':true | classifier_bias is true; supported is false",
            })
    void refusesWhatIsNearlySupportedByFieldAndValue(EncoderTask task, String model, String fields, String message)
            throws IOException {
        EditedFiles.copyGolden("encoders/" + model, folder);
        EditedFiles.edit(folder.resolve("config.json"), json -> json.setAll((ObjectNode) json("{" + fields + "}")));
        assertThatThrownBy(() -> EncoderCheckpoint.open(folder, task))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    @Test
    void readsAlternatingLayersInBothLayouts() throws IOException {
        EditedFiles.copyGolden("encoders/modernbert", folder);
        EncoderConfiguration newest =
                EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).configuration();
        Layer all = new Layer(0, 160_000);
        Layer nearby = new Layer(8, 10_000);
        assertThat(newest.layers()).isEqualTo(List.of(all, nearby, nearby, all, nearby));

        EditedFiles.edit(
                folder.resolve("config.json"), json -> json.without(List.of("layer_types", "rope_parameters")));
        assertThat(EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).configuration())
                .isEqualTo(newest);
        EditedFiles.edit(
                folder.resolve("config.json"),
                json -> json.put("global_attn_every_n_layers", 2)
                        .put("global_rope_theta", 80_000.0)
                        .put("local_rope_theta", 500.0));
        assertThat(EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING)
                        .configuration()
                        .layers())
                .startsWith(new Layer(0, 80_000), new Layer(8, 500), new Layer(0, 80_000));
    }

    @Test
    void refusesALayerBehindThePoolingThatDoesNotFit() throws IOException {
        EditedFiles.copyGolden("encoders/embedding-gemma", folder);
        Path dense = folder.resolve("3_Dense/config.json");
        EditedFiles.edit(dense, json -> json.put("in_features", 41));
        assertRefused("in_features is 41; what comes before has 40");
        EditedFiles.edit(dense, json -> json.put("in_features", 40).put("activation_function", "torch.nn.GELU"));
        assertRefused("activation_function is \"torch.nn.GELU\"; supported are Tanh and Identity");
        EditedFiles.edit(
                dense,
                json -> json.put("out_features", 11).put("activation_function", "torch.nn.modules.linear.Identity"));
        assertRefused("tensor linear.weight has the shape [10, 40], where the configuration makes it [11, 40]");
    }

    @Test
    void theScaleOfEmbeddingGemmasScoresIsAnyPositiveNumberOrItsUsualOne() throws IOException {
        EditedFiles.copyGolden("encoders/embedding-gemma", folder);
        for (double scalar : new double[] {168.5, 512}) {
            EditedFiles.edit(folder.resolve("config.json"), json -> json.put("query_pre_attn_scalar", scalar));
            assertThat(attentionScale()).isEqualTo(1 / Math.sqrt(scalar));
        }
        EditedFiles.edit(folder.resolve("config.json"), json -> json.remove("query_pre_attn_scalar"));
        assertThat(attentionScale()).isEqualTo(1.0 / 16);
    }

    private double attentionScale() {
        return EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING)
                .configuration()
                .attention()
                .scale();
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}
