package dev.rapid4j.internal.checkpoint;

import static dev.rapid4j.internal.checkpoint.EditedFiles.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.Activation;
import dev.rapid4j.internal.architecture.EncoderConfiguration;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.EncoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Positions;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.StateDictionary;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.TorchFile;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import dev.rapid4j.testing.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderCheckpointTest {

    @TempDir
    Path folder;

    @Test
    void opensBgeM3AsPublished() throws IOException {
        EncoderCheckpoint checkpoint = EncoderCheckpoint.open(Golden.path("bge-m3-tiny"), EncoderTask.EMBEDDING);
        assertThat(checkpoint.configuration())
                .isEqualTo(new EncoderConfiguration(
                        "xlm-roberta",
                        94,
                        64,
                        new Attention(4, 4, 16, true, 0.25),
                        new FeedForward(128, Activation.GELU, false, true),
                        new Norms(false, true, true, 1e-5),
                        new Positions(514, 2, 1, 0),
                        1,
                        Collections.nCopies(3, new Layer(0, 0)),
                        512,
                        new Output(Pooling.CLS, List.of(), true, Optional.empty())));
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'model_type':'new' | model_type is \"new\"; supported are the encoders XLMRobertaModel, RobertaModel, BertModel, MPNetModel",
                "'model_type':null | model_type is null",
                "'architectures':['XLMRobertaForSequenceClassification'] | it scores texts and does not embed them, so give it to RapidScoringModel",
                "'architectures':['BertModel'] | architectures is",
                "'position_embedding_type':'relative_key' | supported is absolute",
                "'is_decoder':true | is_decoder is true",
                "'add_cross_attention':true | add_cross_attention is true",
                "'quantization_config':{'quant_method':'fp8'} | quantised with FP8 are not supported, take the original",
                "'hidden_act':'silu' | hidden_act is \"silu\"",
                "'num_attention_heads':5 | it must divide hidden_size, which is 64",
                "'pad_token_id':-1 | pad_token_id is -1",
                "'pad_token_id':512 | that leaves no room for a text",
                "'max_position_embeddings':0 | max_position_embeddings is 0",
                "'hidden_size':128 | word_embeddings.weight has the shape [94, 64], where the configuration makes it [94, 128]",
                "'num_hidden_layers':4 | tensor encoder.layer.3.attention.self.query.weight of shape [64, 64] is missing",
                "'pad_token_id':1,'type_vocab_size':2 | token_type_embeddings.weight has the shape [1, 64]",
            })
    void refusesAConfigurationItDoesNotKnow(String fields, String message) throws IOException {
        copy();
        edit("config.json", json -> json.setAll((ObjectNode) json("{" + fields + "}")));
        assertRefused(message);
    }

    @Test
    void countsThePositionsOfBertFromTheFirst() throws IOException {
        copy();
        edit("config.json", json -> json.put("model_type", "bert").remove("architectures"));
        assertThat(EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).configuration())
                .returns(0, configuration -> configuration.positions().first())
                .returns(514, EncoderConfiguration::maxTokens);
    }

    @Test
    void takesPoolingAndLengthFromSentenceTransformers() throws IOException {
        copy();
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\":128}");
        modules("Transformer", "Pooling", "Normalize");
        pooling("{'pooling_mode_cls_token':false,'pooling_mode_mean_tokens':true,'word_embedding_dimension':64}");
        assertThat(EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).configuration())
                .returns(Pooling.MEAN, configuration -> configuration.output().pooling())
                .returns(true, configuration -> configuration.output().normalized())
                .returns(128, EncoderConfiguration::maxTokens);

        modules("Transformer", "Pooling");
        pooling("{'pooling_mode':'cls'}");
        assertThat(EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).configuration())
                .returns(Pooling.CLS, configuration -> configuration.output().pooling())
                .returns(false, configuration -> configuration.output().normalized());

        for (String other : List.of(
                "{'pooling_mode_max_tokens':true}",
                "{'pooling_mode_cls_token':true,'pooling_mode_mean_tokens':true}",
                "{}")) {
            pooling(other);
            assertRefused("config.json asks for the pooling");
        }
        modules("Transformer", "Pooling", "LayerNorm");
        assertRefused(
                "modules.json describes [Transformer, Pooling in 1_Pooling, LayerNorm in 2_LayerNorm]; supported");
        modules("Transformer", "Pooling");
        pooling("{'pooling_mode_lasttoken':true}");
        assertRefused("supported for encoders are cls and mean");
        pooling("{'pooling_mode':'mean','include_prompt':false}");
        assertRefused("include_prompt is false");
    }

    @Test
    void takesWhatIsPutBeforeATextFromSentenceTransformers() throws IOException {
        copy();
        assertThat(prompts("{}")).isEqualTo(new SentencePrompts(Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(prompts("{'prompts':{'query':'q: ','document':'','other':'x'},'default_prompt_name':null}"))
                .isEqualTo(new SentencePrompts(Optional.of("q: "), Optional.empty(), Optional.empty()));
        assertThat(prompts("{'prompts':{'query':'q: ','passage':'p: ','own':'o: '},'default_prompt_name':'own'}"))
                .isEqualTo(new SentencePrompts(Optional.of("q: "), Optional.of("p: "), Optional.of("o: ")));
        assertThatThrownBy(() -> prompts("{'prompts':{'query':1}}"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("prompts is {\"query\":1}; texts");
    }

    private SentencePrompts prompts(String json) throws IOException {
        Files.writeString(
                folder.resolve("config_sentence_transformers.json"), json(json).toString());
        return EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING).prompts();
    }

    @Test
    void takesTheMeanWhereNothingSaysOtherwise() throws IOException {
        copy();
        Files.delete(folder.resolve("sparse_linear.pt"));
        Files.delete(folder.resolve("colbert_linear.pt"));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\":1" + "0".repeat(30) + "}");
        EncoderCheckpoint checkpoint = EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING);
        assertThat(checkpoint.configuration())
                .returns(Pooling.MEAN, configuration -> configuration.output().pooling())
                .returns(true, configuration -> configuration.output().normalized())
                .returns(512, EncoderConfiguration::maxTokens);
        assertThat(checkpoint.hasLexicalHead()).isFalse();
        assertThat(checkpoint.hasTokenHead()).isFalse();
    }

    @Test
    void refusesHeadsOfAnotherNetwork() throws IOException {
        copy();
        Files.copy(
                folder.resolve("colbert_linear.pt"),
                folder.resolve("sparse_linear.pt"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused(
                "sparse_linear.pt: tensor weight has the shape [64, 64], where the configuration makes it [1, 64]");
        TorchFile.of(TorchFile.dictionary("K\1")).write(folder.resolve("sparse_linear.pt"));
        assertRefused("sparse_linear.pt was refused");
        TorchFile.of("\u0080\u0002}.").write(folder.resolve("sparse_linear.pt"));
        assertRefused("sparse_linear.pt: tensor weight of shape [1, 64] is missing");
    }

    /** As classes with another task on top have it. */
    @Test
    void findsWeightsInSafetensorsUnderAPrefix() throws IOException {
        copy();
        Path bin = folder.resolve("pytorch_model.bin");
        writeSafetensors(name -> "roberta." + name, StateDictionary.read(bin), Files.readAllBytes(bin));
        Files.delete(bin);
        WeightEntry found = EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING)
                .weights()
                .get("encoder.layer.2.output.dense.weight");
        assertThat(found.file()).hasFileName("model.safetensors");
        assertThat(found.shape()).containsExactly(64L, 128L);
    }

    /** As those have it that were converted from TensorFlow. */
    @Test
    void findsTheWeightsOfNormsUnderTheirOldNames() throws IOException {
        copy();
        Path bin = folder.resolve("pytorch_model.bin");
        EncoderCheckpoint published = EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING);
        writeSafetensors(
                name -> name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
                StateDictionary.read(bin),
                Files.readAllBytes(bin));
        Files.delete(bin);
        EncoderCheckpoint renamed = EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING);
        assertThat(renamed.fields().keySet()).isEqualTo(published.fields().keySet());
        assertThat(renamed.fields().get("embedding.norm.weight").shape()).containsExactly(64L);
    }

    private void writeSafetensors(UnaryOperator<String> named, Map<String, Tensor> tensors, byte[] source)
            throws IOException {
        ObjectNode header = JsonFile.MAPPER.createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        tensors.forEach((name, tensor) -> {
            ObjectNode entry = header.putObject(named.apply(name)).put("dtype", tensor.type());
            tensor.shape().forEach(entry.withArray("shape")::add);
            entry.putArray("data_offsets").add(data.size()).add(data.size() + tensor.length());
            data.write(source, (int) tensor.offset(), (int) tensor.length());
        });
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file =
                ByteBuffer.allocate(Long.BYTES + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json).put(data.toByteArray());
        Files.write(folder.resolve("model.safetensors"), file.array());
    }

    @Test
    void prefersSafetensorsAndSaysWhatIsMissing() throws IOException {
        copy();
        Files.copy(Golden.path("qwen2-tiny/model.safetensors"), folder.resolve("model.safetensors"));
        assertRefused("tensor embeddings.word_embeddings.weight of shape [94, 64] is missing");
        Files.delete(folder.resolve("model.safetensors"));
        Files.delete(folder.resolve("pytorch_model.bin"));
        assertRefused("holds none of model.safetensors, model.safetensors.index.json, pytorch_model.bin,");
    }

    private void modules(String... types) throws IOException {
        ArrayNode modules = JsonFile.MAPPER.createArrayNode();
        for (int i = 0; i < types.length; i++) {
            modules.addObject()
                    .put("idx", i)
                    .put("path", i == 0 ? "" : i + "_" + types[i])
                    .put("type", "sentence_transformers.models." + types[i]);
        }
        Files.writeString(folder.resolve("modules.json"), modules.toString());
    }

    private void pooling(String json) throws IOException {
        Files.createDirectories(folder.resolve("1_Pooling"));
        Files.writeString(folder.resolve("1_Pooling/config.json"), json(json).toString());
    }

    private void copy() throws IOException {
        EditedFiles.copyGolden("bge-m3-tiny", folder);
    }

    private void edit(String name, Consumer<ObjectNode> change) throws IOException {
        EditedFiles.edit(folder.resolve(name), change);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    /** The reference cut its longest text plainly, where transformers keeps the end token. */
    @Test
    void encodesTextsAsTransformersDoes() {
        try (Tokenizer tokenizer = EncoderCheckpoint.open(Golden.path("bge-m3-tiny"), EncoderTask.EMBEDDING)
                .openTokenizer()) {
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
