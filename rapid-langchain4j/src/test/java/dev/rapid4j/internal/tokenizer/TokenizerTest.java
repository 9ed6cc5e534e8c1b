package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

    private static final Path TOKENIZERS = Path.of("src/test/resources/tokenizers");
    private static final List<String> WORDS = List.of(
            " ",
            "  ",
            "    ",
            "\n",
            "\n\n",
            "the",
            " the",
            "lighthouse",
            " keepers",
            "1873",
            "Müller",
            " naphtha",
            "ü",
            ".",
            "🎉",
            "s>",
            "</s",
            "<|",
            "|>",
            "<th",
            "ink>",
            "[INST",
            "INST]",
            "ﬁ",
            "text",
            "é",
            "\u0301",
            "a",
            "x",
            "▁",
            "\u0000");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "llama2-normalized", "mistral3", "unigram", "bytelevel"})
    void givesTrustedTextTheIdsOfTheTokenizerAsPublished(String name) {
        TokenizerFile file = TokenizerFile.read(TOKENIZERS.resolve(name + ".json"), 1000, Tokenizer.Network.DECODER);
        List<String> pieces = withControlTokens(file);
        Random random = new Random(7);
        try (Tokenizer tokenizer = open(name);
                NativeTokenizer plain = PublishedTokenizer.open(TOKENIZERS.resolve(name + ".json"))) {
            for (int i = 0; i < 3000; i++) {
                List<TextSpan> spans = randomPieces(random, pieces).stream()
                        .map(text -> new TextSpan(text, true))
                        .toList();
                String joined = join(spans);
                assertThat(tokenizer.encode(spans)).as(joined).isEqualTo(plain.encode(joined));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "llama2-normalized", "mistral3", "unigram", "bytelevel"})
    void givesTextWithoutControlTokensTheIdsOfTheTokenizerAsPublished(String name) {
        TokenizerFile file = TokenizerFile.read(TOKENIZERS.resolve(name + ".json"), 1000, Tokenizer.Network.DECODER);
        Random random = new Random(8);
        try (Tokenizer tokenizer = open(name);
                NativeTokenizer plain = PublishedTokenizer.open(TOKENIZERS.resolve(name + ".json"))) {
            for (int i = 0; i < 3000; i++) {
                String text = String.join("", randomPieces(random, WORDS));
                if (file.controlTokens().stream().noneMatch(token -> text.contains(token.content()))) {
                    assertThat(tokenizer.encode(text)).as(text).isEqualTo(plain.encode(text));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "llama2-normalized", "mistral3", "unigram", "bytelevel"})
    void takesControlTokensFromTrustedTextOnly(String name) {
        TokenizerFile file = TokenizerFile.read(TOKENIZERS.resolve(name + ".json"), 1000, Tokenizer.Network.DECODER);
        List<String> pieces = withControlTokens(file);
        Random random = new Random(9);
        try (Tokenizer tokenizer = open(name);
                NativeTokenizer plain = PublishedTokenizer.open(TOKENIZERS.resolve(name + ".json"))) {
            String start = file.controlTokens().stream()
                    .filter(token -> !token.conditional() && !token.unknown())
                    .map(ControlToken::content)
                    .findFirst()
                    .orElse("");
            int[] startIds = controls(tokenizer, plain.encode(start), file);
            for (int i = 0; i < 3000; i++) {
                String attack = String.join("", randomPieces(random, pieces));
                assertThat(controls(tokenizer, tokenizer.encode(attack), file))
                        .as(attack)
                        .isEmpty();
                int[] ids = tokenizer.encode(
                        List.of(new TextSpan(start, true), new TextSpan(attack, false), new TextSpan(start, true)));
                assertThat(controls(tokenizer, ids, file)).as(attack).isEqualTo(concat(startIds, startIds));
            }
        }
    }

    @Test
    void aTokenAcrossTheBorderOfTrustIsText() {
        try (Tokenizer tokenizer = open("bytelevel")) {
            int[] ids = tokenizer.encode(List.of(
                    new TextSpan("<|beg", true),
                    new TextSpan("in|><|e", false),
                    new TextSpan("nd|>", true),
                    new TextSpan("<|en", true),
                    new TextSpan("d|>", true)));
            assertThat(ids).endsWith(1);
            assertThat(Arrays.stream(ids).filter(tokenizer::isAddedToken)).containsExactly(1);
            assertThat(tokenizer.decode(ids, false)).isEqualTo("<|begin|><|end|><|end|>");
            assertThat(tokenizer.decode(ids, true)).isEqualTo("<|begin|><|end|>");
        }
    }

    @Test
    void aDocumentCannotHideTheTokenThatFollowsIt() {
        try (Tokenizer tokenizer = open("bytelevel")) {
            int[] ids = tokenizer.encode(List.of(new TextSpan("<|e", false), new TextSpan("<|end|>", true)));
            assertThat(ids).endsWith(1);
            // with the token "<|end|>text" the longest match would swallow what the user wrote
            ids = tokenizer.encode(List.of(new TextSpan("<|end|>", true), new TextSpan("text", false)));
            assertThat(ids).startsWith(1).doesNotContain(344);
        }
    }

    @Test
    void wordsAddedToTheVocabularyStayWords() {
        try (Tokenizer tokenizer = open("bytelevel")) {
            assertThat(tokenizer.encode("naphtha")).containsExactly(346);
            assertThat(tokenizer.isAddedToken(346)).isFalse();
            assertThat(tokenizer.isAddedToken(2)).isTrue();
            assertThat(tokenizer.isAddedToken(-1)).isFalse();
        }
    }

    /** Gemma's runs of spaces are added tokens that its merges make of ordinary text, too. */
    @Test
    void addedRunsOfSpacesStayText() throws IOException {
        ObjectNode root = (ObjectNode) JsonFile.MAPPER.readTree(
                TOKENIZERS.resolve("runs-characters.json").toFile());
        assertThat(root.path("model").path("vocab").has("▁▁")).isTrue();
        ((ArrayNode) root.path("added_tokens"))
                .addObject()
                .put("id", root.path("model").path("vocab").path("▁▁").intValue())
                .put("content", "▁▁")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", false);
        Path file = Files.writeString(folder.resolve("tokenizer.json"), root.toString());
        try (Tokenizer tokenizer = Tokenizer.open(file, 10_000, Tokenizer.Network.DECODER);
                NativeTokenizer published = PublishedTokenizer.open(file)) {
            String text = "if a:\n        b  c";
            assertThat(tokenizer.encode(text)).isEqualTo(published.encode(text));
        }
    }

    /** Where all of a text is one word there is no other place to cut it than in front of a control token. */
    @ParameterizedTest
    @ValueSource(strings = {"llama2", "mistral3"})
    void readsManyShortMessages(String name) {
        List<TextSpan> messages = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            messages.add(new TextSpan("</s>", true));
            messages.add(new TextSpan("a " + i % 10 + "b", false));
        }
        try (Tokenizer tokenizer = open(name)) {
            int[] ids = tokenizer.encode(messages);
            int[] some = tokenizer.encode(messages.subList(0, 20));
            assertThat(Arrays.copyOf(ids, some.length)).isEqualTo(some);
            assertThat(Arrays.stream(ids).filter(tokenizer::isAddedToken)).hasSize(60_000);
            // the messages repeat each other after the first, which may have a space before it
            assertThat(Arrays.copyOfRange(ids, ids.length - some.length + 10, ids.length))
                    .isEqualTo(Arrays.copyOfRange(some, 10, some.length));
        }
    }

    @Test
    void neitherTruncatesNorPads() {
        try (Tokenizer tokenizer = open("bytelevel")) {
            assertThat(tokenizer.count("a")).isOne();
            assertThat(tokenizer.count("a b c d e f g h i j k l m n")).isGreaterThan(20);
            assertThat(tokenizer.encode("")).isEmpty();
            assertThat(tokenizer.encode(List.of())).isEmpty();
            assertThat(tokenizer.decode(new int[0], true)).isEmpty();
        }
    }

    @Test
    void readsInvalidUtf16WithReplacementCharacters() {
        try (Tokenizer tokenizer = open("bytelevel")) {
            String broken = "a\uD83Cb\uDF89c \uD83C\uDF89 d\uD83C";
            assertThat(tokenizer.decode(tokenizer.encode(broken), false)).isEqualTo("a\uFFFDb\uFFFDc 🎉 d\uFFFD");
            // a pair that two spans share is whole
            int[] ids = tokenizer.encode(List.of(new TextSpan("\uD83C", true), new TextSpan("\uDF89", false)));
            assertThat(tokenizer.decode(ids, false)).isEqualTo("🎉");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "mistral3", "unigram", "bytelevel"})
    void readsAWordOfAHundredThousandCharacters(String name) {
        try (Tokenizer tokenizer = open(name)) {
            String word = "lighthouse".repeat(10_000);
            assertThat(tokenizer.decode(tokenizer.encode(word), false)).isEqualTo(word);
        }
    }

    @Test
    void servesSeveralThreadsAndEndsCleanly() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        Tokenizer tokenizer = open("llama2");
        try {
            int[] expected = tokenizer.encode("The lighthouse keeper");
            List<Future<Boolean>> results = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                results.add(threads.submit(() -> IntStream.range(0, 500)
                        .allMatch(i -> Arrays.equals(expected, tokenizer.encode("The lighthouse keeper")))));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
            tokenizer.close();
            tokenizer.close();
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> tokenizer.encode("a"))
                .withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> tokenizer.decode(new int[] {1}, true));
    }

    @Test
    void refusesNegativeIdsAndSkipsThoseOfThePadding() {
        try (Tokenizer tokenizer = open("llama2")) {
            assertThatIllegalArgumentException().isThrownBy(() -> tokenizer.decode(new int[] {-1}, true));
            assertThat(tokenizer.decode(new int[] {999_999}, true)).isEmpty();
        }
    }

    @Test
    void tellsVocabulariesApart() {
        try (Tokenizer one = open("llama2");
                Tokenizer same = open("llama2");
                Tokenizer other = open("mistral3")) {
            assertThat(one.hasSameVocabulary(same)).isTrue();
            assertThat(one.hasSameVocabulary(other)).isFalse();
        }
    }

    @Test
    void namesWhatIsWrongWithATokenizer() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file + " is missing");
        Files.writeString(file, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"b\"]]}}");
        assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file + " cannot be read by the tokenizers library");
        Files.writeString(file, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-3},\"merges\":[]}}");
        assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("token \"a\" has the id -3");
        Files.writeString(file, "[]");
        assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class);
        assertThatThrownBy(() -> Tokenizer.open(TOKENIZERS.resolve("bytelevel.json"), 346, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "token \"naphtha\" has the id 346, but config.json gives the network a vocab_size of 346");
    }

    /** With any of these the native library would end the JVM, now or when it is used. */
    @Test
    void refusesWhatTheNativeLibraryWouldNotSurvive() throws IOException {
        String growing = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaaaaa\"}";
        String[][] sections = {
            {
                "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"\"}",
                "precompiled_charsmap is damaged"
            },
            {"\"normalizer\":{\"precompiled_charsmap\":\"\"}", "\"\" is not supported"},
            {"\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0}", "\"FixedLength\" is not supported"},
            {
                "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" + growing + "," + growing + "]}",
                "make a text too long"
            },
            {
                "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[" + growing + "," + growing + "]}",
                "make a text too long"
            },
        };
        Path file = folder.resolve("tokenizer.json");
        for (String[] section : sections) {
            Files.writeString(
                    file, "{" + section[0] + ",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
            assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(section[1]);
        }
        Files.writeString(
                file,
                "{\"model\":{\"type\":\"BPE\",\"continuing_subword_prefix\":\"#####\","
                        + "\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}}");
        assertThatThrownBy(() -> Tokenizer.open(file, 1000, Tokenizer.Network.DECODER))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("merge \"a b\"");
    }

    private static Tokenizer open(String name) {
        return Tokenizer.open(TOKENIZERS.resolve(name + ".json"), 1000, Tokenizer.Network.DECODER);
    }

    private static List<String> withControlTokens(TokenizerFile file) {
        List<String> pieces = new ArrayList<>(WORDS);
        for (int i = 0; i < 3; i++) {
            file.controlTokens().forEach(token -> pieces.add(token.content()));
        }
        return pieces;
    }

    private static List<String> randomPieces(Random random, List<String> pieces) {
        return random.ints(random.nextInt(12), 0, pieces.size())
                .mapToObj(pieces::get)
                .toList();
    }

    private static String join(List<TextSpan> spans) {
        return spans.stream().map(TextSpan::text).collect(Collectors.joining());
    }

    /** The control tokens among ids, but for the unknown token, which any odd character becomes. */
    private static int[] controls(Tokenizer tokenizer, int[] ids, TokenizerFile file) {
        return Arrays.stream(ids)
                .filter(tokenizer::isAddedToken)
                .filter(id ->
                        id != (file.controlTokens().stream().anyMatch(ControlToken::unknown) ? unknownId(file) : -1))
                .toArray();
    }

    private static int unknownId(TokenizerFile file) {
        return file.guardedJson().contains("\"Unigram\"") ? 2 : 0;
    }

    private static int[] concat(int[] one, int[] other) {
        return IntStream.concat(Arrays.stream(one), Arrays.stream(other)).toArray();
    }
}
