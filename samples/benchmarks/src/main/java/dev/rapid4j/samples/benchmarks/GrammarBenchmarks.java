package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.grammar.GrammarCompiler;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it takes to hold an answer to a JSON schema. Public, as JMH asks for it. With {@code checkpoint} a GGUF file or
 * folder of a model with a large vocabulary:
 *
 * <pre>./mvnw -q -pl samples/benchmarks -am process-classes -Pbenchmarks -Dsample.main=org.openjdk.jmh.Main \
 *     -Dsample.arguments="GrammarBenchmarks -f 1 -wi 3 -i 5 -w 2 -r 4 -p checkpoint=/models/Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf"
 * </pre>
 *
 * <p>{@code step} is a token and the mask behind it, over some documents. With {@code cold} each time through them
 * begins with nothing known of any grammar, as after a start: every mask of a state of an automaton is made for the
 * first time.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GrammarBenchmarks {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String ORDER = """
            {"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{2}-[0-9]{6}$"},"placed":{"type":"string",
            "format":"date-time"},"customer":{"type":"object","properties":{"name":{"type":"string","maxLength":80},"email":
            {"type":"string","format":"email"},"vip":{"type":"boolean"}},"required":["name","email"]},"items":{"type":"array",
            "minItems":1,"items":{"type":"object","properties":{"title":{"type":"string"},"count":{"type":"integer","minimum":1,
            "maximum":1000},"price":{"type":"number","minimum":0},"state":{"enum":["ordered","sent","returned"]}},"required":
            ["title","count","price","state"]}},"remark":{"type":["string","null"]}},"required":["id","placed","customer","items"]}
            """;

    private static final String ORDERED = """
            {
              "id": "RX-004217",
              "placed": "2026-03-14T09:26:53Z",
              "customer": {
                "name": "Zoë Ångström-Müller",
                "email": "zoe@example.org",
                "vip": true
              },
              "items": [
                {"title": "Brass lantern with a \\"fresnel\\" lens", "count": 2, "price": 149.5, "state": "sent"},
                {"title": "Rope, 20 metres", "count": 1, "price": 19.99, "state": "ordered"},
                {"title": "灯台の絵葉書", "count": 12, "price": 0.8, "state": "returned"}
              ],
              "remark": "Please leave it with the keeper, who is in from eight to ten and again after dark."
            }""";

    private static final String TREE = """
            {"type":"object","properties":{"title":{"type":"string"},"parts":{"type":"array","items":{"anyOf":[{"$ref":"#"},
            {"type":"string"},{"type":"object","properties":{"see":{"type":"string"}},"required":["see"],"additionalProperties":
            false}]}}},"required":["title"]}
            """;

    private static final String TREE_WRITTEN = """
            {"title": "Report", "parts": ["The light was lit at dusk and burned all night.",
             {"title": "Weather", "parts": ["Wind from the north-west, rising.",
             {"see": "log of the 14th"}, {"title": "Sea", "parts": ["rough"]}]}]}""";

    private static final String FREE = """
            {"answer": 42, "why": {"because": ["it", "is", null, true], "sources": [{"page": 3, "text": "… and so on"}]}}""";

    /** A GGUF file, or the folder of a checkpoint. */
    @Param("")
    public String checkpoint;

    /** Whether nothing is known at the beginning of the documents. */
    @State(Scope.Thread)
    public static class Writing {

        @Param({"true", "false"})
        public boolean cold;

        private GrammarCompiler compiler;
        private List<GrammarState> starts;
        private List<int[]> documents;
        private int document;
        private int place;
        private GrammarState state;
        private int token;

        /** Goes on to the next token, of which the time is not measured. */
        @Setup(Level.Invocation)
        public void next(GrammarBenchmarks all) {
            if (compiler == null) {
                documents = List.of(
                        all.tokenizer.encode(ORDERED), all.tokenizer.encode(TREE_WRITTEN), all.tokenizer.encode(FREE));
                begin(all);
            }
            while (place == documents.get(document).length) {
                place = 0;
                document++;
                if (document == documents.size()) {
                    begin(all);
                }
                state = starts.get(document);
            }
            token = documents.get(document)[place++];
        }

        private void begin(GrammarBenchmarks all) {
            if (compiler == null || cold) {
                compiler = all.newCompiler();
            }
            starts = List.of(
                    compiler.compile(new Rule.Schema(json(ORDER))),
                    compiler.compile(new Rule.Schema(json(TREE))),
                    compiler.compile(Rule.JSON_OBJECT));
            document = 0;
            place = 0;
            state = starts.get(0);
        }
    }

    /** A schema of 100 properties. */
    @State(Scope.Thread)
    public static class Large {

        private final Rule rule = new Rule.Schema(largeSchema());
        private GrammarCompiler known;

        /** Another one each time, that knows nothing. */
        private GrammarCompiler fresh;

        @Setup(Level.Invocation)
        public void prepare(GrammarBenchmarks all) {
            known = known == null ? all.smallCompiler() : known;
            fresh = all.smallCompiler();
        }
    }

    private Tokenizer tokenizer;
    private TokenBytes tokens;

    @Setup
    public void load() {
        tokenizer = Checkpoint.open(Path.of(checkpoint)).openTokenizer();
        tokens = tokenizer.tokenBytes();
    }

    @TearDown
    public void close() {
        tokenizer.close();
    }

    private GrammarCompiler newCompiler() {
        return new GrammarCompiler(tokens, TokenSet.of(tokens.vocabulary(), id -> id == tokens.vocabulary() - 1));
    }

    /** Compiling does not depend on the vocabulary, but for the bytes that are there. */
    private GrammarCompiler smallCompiler() {
        byte[][] bytes = new byte[256][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = new byte[] {(byte) i};
        }
        return new GrammarCompiler(TokenBytes.of(bytes), TokenSet.of(256, id -> false));
    }

    private static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static JsonNode largeSchema() {
        ObjectNode schema = MAPPER.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        List<String> formats = List.of("date", "email", "uuid", "ipv4");
        for (int i = 0; i < 100; i++) {
            ObjectNode property = properties.putObject("property" + i);
            switch (i % 5) {
                case 0 -> property.put("type", "string").put("maxLength", 10 + i);
                case 1 -> property.put("type", "integer").put("minimum", -i).put("maximum", 1000 * i);
                case 2 -> property.put("type", "string").put("pattern", "^[a-z]{1,%d}-[0-9]+$".formatted(1 + i % 20));
                case 3 -> property.put("type", "string").put("format", formats.get(i % 4));
                default -> property.putArray("enum").add("one").add("two").add(i);
            }
            if (i % 2 == 0) {
                schema.withArray("required").add("property" + i);
            }
        }
        return schema;
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public TokenSet step(Writing writing) {
        writing.state = writing.state.after(writing.token);
        return writing.state.allowed();
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public GrammarState compileCold(Large large) {
        return large.fresh.compile(large.rule);
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public GrammarState compileAgain(Large large) {
        return large.known.compile(large.rule);
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public GrammarCompiler sortVocabulary() {
        return newCompiler();
    }
}
