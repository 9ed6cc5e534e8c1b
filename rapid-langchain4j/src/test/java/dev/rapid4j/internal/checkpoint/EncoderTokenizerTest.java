package dev.rapid4j.internal.checkpoint;

import static dev.rapid4j.internal.checkpoint.EditedFiles.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.tokenizer.Tokenizer.EncodedText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EncoderTokenizerTest {

    private static final Path TOKENIZERS = Path.of("src/test/resources/tokenizers");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"xlm-roberta", "bert"})
    void makesTheIdsThatTokenizersMakes(String name) throws IOException {
        JsonNode expected =
                JsonFile.MAPPER.readTree(TOKENIZERS.resolve(name + ".ids.json").toFile());
        try (Tokenizer tokenizer = open(TOKENIZERS.resolve(name + ".json"))) {
            for (Map.Entry<String, JsonNode> text : expected.properties()) {
                int[] ids = JsonFile.MAPPER.convertValue(text.getValue(), int[].class);
                assertThat(tokenizer.encodeForEncoder(text.getKey(), 512).ids())
                        .as(text.getKey())
                        .containsExactly(ids);
            }
        }
    }

    @Test
    void keepsTheStartAndEndTokenOfATextThatIsCut() {
        try (Tokenizer tokenizer = open(TOKENIZERS.resolve("xlm-roberta.json"))) {
            int[] whole = tokenizer.encode("The lighthouse of Skerry Head");
            assertThat(tokenizer.encodeForEncoder("The lighthouse of Skerry Head", whole.length + 2))
                    .satisfies(input -> assertThat(input.truncated()).isFalse())
                    .satisfies(input -> assertThat(input.ids()).startsWith(0).endsWith(2));
            EncoderInput cut = tokenizer.encodeForEncoder("The lighthouse of Skerry Head", 5);
            assertThat(cut.truncated()).isTrue();
            assertThat(cut.ids()).containsExactly(0, whole[0], whole[1], whole[2], 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"xlm-roberta, 3, <s> the </s> lamp <pad> <mask>", "bert, 1, [CLS] the [SEP] lamp [PAD] [MASK]"})
    void aDocumentNeverBecomesAControlToken(String name, int unknown, String text) {
        try (Tokenizer tokenizer = open(TOKENIZERS.resolve(name + ".json"))) {
            int[] ids = tokenizer.encodeForEncoder(text, 512).ids();
            assertThat(IntStream.of(ids).skip(1).limit(ids.length - 2).filter(tokenizer::isAddedToken))
                    .containsOnly(unknown);
            assertThat(IntStream.range(-1, 200).filter(tokenizer::isSpecial)).containsExactly(0, 1, 2, 3, 4);
            assertThat(tokenizer.decode(
                            tokenizer.encodeForEncoder("the lamp", 512).ids(), false))
                    .isEqualTo("the lamp");
        }
    }

    @Test
    void readsTheFrameOfEveryUsualPostProcessor() throws IOException {
        for (String processor : new String[] {
            "{'type':'RobertaProcessing','sep':['</s>',2],'cls':['<s>',0],'trim_offsets':true,'add_prefix_space':true}",
            "{'type':'BertProcessing','sep':['</s>',2],'cls':['<s>',0]}"
        }) {
            try (Tokenizer tokenizer =
                    open(edited("xlm-roberta", json -> json.set("post_processor", json(processor))))) {
                assertThat(tokenizer.encodeForEncoder("", 8).ids()).containsExactly(0, 2);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'RobertaProcessing','sep':['</s>',2],'cls':['<s>',0]} | 0 7 2 2 8 9 2 | 7",
                "{'type':'BertProcessing','sep':['</s>',2],'cls':['<s>',0]} | 0 7 2 8 9 2 | 3",
                "{'type':'Sequence','processors':[{'type':'ByteLevel'},{'type':'BertProcessing','sep':['</s>',2],'cls':['<s>',0]}]} | 0 7 2 8 9 2 | 3",
                "{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A','type_id':0}}],'pair':[{'Sequence':{'id':'A','type_id':0}},{'SpecialToken':{'id':'s','type_id':1}},{'Sequence':{'id':'B','type_id':1}}],'special_tokens':{'s':{'id':'s','ids':[4]}}} | 7 4 8 9 | 1",
            })
    void putsTwoTextsTogetherAsTheUsualPostProcessorsDo(String processor, String ids, int second) throws IOException {
        try (Tokenizer tokenizer = open(edited("xlm-roberta", json -> json.set("post_processor", json(processor))))) {
            EncoderInput pair = tokenizer.encodePairForEncoder(
                    new EncodedText(new int[] {7}, true), new EncodedText(new int[] {8, 9}, true), 16);
            assertThat(pair.ids())
                    .containsExactly(Stream.of(ids.split(" "))
                            .mapToInt(Integer::parseInt)
                            .toArray());
            assertThat(pair.second()).isEqualTo(second);
            assertThat(pair.truncated()).isFalse();
        }
    }

    /** As {@code truncation=True} of transformers, which the scores of rerankers are compared with, too. */
    @ParameterizedTest
    @CsvSource({
        "1, 9, 1, 4",
        "9, 1, 4, 1",
        "2, 3, 2, 3",
        "3, 3, 2, 3",
        "9, 9, 2, 3",
        "9, 3, 3, 2",
        "4, 9, 2, 3",
        "0, 9, 0, 5"
    })
    void leavesOutTokensOfTheLongerTextFirst(int first, int second, int firstKept, int secondKept) {
        // with 3 control tokens there is room for 5
        try (Tokenizer tokenizer = open(TOKENIZERS.resolve("bert.json"))) {
            EncoderInput pair = tokenizer.encodePairForEncoder(
                    new EncodedText(new int[first], true), new EncodedText(new int[second], true), 8);
            assertThat(pair.second()).isEqualTo(2 + firstKept);
            assertThat(pair.ids()).hasSize(3 + firstKept + secondKept);
            assertThat(pair.truncated()).isEqualTo(firstKept < first || secondKept < second);
        }
    }

    @Test
    void saysThatACheckpointDoesNotPutTextsTogether() throws IOException {
        String single = "{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A'}}],'pair':[]}";
        try (Tokenizer tokenizer = open(edited("xlm-roberta", json -> json.set("post_processor", json(single))))) {
            EncodedText text = new EncodedText(new int[] {7}, true);
            assertThatThrownBy(() -> tokenizer.encodePairForEncoder(text, text, 16))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("post_processor does not say how two texts are put together");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | an encoder needs the start and end token",
                "{'type':'Sequence','processors':[]} | an encoder needs the start and end token",
                "{'type':'BertProcessing','sep':['</s>',2]} | its tokens need ids",
                "{'type':'BertProcessing','sep':['</s>',2],'cls':['<s>',5000]} | beyond the vocabulary",
                "{'type':'TemplateProcessing','single':[]} | it leaves the text out",
                "{'type':'TemplateProcessing','single':[{'Sequence':{}},{'Sequence':{}}]} | more than once",
                "{'type':'TemplateProcessing','single':[{'Sequence':{'type_id':1}}]} | the segment type 0",
            })
    void refusesAFrameItDoesNotUnderstand(String processor, String message) throws IOException {
        assertRefused(edited("xlm-roberta", json -> json.set("post_processor", json(processor))), message);
    }

    /** With any of these the native library would fail or hang, now or when it is used. */
    @Test
    void refusesModelsThatTheNativeLibraryWouldNotSurvive() throws IOException {
        assertModelRefused("xlm-roberta", model -> model.put("unk_id", 5000), "model.unk_id cannot be 5000");
        assertModelRefused("xlm-roberta", model -> model.putNull("unk_id"), "model.unk_id cannot be null");
        assertModelRefused("xlm-roberta", model -> model.putArray("vocab"), "model.unk_id cannot be 3");
        assertModelRefused(
                "xlm-roberta",
                model -> ((ArrayNode) model.path("vocab"))
                        .addArray()
                        .add("a".repeat(1_000_000))
                        .add(-1),
                "the pieces of model.vocab are too long");
        assertModelRefused("bert", model -> model.put("unk_token", "?!"), "model.unk_token cannot be \"?!\"");
        assertModelRefused("bert", model -> model.put("max_input_chars_per_word", 1 << 30), "cannot be 1073741824");
    }

    @Test
    void refusesADamagedCharsmap() throws IOException {
        byte[] good = charsmap(JsonFile.MAPPER.readTree(
                        TOKENIZERS.resolve("xlm-roberta.json").toFile()))
                .array();
        int trieBytes = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getInt();
        assertCharsmapRefused(good, map -> map.putInt(0, -4), "the size of its trie");
        assertCharsmapRefused(good, map -> map.putInt(0, trieBytes + 1), "the size of its trie");
        assertCharsmapRefused(new byte[4], map -> {}, "its trie");
        assertCharsmapRefused(good, map -> map.putInt(4, -1), "its trie");
        assertCharsmapRefused(good, map -> map.put(good.length - 2, (byte) 0xFF), "not UTF-8");
        assertRefused(
                edited(
                        "xlm-roberta",
                        json -> setCharsmap(json, Base64.getEncoder().encodeToString(good) + "AA")),
                "precompiled_charsmap is damaged");
    }

    /** What passes the check must not end this JVM. */
    @Test
    void survivesEveryCharsmapThatPasses() throws IOException {
        Random random = new Random(11);
        StringBuilder text = new StringBuilder();
        IntStream.range(1, 0x3100).forEach(text::appendCodePoint);
        IntStream.range(0xFB00, 0xFFF0).forEach(text::appendCodePoint);
        int passed = 0;
        for (int run = 0; run < 100; run++) {
            Path file = edited("xlm-roberta", json -> {
                ByteBuffer map = charsmap(json);
                int place = random.nextInt(map.capacity() / Integer.BYTES) * Integer.BYTES;
                map.putInt(place, map.getInt(place) ^ 1 << random.nextInt(Integer.SIZE));
                setCharsmap(json, Base64.getEncoder().encodeToString(map.array()));
            });
            try (Tokenizer tokenizer = open(file)) {
                tokenizer.encode(text.toString());
                passed++;
            } catch (CheckpointException e) {
                assertThat(e).hasMessageContaining("precompiled_charsmap is damaged");
            }
        }
        assertThat(passed).isBetween(10, 99);
    }

    private void assertCharsmapRefused(byte[] good, Consumer<ByteBuffer> change, String message) throws IOException {
        ByteBuffer map = ByteBuffer.wrap(good.clone()).order(ByteOrder.LITTLE_ENDIAN);
        change.accept(map);
        assertRefused(
                edited(
                        "xlm-roberta",
                        json -> setCharsmap(json, Base64.getEncoder().encodeToString(map.array()))),
                message);
    }

    private static ByteBuffer charsmap(JsonNode tokenizer) {
        String base64 =
                tokenizer.at("/normalizer/normalizers/0/precompiled_charsmap").textValue();
        return ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void setCharsmap(JsonNode tokenizer, String base64) {
        ((ObjectNode) tokenizer.at("/normalizer/normalizers/0")).put("precompiled_charsmap", base64);
    }

    private void assertModelRefused(String name, Consumer<ObjectNode> change, String message) throws IOException {
        assertRefused(edited(name, json -> change.accept((ObjectNode) json.path("model"))), message);
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("tokenizer.json", message);
    }

    private Path edited(String name, Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        EditedFiles.edit(TOKENIZERS.resolve(name + ".json"), file, change);
        return file;
    }

    private static Tokenizer open(Path file) {
        return Tokenizer.open(file, 1000, Tokenizer.Network.ENCODER);
    }
}
