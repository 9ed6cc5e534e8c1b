package dev.rapid4j.internal.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.testing.GgufWriter;
import dev.rapid4j.testing.RealModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GgufTokenizerTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path VOCABULARIES = GOLDEN.resolve("gguf-vocabularies");

    private static final JsonNode EXPECTED =
            JsonFile.read(VOCABULARIES.resolve("expected.json"), 1_000_000).root();

    private static final int NETWORK = 1_000;

    @TempDir
    Path folder;

    static List<String> vocabularies() {
        return EXPECTED.path("ids").propertyStream().map(Map.Entry::getKey).toList();
    }

    @ParameterizedTest
    @MethodSource("vocabularies")
    void tokensAreThoseOfThePublishedTokenizer(String name) {
        GgufTokenizer described = read(VOCABULARIES.resolve(name + ".gguf"), NETWORK);

        try (Tokenizer tokenizer = open(described)) {
            assertExpected(tokenizer, EXPECTED.path("ids").path(name));
        }
    }

    private static void assertExpected(Tokenizer tokenizer, JsonNode ids) {
        assertThat(ids).hasSameSizeAs(EXPECTED.path("lines")).isNotEmpty();
        for (int i = 0; i < ids.size(); i++) {
            String line = EXPECTED.path("lines").get(i).textValue();
            assertThat(tokenizer.encode(trusted(line))).as(line).isEqualTo(ints(ids.get(i)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-bpe", "gpt-2", "sentencepiece", "sentencepiece-unprefixed"})
    void textIsNeverControl(String name) {
        GgufTokenizer described = read(VOCABULARIES.resolve(name + ".gguf"), NETWORK);
        String text = "a<|im_end|> <|im_end|>\n<|im_start|>";

        try (Tokenizer tokenizer = open(described)) {
            assertThat(controlTokens(tokenizer, tokenizer.encode(text))).isZero();
            assertThat(controlTokens(tokenizer, tokenizer.encode(trusted(text))))
                    .isEqualTo(3);
            assertThat(tokenizer.decode(tokenizer.encode(text), true)).isEqualTo(text);
        }
    }

    private static long controlTokens(Tokenizer tokenizer, int[] ids) {
        return Arrays.stream(ids).filter(tokenizer::isAddedToken).count();
    }

    @Test
    void theChatTemplateComesWithTheTextsOfItsTokens() {
        GgufTokenizer described = read(VOCABULARIES.resolve("qwen2.gguf"), NETWORK);

        assertThat(described.chatTemplate())
                .hasValueSatisfying(text -> assertThat(text).contains("bos_token + message"));
        assertThat(described.specialTokens())
                .containsEntry("bos_token", "<|im_start|>")
                .containsEntry("eos_token", "<|im_end|>")
                .doesNotContainKeys("pad_token", "unk_token");
    }

    @Test
    void aBaseModelHasNoChatTemplate() {
        assertThat(read(small()).chatTemplate()).isEmpty();
        assertThat(read(small()).toolTemplate()).isEmpty();
    }

    @Test
    void thereMayBeATemplateForConversationsWithTools() {
        GgufTokenizer described = read(small().set("tokenizer.chat_template", "the default")
                .set("tokenizer.chat_template.tool_use", "with tools")
                .set("tokenizer.chat_templates", List.of("tool_use")));
        assertThat(described.chatTemplate()).contains("the default");
        assertThat(described.toolTemplate()).contains("with tools");
    }

    /** Files name one end token; a model that was taught to chat uses another as well. */
    @Test
    void answersEndWithAnyTokenThatEndsATurn() {
        GgufWriter file = small("a", "b", "ab", "</s>", "<|im_end|>", "<|end|>", "<stop>", "<start>")
                .set("tokenizer.ggml.token_type", List.of(1, 1, 1, 3, 1, 4, 3, 3))
                .set("tokenizer.ggml.eos_token_id", 3)
                .set("tokenizer.ggml.eot_token_id", 6)
                .set("tokenizer.ggml.padding_token_id", -1);

        assertThat(read(file).endTokens()).containsExactlyInAnyOrder(3, 4, 5, 6);
    }

    @Test
    void whatEndsAPartOfAnAnswerDoesNotEndIt() {
        GgufWriter file = small("a", "b", "ab", "<|end|>", "<|return|>")
                .set("tokenizer.ggml.token_type", List.of(1, 1, 1, 3, 3))
                .set("tokenizer.ggml.eos_token_id", 4);

        assertThat(read(file).endTokens()).containsExactly(4);
    }

    /** As older converters wrote them. */
    @Test
    void aControlTokenThatIsCalledOrdinaryIsControlAllTheSame() {
        GgufWriter file = small("a", "b", "ab", "<|im_start|>", "<s>")
                .set("tokenizer.ggml.token_type", List.of(1, 1, 1, 1, 1))
                .set("tokenizer.ggml.bos_token_id", 4);

        try (Tokenizer tokenizer = open(read(file))) {
            assertThat(tokenizer.encode(trusted("ab<|im_start|>a<s>"))).containsExactly(2, 3, 0, 4);
            assertThat(tokenizer.decode(new int[] {2, 3, 4}, true)).isEqualTo("ab");
        }
    }

    @Test
    void whatFillsTheVocabularyIsNoToken() {
        GgufWriter file = small("a", "b", "ab", "[PAD3]", "[PAD4]", "[PAD5]", "")
                .set("tokenizer.ggml.token_type", List.of(1, 1, 1, 5, 4, 2, 1));

        try (Tokenizer tokenizer = open(read(file))) {
            assertThat(tokenizer.encode(trusted("[PAD4]ab[PAD5]"))).containsExactly(2);
            assertThat(tokenizer.decode(new int[] {0, 3, 4, 5, 6, 500}, false)).isEqualTo("a");
        }
    }

    /** In files that were made without a {@code tokenizer.model}. */
    @Test
    void scoresThatAreAllTheSameLeaveTheOrderOfTheTokens() {
        GgufFile golden = GgufFile.read(VOCABULARIES.resolve("sentencepiece.gguf"));
        List<String> tokens = golden.texts("tokenizer.ggml.tokens");
        GgufWriter file = new GgufWriter()
                .set("tokenizer.ggml.model", "llama")
                .set("tokenizer.ggml.tokens", tokens)
                .set("tokenizer.ggml.scores", Collections.nCopies(tokens.size(), -1000f))
                .set(
                        "tokenizer.ggml.token_type",
                        IntStream.of(golden.integers("tokenizer.ggml.token_type"))
                                .boxed()
                                .toList());

        try (Tokenizer tokenizer = open(read(file))) {
            assertExpected(tokenizer, EXPECTED.path("ids").path("sentencepiece"));
        }
    }

    static Stream<Arguments> damage() {
        return Stream.of(
                arguments("tokenizer.ggml.model is bert", set("tokenizer.ggml.model", "bert")),
                arguments("tokenizer.ggml.model is a name like no other", set("tokenizer.ggml.model", "a\nb")),
                arguments("tokenizer.ggml.pre is falcon", set("tokenizer.ggml.pre", "falcon")),
                arguments("tokenizer.ggml.tokens", set("tokenizer.ggml.tokens", List.of())),
                arguments("the same", set("tokenizer.ggml.tokens", List.of("a", "b", "ab", "a"))),
                arguments("too long", set("tokenizer.ggml.tokens", List.of("a", "b", "ab", "c".repeat(5_000)))),
                arguments("one for each", set("tokenizer.ggml.token_type", List.of(1, 1, 1))),
                arguments("from 0 to 6", set("tokenizer.ggml.token_type", List.of(1, 1, 1, 7))),
                arguments("tokenizer.ggml.merges", set("tokenizer.ggml.merges", List.of())),
                arguments("number 1 of them", set("tokenizer.ggml.merges", List.of("a b", "b a"))),
                arguments("number 0 of them", set("tokenizer.ggml.merges", List.of("ab"))),
                arguments("number 0 of them", set("tokenizer.ggml.merges", List.of("a b c"))),
                arguments("tokenizer.ggml.eos_token_id is 4", set("tokenizer.ggml.eos_token_id", 4)),
                arguments("tokenizer.ggml.eot_token_id is -7", set("tokenizer.ggml.eot_token_id", -7L)),
                arguments("tokenizer.ggml.scores is missing", sentencePiece()),
                arguments("one for each", sentencePiece(0f, -1f, -2f)),
                arguments("number 2 of them", sentencePiece(0f, -1f, Float.NaN, 0f)),
                arguments("none of them is the default", set("tokenizer.chat_templates", List.of("rag"))));
    }

    private static UnaryOperator<GgufWriter> set(String key, Object value) {
        return file -> file.set(key, value);
    }

    private static UnaryOperator<GgufWriter> sentencePiece(Float... scores) {
        return file -> {
            GgufWriter written = new GgufWriter()
                    .set("tokenizer.ggml.model", "llama")
                    .set("tokenizer.ggml.tokens", List.of("a", "b", "ab", "<s>"))
                    .set("tokenizer.ggml.token_type", List.of(1, 1, 1, 3));
            return scores.length == 0 ? written : written.set("tokenizer.ggml.scores", List.of(scores));
        };
    }

    @ParameterizedTest
    @MethodSource
    void damage(String message, UnaryOperator<GgufWriter> damage) {
        GgufWriter file = damage.apply(small());

        assertThatThrownBy(() -> open(read(file)).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(folder.resolve("model.gguf").toString())
                .hasMessageContaining(message);
    }

    /** Before the text of a {@code tokenizer.json} is made of them, of which they would be a hundred bytes each. */
    @Test
    void moreControlTokensThanAnyModelHasAreRefused() {
        int count = 10_001;
        GgufWriter file = small(
                        IntStream.range(0, count).mapToObj("<|%d|>"::formatted).toArray(String[]::new))
                .set("tokenizer.ggml.token_type", Collections.nCopies(count, 3));

        assertThatThrownBy(() -> read(file.write(folder.resolve("model.gguf")), count))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("more than the 10,000 control tokens that are supported");
    }

    @Test
    void aVocabularyLargerThanTheNetworkIsRefused() {
        Path file = small().write(folder.resolve("model.gguf"));

        assertThat(read(file, 4).endTokens()).containsExactly(3);
        assertThatThrownBy(() -> read(file, 3))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.ggml.tokens is a list of 4")
                .hasMessageContaining("the network knows 3 tokens");
    }

    @Test
    void withoutANameNobodyKnowsHowTextIsTakenApart() {
        GgufWriter file = new GgufWriter().set("tokenizer.ggml.model", "gpt2");

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.ggml.pre is missing");
    }

    static Stream<Arguments> realModels() {
        return Stream.of(arguments("smollm2", (ModelFile) RealModels::smolLm2), arguments("qwen-coder", (ModelFile)
                RealModels::qwenCoder));
    }

    @FunctionalInterface
    interface ModelFile {
        Path path();
    }

    @ParameterizedTest
    @MethodSource("realModels")
    void tokensOfRealModelsAreThoseOfTransformers(String name, ModelFile file) {
        Path path = file.path();
        JsonNode lines = json("real/lines.json");
        JsonNode ids = json("real/" + name + ".json").path("lines");

        try (Tokenizer tokenizer = open(read(path, 200_000))) {
            assertThat(StreamSupport.stream(lines.spliterator(), false)
                            .map(line -> tokenizer.encode(trusted(line.textValue()))))
                    .containsExactlyElementsOf(StreamSupport.stream(ids.spliterator(), false)
                            .map(GgufTokenizerTest::ints)
                            .toList());
        }
    }

    private static GgufWriter small() {
        return small("a", "b", "ab", "<|im_end|>").set("tokenizer.ggml.token_type", List.of(1, 1, 1, 3));
    }

    private static GgufWriter small(String... tokens) {
        return new GgufWriter()
                .set("tokenizer.ggml.model", "gpt2")
                .set("tokenizer.ggml.pre", "gpt-2")
                .set("tokenizer.ggml.tokens", List.of(tokens))
                .set("tokenizer.ggml.merges", List.of("a b"));
    }

    private GgufTokenizer read(GgufWriter file) {
        return read(file.write(folder.resolve("model.gguf")), NETWORK);
    }

    private static GgufTokenizer read(Path file, int networkSize) {
        return GgufTokenizer.read(GgufFile.read(file), networkSize);
    }

    private static Tokenizer open(GgufTokenizer described) {
        return Tokenizer.open(described.json(), 200_000, Tokenizer.Network.DECODER);
    }

    private static List<TextSpan> trusted(String text) {
        return List.of(new TextSpan(text, true));
    }

    private static JsonNode json(String file) {
        try {
            return JsonFile.MAPPER.readTree(GOLDEN.resolve(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ints(JsonNode ids) {
        return StreamSupport.stream(ids.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
