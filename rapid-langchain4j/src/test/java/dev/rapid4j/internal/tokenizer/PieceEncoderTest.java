package dev.rapid4j.internal.tokenizer;

import static dev.rapid4j.internal.tokenizer.PublishedExpression.LLAMA_3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.CutRules.Layout;
import dev.rapid4j.internal.tokenizer.PieceEncoder.Sizes;
import dev.rapid4j.internal.tokenizer.PieceEncoder.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pieces are compared with what the library gives the whole, with pieces so small that there are many of them. */
class PieceEncoderTest {

    private static final Path TOKENIZERS = Path.of("src/test/resources/tokenizers");
    private static final String[] UNITS = {
        " ",
        "\n",
        "\t",
        "a",
        "A",
        "ab",
        "aab",
        "1",
        "12",
        "123",
        "²",
        ".",
        "-",
        "'",
        "'s",
        "!?",
        "...\n",
        "a1",
        "a.",
        " a",
        "\n a",
        "    \n",
        "\r\n",
        "灯",
        "台東",
        "。",
        "灯。",
        "タワー",
        "가",
        "\u1100\u1161",
        "😀",
        "🇩🇪",
        "👩\u200d👧",
        "\u0301",
        "e\u0301",
        "\u0323\u0301",
        "é",
        "ж",
        "ש",
        "م",
        "ก",
        "न\u093f",
        "\u00a0",
        "\u0085",
        "\u000c",
        "\u3000",
        "\u0000",
        "▁",
        "the ",
        "keeper, ",
        "Ann's ",
        "/\n/",
        "aA",
        "1.1",
        "<s>",
        "</s>",
        "\ud83d"
    };

    private static final Set<String> CONTROL = Set.of("<s>", "</s>");
    private static final Pattern CONTROL_TOKEN = Pattern.compile("</?s>");
    private static final Runnable NO_STEP = () -> {};

    private record Case(String name, String json, CutRules rules) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (List<PublishedExpression> sequence : CutRules.EXPRESSIONS) {
            cases.add(expressions(sequence.toString(), "NFC", split(sequence)));
        }
        cases.add(expressions("GPT-2", null, List.of()));
        cases.add(expressions("digits", "NFKC", List.of(node("{\"type\": \"Digits\", \"individual_digits\": true}"))));
        for (String name : List.of("runs-characters", "llama2", "mistral3", "unigram", "xlm-roberta", "bert")) {
            cases.add(toCase(
                    name,
                    JsonFile.read(TOKENIZERS.resolve(name + ".json"), 1_000_000).root()));
        }
        JsonNode words = JsonFile.read(TOKENIZERS.resolve("runs-characters.json"), 1_000_000)
                .root();
        ((ObjectNode) words).putNull("normalizer");
        ((ObjectNode) words)
                .set(
                        "pre_tokenizer",
                        node(
                                "{\"type\": \"Metaspace\", \"replacement\": \"▁\", \"prepend_scheme\": \"first\", \"split\": true}"));
        cases.add(toCase("metaspace", words));
        return cases;
    }

    private static Case llama() {
        return expressions("Llama 3", "NFC", split(List.of(LLAMA_3)));
    }

    private static Case expressions(String name, String normalizer, List<JsonNode> splits) {
        ObjectNode root = (ObjectNode)
                JsonFile.read(TOKENIZERS.resolve("runs-bytes.json"), 1_000_000).root();
        if (normalizer != null) {
            root.putObject("normalizer").put("type", normalizer);
        }
        ObjectNode sequence = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode parts = sequence.putArray("pretokenizers").addAll(splits);
        boolean expressions = splits.stream().anyMatch(part -> part.has("pattern"));
        parts.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", !expressions);
        Case made = toCase(name, root);
        assertThat(made.rules.layout()).isEqualTo(Layout.EXPRESSION);
        return made;
    }

    private static List<JsonNode> split(List<PublishedExpression> sequence) {
        return sequence.stream().map(expression -> split(expression.linear())).toList();
    }

    private static JsonNode split(String expression) {
        ObjectNode split = JsonFile.MAPPER.createObjectNode().put("type", "Split");
        split.putObject("pattern").put("Regex", expression);
        return split.put("behavior", "Isolated").put("invert", false);
    }

    private static JsonNode node(String json) {
        try {
            return JsonFile.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Case toCase(String name, JsonNode root) {
        return new Case(name, root.toString(), rules(root));
    }

    private static CutRules rules(JsonNode root) {
        return rules(root, true);
    }

    private static CutRules rules(JsonNode root, boolean complete) {
        JsonNode tokens = root.path("model").path("vocab");
        List<String> texts = new ArrayList<>();
        tokens.fieldNames().forEachRemaining(texts::add);
        tokens.forEach(piece -> texts.add(piece.path(0).asText()));
        boolean merged = root.path("model").has("merges");
        return CutRules.of(
                root,
                new Vocabulary(texts.toArray(String[]::new), texts.size(), tokens.isArray(), merged, Map.of()),
                complete,
                CONTROL);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void piecesHaveTheTokensOfTheWhole(Case tried) {
        Random random = new Random(Integer.getInteger("seed", 5));
        int overlap = Math.max(16, 2 * tried.rules.longestToken());
        AtomicInteger pieces = new AtomicInteger();
        int texts = Integer.getInteger("texts", 8);
        try (NativeTokenizer whole = new NativeTokenizer(tried.json)) {
            PieceEncoder encoder = new PieceEncoder(
                    whole, tried.rules, new Sizes(4 * overlap, overlap, Integer.MAX_VALUE), new RecentPieces(1000));
            for (int i = 0; i < texts; i++) {
                String text = text(random, 40 * overlap);
                Tokens tokens = encoder.encode(
                        text, zones(text), new BitSet(), false, Integer.MAX_VALUE, pieces::incrementAndGet);
                assertThat(tokens.ids()).as(text).isEqualTo(whole.encode(text));
                assertThat(tokens.complete()).isTrue();
            }
        }
        assertThat(pieces.get()).isGreaterThan(4 * texts);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tokensKnowTheirPlacesWhereverTheTextIsCut(Case tried) {
        Random random = new Random(6);
        int overlap = Math.max(16, 2 * tried.rules.longestToken());
        try (NativeTokenizer whole = new NativeTokenizer(tried.json)) {
            PieceEncoder inPieces = new PieceEncoder(
                    whole, tried.rules, new Sizes(4 * overlap, overlap, Integer.MAX_VALUE), new RecentPieces(1000));
            PieceEncoder inOne = new PieceEncoder(
                    whole,
                    tried.rules,
                    new Sizes(Integer.MAX_VALUE, overlap, Integer.MAX_VALUE),
                    new RecentPieces(1000));
            for (int i = 0; i < 2; i++) {
                String text = text(random, 20 * overlap).replace("▁", "_");
                Tokens expected = inOne.encode(text, true, Integer.MAX_VALUE, NO_STEP);
                Tokens tokens = inPieces.encode(text, true, Integer.MAX_VALUE, NO_STEP);
                assertThat(tokens.ids()).isEqualTo(expected.ids());
                for (int token = 0; token < tokens.size(); token++) {
                    // but for the space that may be put before a piece
                    assertThat(tokens.end(token)).as(text).isEqualTo(expected.end(token));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTextThatIsAskedAboutAgainIsTakenFromWhatIsRemembered(Case tried) {
        int overlap = Math.max(16, 2 * tried.rules.longestToken());
        Sizes sizes = new Sizes(4 * overlap, overlap, Integer.MAX_VALUE);
        RecentPieces recent = new RecentPieces(1 << 20);
        try (NativeTokenizer whole = new NativeTokenizer(tried.json)) {
            PieceEncoder remembering = new PieceEncoder(whole, tried.rules, sizes, recent);
            PieceEncoder fresh = new PieceEncoder(whole, tried.rules, sizes, new RecentPieces(0));
            String document = text(new Random(7), 40 * overlap) + ". ";
            remembering.encode(document + "What now?", true, Integer.MAX_VALUE, NO_STEP);
            long remembered = recent.bytes();
            Tokens tokens = remembering.encode(document + "And then?", true, Integer.MAX_VALUE, NO_STEP);

            Tokens expected = fresh.encode(document + "And then?", true, Integer.MAX_VALUE, NO_STEP);
            assertThat(tokens.ids()).isEqualTo(expected.ids());
            assertThat(tokens.starts()).isEqualTo(expected.starts());
            assertThat(tokens.ends()).isEqualTo(expected.ends());
            assertThat(recent.bytes() - remembered)
                    .as("of %d characters", document.length())
                    .isLessThan(remembered / 2);
        }
    }

    /** A vertical tab is white space to an expression, but BERT's normalizer takes it away. */
    @Test
    void whatTheNormalizerTakesAwaySeparatesNoWords() {
        Case bert = cases().stream()
                .filter(tried -> tried.name.equals("bert"))
                .findFirst()
                .orElseThrow();
        String text = "a\u000b\u000b".repeat(40);
        try (NativeTokenizer tokenizer = new NativeTokenizer(bert.json)) {
            Tokens tokens = new PieceEncoder(tokenizer, bert.rules, new Sizes(20, 8, 1000), new RecentPieces(0))
                    .encode(text, false, Integer.MAX_VALUE, NO_STEP);
            assertThat(tokens.ids()).isEqualTo(tokenizer.encode(text));
        }
    }

    /** NFKC makes a letter and a middle dot of it, which is one word with the punctuation behind it. */
    @Test
    void aLetterThatEndsInPunctuationIsNotCutFromOther() {
        Case compatible = expressions("Llama 3", "NFKC", split(List.of(LLAMA_3)));
        assertThat(compatible.rules.isCut("l.", 1)).isTrue();
        assertThat(compatible.rules.isCut("\u0140.", 1)).isFalse();
    }

    /** A token that is no letter, a space in another's place, or one more word may come of a cut. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "{'type': 'NFD'}; expressions",
                "{'type': 'Lowercase'}; expressions",
                "{'type': 'Prepend', 'prepend': '▁'}; expressions",
                "{'type': 'Replace', 'pattern': {'String': ' '}, 'content': '▁'}; expressions",
                "{'type': 'Prepend', 'prepend': '▁'}; {'type': 'WhitespaceSplit'}",
                "{'type': 'Replace', 'pattern': {'String': ' '}, 'content': '▁'}; {'type': 'WhitespaceSplit'}",
                "{'type': 'Replace', 'pattern': {'String': '.'}, 'content': 'a'}; {'type': 'WhitespaceSplit'}",
            })
    void whereTheNormalizerMovesTheBordersOfWordsNothingIsCut(String normalizer, String splitter) {
        ObjectNode root = (ObjectNode) node(llama().json);
        root.set("normalizer", node(normalizer.replace('\'', '"')));
        if (!splitter.equals("expressions")) {
            root.set("pre_tokenizer", node(splitter.replace('\'', '"')));
        }
        assertThat(rules(root).layout()).isEqualTo(Layout.OTHER);
    }

    /** The library tells false places of what follows a character that becomes no token. */
    @Test
    void piecesAreNotJoinedWhereCharactersMayVanish() {
        JsonNode root = node(llama().json);
        assertThat(rules(root, false).stretch("a".repeat(100), 0, 100)).isEmpty();
        assertThat(rules(root, true).stretch("a".repeat(100), 0, 100)).isPresent();
    }

    /** Eleven million spaces are more than the library's expressions can take in one go. */
    @Test
    void aRunOfAnyLengthIsReadInPieces() {
        Case llama = llama();
        try (NativeTokenizer tokenizer = new NativeTokenizer(llama.json)) {
            Tokens tokens = new PieceEncoder(tokenizer, llama.rules, new RecentPieces(0))
                    .encode(" ".repeat(11_000_000), false, Integer.MAX_VALUE, NO_STEP);
            int length = tokenizer.decode(tokens.ids(), false).length();
            assertThat(length).isEqualTo(11_000_000);
        }
    }

    @Test
    void oneCanStopBetweenPieces() {
        Case llama = llama();
        AtomicInteger steps = new AtomicInteger();
        try (NativeTokenizer tokenizer = new NativeTokenizer(llama.json)) {
            PieceEncoder encoder = new PieceEncoder(tokenizer, llama.rules, new RecentPieces(0));
            assertThatThrownBy(() -> encoder.encode("word ".repeat(1_000_000), false, Integer.MAX_VALUE, () -> {
                        if (steps.incrementAndGet() == 3) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class);
            Tokens some = encoder.encode("word ".repeat(1_000_000), false, 100, steps::incrementAndGet);
            assertThat(some.size()).isBetween(100, 100_000);
            assertThat(some.complete()).isFalse();
            assertThat(steps).hasValue(4);
        }
    }

    @Test
    void whatCannotBeCutIsRefusedOrLeftOut() {
        Case llama = llama();
        String marks = "ab " + "\u0323\u0301".repeat(1000);
        try (NativeTokenizer tokenizer = new NativeTokenizer(llama.json)) {
            PieceEncoder encoder =
                    new PieceEncoder(tokenizer, llama.rules, new Sizes(100, 10, 500), new RecentPieces(0));
            assertThatThrownBy(() -> encoder.encode(marks, false, Integer.MAX_VALUE, NO_STEP))
                    .isInstanceOf(UnreadableTextException.class)
                    .hasMessageContaining("over 500 characters from character 0 on");
            Tokens beginning = encoder.encode(marks, false, 10_000, NO_STEP);
            assertThat(beginning.complete()).isFalse();
            assertThat(beginning.size()).isGreaterThan(400);
        }
    }

    @Test
    void ofALayoutThatIsNotKnownNothingIsCut() {
        ObjectNode root = (ObjectNode) node(llama().json);
        ((ArrayNode) root.path("pre_tokenizer").path("pretokenizers")).set(0, split("[a-z ]+"));
        assertThat(rules(root).layout()).isEqualTo(Layout.OTHER);
        ObjectNode added = (ObjectNode) node(llama().json);
        ((ArrayNode) added.path("added_tokens"))
                .addObject()
                .put("content", "New York")
                .put("id", 5);
        assertThat(rules(added).layout()).isEqualTo(Layout.OTHER);
    }

    /** The library tells places beyond the text then. */
    @Test
    void placesAreWithinTheTextWhateverTheLibraryTells() throws IOException {
        ObjectNode root = (ObjectNode) JsonFile.read(TOKENIZERS.resolve("runs-characters.json"), 1_000_000)
                .root();
        ((ObjectNode) root.path("model")).put("end_of_word_suffix", "  ");
        String text = "\u00e9\ud83d\ude00 keeper \u0301\u706f".repeat(10);
        Case suffixed = toCase("suffix", root);
        assertThat(suffixed.rules.layout()).isEqualTo(Layout.OTHER);
        try (NativeTokenizer tokenizer = new NativeTokenizer(suffixed.json)) {
            Tokens tokens = new PieceEncoder(tokenizer, suffixed.rules, new RecentPieces(0))
                    .encode(text, true, Integer.MAX_VALUE, NO_STEP);
            for (int token = 0; token < tokens.size(); token++) {
                assertThat(tokens.start(token)).isBetween(-1, text.length());
                assertThat(tokens.end(token)).isBetween(-1, text.length());
            }
        }
    }

    private static int[] zones(String text) {
        return CONTROL_TOKEN
                .matcher(text)
                .results()
                .flatMapToInt(match -> IntStream.of(match.start(), match.end()))
                .toArray();
    }

    /** Blocks, each a repeated unit, a random mixture of some units, or of all. */
    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            int block = 1 + random.nextInt(random.nextBoolean() ? 10 : length);
            String[] units = Stream.generate(() -> UNITS[random.nextInt(UNITS.length)])
                    .limit(1 + random.nextInt(3))
                    .toArray(String[]::new);
            boolean inTurn = random.nextBoolean();
            for (int i = 0; i < block && text.length() < length; i++) {
                text.append(units[inTurn ? i % units.length : random.nextInt(units.length)]);
            }
        }
        return text.toString();
    }
}
