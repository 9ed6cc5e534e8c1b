package dev.rapid4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.checkpoint.CutRules.Layout;
import dev.rapid4j.checkpoint.PieceEncoder.Sizes;
import dev.rapid4j.checkpoint.PieceEncoder.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
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
        "\u3000",
        "\u0000",
        "▁",
        "the ",
        "keeper, ",
        "Ann's ",
        "/\n/",
        "aA",
        "1.1",
        "\ud83d"
    };

    private record Case(String name, String json, CutRules rules) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (List<String> sequence : CutRules.EXPRESSIONS) {
            cases.add(expressions(
                    sequence.toString(),
                    "NFC",
                    sequence.stream().map(PieceEncoderTest::split).toList()));
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
        return new Case(name, root.toString(), CutRules.of(root, Set.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void piecesHaveTheTokensOfTheWhole(Case tried) {
        Random random = new Random(Integer.getInteger("seed", 5));
        int overlap = Math.max(16, 2 * tried.rules.longestToken());
        Sizes sizes = new Sizes(4 * overlap, overlap, 1 << 20);
        int cuts = 0;
        try (NativeTokenizer whole = new NativeTokenizer(tried.json)) {
            PieceEncoder pieces = new PieceEncoder(whole, tried.rules, sizes);
            for (int i = 0; i < Integer.getInteger("texts", 40); i++) {
                String text = text(random, 40 * overlap);
                AtomicInteger steps = new AtomicInteger();
                Tokens tokens = pieces.encode(text, new int[0], false, Integer.MAX_VALUE, steps::incrementAndGet);
                assertThat(tokens.ids()).as(text).isEqualTo(whole.encode(text));
                cuts += steps.get() - 1;
            }
        }
        System.out.println(tried.name + " " + cuts);
        assertThat(cuts).isGreaterThan(80);
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
