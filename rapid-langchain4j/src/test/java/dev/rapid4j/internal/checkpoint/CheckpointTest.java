package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class CheckpointTest {

    public static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final String NORM = "model.norm.weight";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "mistral-tiny", "qwen2-tiny", "qwen3-tiny"})
    void opensEveryGoldenCheckpoint(String name) {
        Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve(name).toString(), HubFiles.fromEnvironment());
        assertThat(checkpoint.name()).isEqualTo(name);
        assertThat(checkpoint.path()).isAbsolute();
        assertThat(checkpoint.endTokens()).containsExactly(2);
        assertThat(checkpoint.chatTemplate()).get().satisfies(template -> {
            assertThat(template.text()).contains("<|im_start|>");
            assertThat(template.specialTokens()).containsOnlyKeys("eos_token").containsValue("<|im_end|>");
        });
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(384);
            assertThat(tokenizer.encode(List.of(new TextSpan("<|im_end|>", true))))
                    .containsExactly(2);
        }
    }

    /** Llama has no attention biases unless the configuration says so; transformers ignores those of the file. */
    @Test
    void tensorsThatTheNetworkDoesNotNeedAreNotItsWeights() throws IOException {
        for (String file : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(GOLDEN.resolve("qwen2-tiny").resolve(file), folder.resolve(file));
        }
        String config = Files.readString(GOLDEN.resolve("qwen2-tiny/config.json"));
        Files.writeString(folder.resolve("config.json"), config.replace("Qwen2ForCausalLM", "LlamaForCausalLM"));

        String bias = "model.layers.0.self_attn.q_proj.bias";
        assertThat(Checkpoint.open(GOLDEN.resolve("qwen2-tiny")).weights()).containsKey(bias);
        assertThat(Checkpoint.open(folder).weights()).doesNotContainKey(bias).containsKey(NORM);
    }

    @Test
    void knowsWhereEachWeightLies() throws IOException {
        WeightEntry norm =
                Checkpoint.open(GOLDEN.resolve("llama3-tiny")).weights().get(NORM);
        assertThat(norm.file()).hasFileName("model-00003-of-00003.safetensors");
        assertThat(norm.type()).isEqualTo(WeightType.BFLOAT16);
        assertThat(norm.shape()).containsExactly(64L);
        assertThat(norm.length()).isEqualTo(128);
        try (RandomAccessFile file = new RandomAccessFile(norm.file().toFile(), "r")) {
            file.seek(norm.offset());
            // 1 in bfloat16, about which such weights lie
            assertThat(file.readUnsignedByte()).isNotNegative();
            assertThat(file.readUnsignedByte()).isEqualTo(0x3F);
        }
    }

    @Test
    void joinsTheEndTokensOfBothFiles() throws IOException {
        copy("qwen2-tiny");
        edit("config.json", json -> json.put("eos_token_id", 5));
        edit(
                "generation_config.json",
                json -> json.putArray("eos_token_id").add(2).add(7));
        assertThat(Checkpoint.open(folder).endTokens()).containsExactlyInAnyOrder(2, 5, 7);
        Files.delete(folder.resolve("generation_config.json"));
        edit("config.json", json -> json.putNull("eos_token_id"));
        assertThat(Checkpoint.open(folder).endTokens()).isEmpty();
        edit("config.json", json -> json.put("eos_token_id", 384));
        assertRefused("config.json", "eos_token_id is 384", "from 0 to 383");
    }

    @Test
    void findsTheChatTemplateWhereverItIs() throws IOException {
        copy("qwen2-tiny");
        edit("tokenizer_config.json", json -> {
            json.putObject("bos_token").put("content", "<s>");
            json.putArray("chat_template").addObject().put("name", "default").put("template", "the default");
            ((ArrayNode) json.path("chat_template"))
                    .addObject()
                    .put("name", "tool_use")
                    .put("template", "with tools");
        });
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"unk_token\":\"<unk>\",\"eos_token\":\"old\"}");
        assertThat(Checkpoint.open(folder).chatTemplate()).get().satisfies(template -> {
            assertThat(template.text()).isEqualTo("the default");
            assertThat(template.toolText()).contains("with tools");
            assertThat(template.specialTokens())
                    .containsEntry("bos_token", "<s>")
                    .containsEntry("unk_token", "<unk>")
                    .containsEntry("eos_token", "<|im_end|>");
        });
        Files.writeString(folder.resolve("chat_template.jinja"), "from a file");
        assertThat(Checkpoint.open(folder).chatTemplate()).get().satisfies(template -> {
            assertThat(template.text()).isEqualTo("from a file");
            assertThat(template.toolText()).isEmpty();
        });
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates/tool_use.jinja"), "tools from a file");
        assertThat(Checkpoint.open(folder).chatTemplate().orElseThrow().toolText())
                .contains("tools from a file");
        Files.delete(folder.resolve("chat_template.jinja"));
        Files.delete(folder.resolve("tokenizer_config.json"));
        assertThat(Checkpoint.open(folder).chatTemplate()).isEmpty();
    }

    @Test
    void takesAnEmbeddingTableLargerThanTheTokenizerButNotSmaller() throws IOException {
        copy("qwen2-tiny");
        edit(
                "tokenizer.json",
                json -> ((ArrayNode) json.path("added_tokens"))
                        .addObject()
                        .put("id", 384)
                        .put("content", "<extra>")
                        .put("special", true));
        assertThatThrownBy(() -> Checkpoint.open(folder).openTokenizer())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("tokenizer.json", "<extra>", "384", "vocab_size");
    }

    @Test
    void readsDescriptionsAsPythonDoes() throws IOException {
        copy("llama3-tiny");
        begin("config.json", "'x':NaN,'y':[Infinity,-Infinity],'rms_norm_eps':0.5,");
        begin("generation_config.json", "'temperature':NaN,'eos_token_id':7,");
        begin("tokenizer_config.json", "'model_max_length':Infinity,'eos_token':'first',");
        begin("model.safetensors.index.json", "'metadata':{'total_size':NaN},");
        Checkpoint checkpoint = Checkpoint.open(folder);
        // the last of two
        assertThat(checkpoint.configuration().norms().epsilon()).isEqualTo(1e-5);
        assertThat(checkpoint.endTokens()).containsExactly(2);
        assertThat(checkpoint.chatTemplate().orElseThrow().specialTokens()).containsEntry("eos_token", "<|im_end|>");

        Files.writeString(
                folder.resolve("config.json"),
                Files.readString(folder.resolve("config.json")).replace("1e-05", "NaN"));
        assertRefused("config.json: rms_norm_eps is", "NaN", "a positive number is needed");
    }

    /** Of these transformers reads none with Python, but with Rust's serde, which refuses a number that is none. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'x':NaN, | tokenizer.json is not valid JSON",
                "'version':'1.0', | it has the field \"version\" twice",
                "'added_tokens':[{'id':0,'id':1}], | tokenizer.json is not valid JSON"
            })
    void readsATokenizerStrictly(String field, String message) throws IOException {
        copy("llama3-tiny");
        begin("tokenizer.json", field);
        assertThatThrownBy(() -> Checkpoint.open(folder).openTokenizer())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    /** Puts fields before those that a file has. */
    private void begin(String name, String fields) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{" + fields.replace('\'', '"')));
    }

    @Test
    void refusesWhatIsNoCheckpoint() throws IOException {
        assertRefused("config.json is missing");
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("nowhere")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("nowhere does not exist");
        for (String text : List.of(
                "",
                "/no/such/folder",
                "../x",
                "a/b/c",
                "org/na me",
                "org/..",
                "a--b/c",
                "org/name@../x",
                "gpt2",
                "x\0y/z")) {
            assertThatThrownBy(() -> Checkpoint.open(text, HubFiles.fromEnvironment()))
                    .as(text)
                    .isInstanceOf(CheckpointException.class)
                    .message()
                    .containsAnyOf("neither an existing folder or GGUF file", "no file or folder");
        }
        copy("qwen2-tiny");
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"llama\",");
        assertRefused("config.json is not valid JSON");
        Files.writeString(folder.resolve("config.json"), "[".repeat(100_000));
        assertRefused("config.json is not valid JSON");
        Files.writeString(folder.resolve("config.json"), "{\"x\":[" + "0,".repeat(10_000_000) + "0]}");
        assertRefused("config.json is not valid JSON", "Token count");
    }

    @Test
    void refusesAFileThatIsNoSafetensorsFile() throws IOException {
        copy("qwen2-tiny");
        Path weights = folder.resolve("model.safetensors");
        byte[] good = Files.readAllBytes(weights);

        Files.write(weights, new byte[0]);
        assertRefused("model.safetensors has 0 bytes");
        Files.write(weights, new byte[8]);
        assertRefused("model.safetensors: the header's length is given as 0 bytes, in a file of 8 bytes");
        Files.write(weights, withHeaderLength(good, -1));
        assertRefused("header's length is given as 18446744073709551615 bytes");
        Files.write(weights, withHeaderLength(good, 100_000_001));
        assertRefused("header's length is given as 100000001 bytes");
        Files.write(weights, Arrays.copyOf(good, 1000));
        assertRefused("model.safetensors: the header's length is given as", "in a file of 1,000 bytes");
        Files.write(weights, Arrays.copyOf(good, good.length - 1));
        assertRefused("model.safetensors", "cut short");
        Files.write(weights, Arrays.copyOf(good, good.length + 1));
        assertRefused("model.safetensors has " + (good.length + 1) + " bytes, but its tensors end at " + good.length);
        Files.delete(weights);
        assertRefused("holds none of model.safetensors, model.safetensors.index.json, pytorch_model.bin");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'dtype':'F32','shape':[64],'data_offsets':[0,255]} | of type F32 and shape [64] has 255 bytes",
                "{'dtype':'F32','shape':[-1],'data_offsets':[0,256]} | shape [-1]",
                "{'dtype':'F32','shape':[9223372036854775807,9],'data_offsets':[0,256]} | has 256 bytes",
                "{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,256]} | shape [99999999999999999999]",
                "{'dtype':'F32','shape':[64],'data_offsets':[256,0]} | bytes 256 to 0",
                "{'dtype':'F32','shape':[64],'data_offsets':[-256,0]} | bytes -256 to 0",
                "{'dtype':'F32','shape':[64],'data_offsets':[0]} | not a safetensors entry",
                "{'dtype':'F32','shape':64,'data_offsets':[0,256]} | not a safetensors entry",
                "7 | not a safetensors entry",
                "{'dtype':'F32','shape':[64],'data_offsets':[256,512]} | bytes 256 to 512",
                "{'dtype':'F32','shape':[32],'data_offsets':[0,128]} | but its tensors end at",
            })
    void refusesADamagedHeader(String entry, String message) throws IOException {
        copy("qwen2-tiny");
        writeSafetensors("model.safetensors", "{'model.norm.weight':" + entry + "}", 256);
        assertRefused("model.safetensors", message);
    }

    @Test
    void refusesOverlapsAndDuplicates() throws IOException {
        copy("qwen2-tiny");
        String tensor = "{'dtype':'F32','shape':[64],'data_offsets':[0,256]}";
        writeSafetensors("model.safetensors", "{'a':" + tensor + ",'b':" + tensor + "}", 256);
        assertRefused("starts at byte");
        writeSafetensors("model.safetensors", "{'a':" + tensor + ",'a':" + tensor + "}", 256);
        assertRefused("model.safetensors is not valid JSON");
    }

    @Test
    void refusesWeightsThatDoNotFitTheConfiguration() throws IOException {
        copy("qwen2-tiny");
        edit("config.json", json -> json.put("intermediate_size", 161));
        assertRefused("model.safetensors: tensor model.layers.0.mlp.gate_proj.weight has the shape [160, 64], where"
                + " the configuration makes it [161, 64]");
        edit("config.json", json -> json.put("intermediate_size", 160).put("num_hidden_layers", 4));
        assertRefused("tensor model.layers.3.input_layernorm.weight of shape [64] is missing");
        edit("config.json", json -> json.put("num_hidden_layers", 3));
        EditedFiles.editHeader(
                folder.resolve("model.safetensors"), header -> ((ObjectNode) header.path(NORM)).put("dtype", "I32"));
        assertRefused(
                "model.safetensors: tensor model.norm.weight has the type I32",
                "supported are F32, F16, BF16, Q8_0",
                "take the original");
    }

    @Test
    void refusesAnIndexThatDoesNotFitItsFiles() throws IOException {
        copy("llama3-tiny");
        String index = "model.safetensors.index.json";
        Path shard = folder.resolve("model-00003-of-00003.safetensors");
        for (String name : List.of(
                "../evil.safetensors",
                "/etc/passwd",
                "/x.safetensors",
                "a/b.safetensors",
                "C:\\x.safetensors",
                "C:x.safetensors",
                "..\\x.safetensors",
                "x\0.safetensors",
                "x\n.safetensors",
                "\u202Ex.safetensors",
                "x".repeat(300) + ".safetensors",
                "x.bin",
                ".safetensors",
                "..",
                "")) {
            edit(index, json -> ((ObjectNode) json.path("weight_map")).put(NORM, name));
            assertRefused(index, NORM, "beside the index");
        }
        edit(index, json -> ((ObjectNode) json.path("weight_map")).put(NORM, "model-00001-of-00003.safetensors"));
        assertRefused("model-00001-of-00003.safetensors does not hold tensor " + NORM);
        edit(index, json -> ((ObjectNode) json.path("weight_map")).put(NORM, "model-9.safetensors"));
        assertRefused("model-9.safetensors is missing", index);
        Files.copy(shard, folder.resolve("model-9.safetensors"));
        assertRefused("stands in", "and in");
        Files.delete(folder.resolve("model-9.safetensors"));
        edit(index, json -> json.putObject("weight_map"));
        assertRefused(index, "weight_map is {}");
        edit(index, json -> json.remove("weight_map"));
        assertRefused(index, "weight_map is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"the last (3 of 3).safetensors", ".x.safetensors", "a+b,c=d@e#f%20'g.safetensors"})
    void aShardMayHaveAnyNameThatIsOne(String name) throws IOException {
        copy("llama3-tiny");
        String original = "model-00003-of-00003.safetensors";
        Files.move(folder.resolve(original), folder.resolve(name));
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replace(original, name));
        Checkpoint checkpoint = Checkpoint.open(folder);
        assertThat(checkpoint.weights().get(NORM).file()).hasFileName(name);
        LanguageModel.load(checkpoint, Device.CPU, WeightFormat.FLOAT32).close();
    }

    private void assertRefused(String... message) {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(message);
    }

    private void copy(String name) throws IOException {
        EditedFiles.copyGolden(name, folder);
    }

    private void edit(String name, Consumer<ObjectNode> change) throws IOException {
        EditedFiles.edit(folder.resolve(name), change);
    }

    private void writeSafetensors(String name, String header, int dataBytes) throws IOException {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        Files.write(folder.resolve(name), file.array());
    }

    private static byte[] withHeaderLength(byte[] file, long length) {
        byte[] copy = file.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        return copy;
    }
}
