package dev.rapid4j.internal.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.gguf.GgufTokenizer;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.TokenSet;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.testing.RealModels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever the numbers of a network are: what is written is valid, and what is valid can be written. */
class RandomAnswersTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final SchemaRegistry VALIDATOR =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** Behind so many tokens brackets are closed where they may be. */
    private static final int LONG = 40;

    private static final int QWEN_VOCABULARY = 151_936;

    @Test
    void randomAnswersAreValid() throws Exception {
        assertAnswersValid(TestVocabulary.random(5_000, new Random(1)), 300, 1);
    }

    @Test
    void validDocumentsCanBeWrittenInAnyTokens() throws Exception {
        TestVocabulary vocabulary = TestVocabulary.random(5_000, new Random(2));
        GrammarCompiler compiler = vocabulary.compiler();
        for (int i = 0; i < 300; i++) {
            Random random = new Random(i);
            RandomSchemas schemas = new RandomSchemas(random);
            ObjectNode schema = schemas.schema();
            JsonNode document = schemas.document(schema);
            assertValid(schema, document.toString());
            GrammarState start = compiler.compile(new Rule.Schema(schema));
            for (String text : List.of(
                    document.toString(),
                    document.toPrettyString().replace(" :", ":").replace("{ }", "{}"))) {

                assertAccepted(
                        start, vocabulary.tokenize(text, random), "seed %d: %s for %s".formatted(i, text, schema));
            }
        }
    }

    /** {@code -Dgroups=slow}, with the real models. */
    @Test
    @Tag("slow")
    void tenThousandAnswersInTheVocabularyOfQwenAreValid() throws Exception {
        GgufTokenizer described = GgufTokenizer.read(GgufFile.read(RealModels.qwenCoder()), QWEN_VOCABULARY);
        try (Tokenizer tokenizer = Tokenizer.open(described.json(), QWEN_VOCABULARY, Tokenizer.Network.DECODER)) {
            TestVocabulary vocabulary = TestVocabulary.of(
                    tokenizer.tokenBytes(), id(tokenizer, "<tool_call>"), id(tokenizer, "<|im_end|>"));
            assertAnswersValid(
                    vocabulary,
                    Integer.getInteger("rapid.answers", 10_000),
                    Integer.getInteger("rapid.seed", 1_000_000));
        }
    }

    @Test
    void realTokensOfValidDocumentsAreAccepted() throws Exception {
        GgufTokenizer described = GgufTokenizer.read(GgufFile.read(RealModels.qwenCoder()), QWEN_VOCABULARY);
        try (Tokenizer tokenizer = Tokenizer.open(described.json(), QWEN_VOCABULARY, Tokenizer.Network.DECODER)) {
            GrammarCompiler compiler = TestVocabulary.of(tokenizer.tokenBytes(), 0, id(tokenizer, "<|im_end|>"))
                    .compiler();
            for (int i = 0; i < 200; i++) {
                RandomSchemas schemas = new RandomSchemas(new Random(i));
                ObjectNode schema = schemas.schema();
                JsonNode document = schemas.document(schema);
                GrammarState start = compiler.compile(new Rule.Schema(schema));
                assertAccepted(
                        start,
                        tokenizer.encode(document.toString()),
                        "seed %d: %s for %s".formatted(i, document, schema));
            }
        }
    }

    private static int id(Tokenizer tokenizer, String control) {
        return tokenizer.encode(List.of(new TextSpan(control, true)))[0];
    }

    private static void assertAccepted(GrammarState start, int[] ids, String what) {
        GrammarState state = start;
        for (int i = 0; i < ids.length; i++) {
            assertThat(state.allowed().contains(ids[i]))
                    .as("token %d of %s", i, what)
                    .isTrue();
            state = state.after(ids[i]);
        }
        assertThat(state.canEnd()).as(what).isTrue();
    }

    private static void assertAnswersValid(TestVocabulary vocabulary, int count, int seed) throws Exception {
        GrammarCompiler compiler = vocabulary.compiler();
        for (int i = 0; i < count; i++) {
            Random random = new Random(seed + i);
            ObjectNode schema = new RandomSchemas(random).schema();
            GrammarState start = compiler.compile(new Rule.Schema(schema));
            String answer = answer(start, vocabulary, random);
            assertThat(answer).as("seed %d: %s", seed + i, schema).isNotNull();
            assertValid(schema, answer);
        }
    }

    /** With uniform numbers, or with those of a network that likes a few tokens very much. */
    private static String answer(GrammarState start, TestVocabulary vocabulary, Random random) {
        boolean uniform = random.nextBoolean();
        long taste = random.nextLong();
        List<Integer> ids = new ArrayList<>();
        GrammarState state = start;
        while (ids.size() < 200 * LONG) {
            TokenSet allowed = state.allowed();
            if (allowed.contains(vocabulary.end())
                    && (state.complete() || ids.size() > LONG || random.nextInt(3) == 0)) {
                return vocabulary.text(ids);
            }
            // now and then not, as a string may need something else first
            boolean closing = ids.size() > LONG && random.nextBoolean();
            long draw = random.nextLong();
            int best = -1;
            double most = Double.NEGATIVE_INFINITY;
            for (int id = 0; id < vocabulary.tokens().vocabulary(); id++) {
                if (allowed.contains(id) && id != vocabulary.end()) {
                    double logit = number(id, draw);
                    if (!uniform && ids.size() < LONG) {
                        logit += 3 * number(id, taste);
                    }
                    if (closing) {
                        logit += closing(vocabulary.tokens().of(id));
                    }
                    if (logit > most) {
                        most = logit;
                        best = id;
                    }
                }
            }
            assertThat(best)
                    .as("a token that may follow %s", vocabulary.text(ids))
                    .isNotNegative();
            ids.add(best);
            state = state.after(best);
        }
        return null;
    }

    /** From 0 to 1, quickly: there are 152,000 of them for a token. */
    private static double number(int id, long seed) {
        long mixed = (id + seed) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return (mixed >>> 11) * 0x1p-53;
    }

    private static double closing(byte[] token) {
        if (token.length != 1) {
            return 0;
        }
        return token[0] == '"' ? 20 : token[0] == ']' || token[0] == '}' ? 10 : 0;
    }

    private static void assertValid(JsonNode schema, String answer) throws Exception {
        JsonNode document = MAPPER.readTree(answer);
        assertThat(VALIDATOR
                        .getSchema(schema)
                        .validate(
                                document,
                                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))))
                .as("%s against %s", answer, schema)
                .isEmpty();
    }
}
