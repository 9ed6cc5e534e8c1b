package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.rapid4j.internal.grammar.GrammarCompiler;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Arguments that are written otherwise than as one JSON object come out as one that follows the schema. */
class ArgumentsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final SplittableRandom random = new SplittableRandom(23);

    private static JsonNode schema() throws Exception {
        return JSON.readTree("""
                {"type": "object", "required": ["text", "flag"], "additionalProperties": false,
                 "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 4}},
                                     "required": ["city"], "additionalProperties": false}},
                 "properties": {
                    "unit": {"type": "string", "enum": ["a", "b \\"c\\" é"], "description": "A unit"},
                    "text": {"type": "string", "description": "A text"},
                    "days": {"type": "integer", "minimum": -9, "maximum": 12},
                    "flag": {"type": "boolean"},
                    "code": {"type": "string", "pattern": "^[a-c]{2}$"},
                    "list": {"type": "array", "items": {"type": "number"}, "maxItems": 2},
                    "place": {"$ref": "#/$defs/Place"}}}
                """);
    }

    private static String behind(ArgumentsForm form) {
        return form == ArgumentsForm.PYTHON ? ")" : form == ArgumentsForm.TAGS ? "</function>\n</tool_call>" : "}";
    }

    /** Reads a text in random pieces of characters. */
    private String read(Arguments arguments, String text) {
        ArgumentsReader reader = arguments.reader().get();
        StringBuilder json = new StringBuilder();
        StringBuilder come = new StringBuilder();
        for (int start = 0; start < text.length(); ) {
            int end = Math.min(text.length(), start + random.nextInt(1, 8));
            come.append(text, start, end);
            json.append(reader.read(come));
            start = end;
        }
        assertThat(reader.ended()).as(text).isTrue();
        return json.toString();
    }

    private static boolean accepts(GrammarState start, String text) {
        return start.after(text).filter(GrammarState::canEnd).isPresent();
    }

    private static GrammarCompiler compiler(ChoppedVocabulary tokens) {
        return new GrammarCompiler(
                tokens.vocabulary().bytes(),
                TokenSet.of(tokens.vocabulary().size(), id -> id == ChoppedVocabulary.END));
    }

    @Test
    void whatQwenCoderWritesIsReadAsItsSchemaSays() throws Exception {
        Arguments arguments = Arguments.of(ArgumentsForm.TAGS, schema());
        String written = """
                <parameter=unit>
                b "c" é
                </parameter>
                <parameter=text>
                A line, "quoted" \\ </parameter> \uD83D\uDE00

                </function>
                </parameter>
                <parameter=days>
                -3
                </parameter>
                <parameter=flag>
                True
                </parameter>
                <parameter=list>
                [1, 2.5]
                </parameter>
                <parameter=place>
                {"city": "Rome"}
                </parameter>
                """;
        GrammarState start = compiler(new ChoppedVocabulary()).compile(arguments.rule());
        assertThat(accepts(start, written)).isTrue();
        for (String wrong : List.of(
                written.replace("True", "yes"),
                written.replace("-3", "13"),
                written.replace("=flag", "=flags"),
                written.replace("b \"c\" é", "b"),
                written.replaceFirst("(?s)<parameter=flag>.*?</parameter>\n", ""),
                written + "<parameter=text>\na\n</parameter>\n")) {
            assertThat(accepts(start, wrong)).as(wrong).isFalse();
        }
        for (int run = 0; run < 50; run++) {
            assertThat(JSON.readTree(read(arguments, written + behind(ArgumentsForm.TAGS))))
                    .isEqualTo(JSON.readTree("""
                            {"unit": "b \\"c\\" é", "text": "A line, \\"quoted\\" \\\\ </parameter> \uD83D\uDE00\\n\\n</function>",
                             "days": -3, "flag": true, "list": [1, 2.5], "place": {"city": "Rome"}}
                            """));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A line.\\n</parameter>\\n                      | A line.
            A line.</parameter>\\n                         | A line.
            A line.\\n</parameter>                         | A line.
            A line.</parameter>                            | A line.
            A line. \\n  </parameter> \\n\\n               | 'A line. '
            A line.\\n                                     | A line.
            A\\n\\nline.\\n\\n</parameter>\\n                | A\\n\\nline.\\n
            </parameter>\\n                                | ''
            ''                                             | ''
            \\n</parameter>\\n                             | ''
            <parameter>a</parameter>\\n</function></x>\\n</parameter>\\n | <parameter>a</parameter>\\n</function></x>
            a <parameter=a>\\n</function>\\n</parameter> a\\n | a <parameter=a>\\n</function>\\n</parameter> a
            """)
    void aTextInTagsIsOverAlsoWhereItsClosingTagIsNotAsItShouldBe(String written, String text) throws Exception {
        Arguments arguments = Arguments.of(ArgumentsForm.TAGS, JSON.readTree("""
                {"properties": {"text": {"type": "string"}, "days": {"type": "integer"}, "more": {"type": "string"}}}
                """));
        String first = "<parameter=text>\n" + written.replace("\\n", "\n");
        String end = "</function>\n</tool_call>";
        ObjectNode expected = JSON.createObjectNode().put("text", text.replace("\\n", "\n"));
        GrammarState start =
                compiler(new ChoppedVocabulary()).compile(new Rule.Sequence(arguments.rule(), new Rule.Literal(end)));
        assertThat(accepts(start, first + end)).isTrue();
        assertThat(JSON.readTree(read(arguments, first + end))).isEqualTo(expected);

        String second = first + "<parameter=days>\n";
        assertThat(accepts(start, second + "3\n</parameter>\n" + end)).isTrue();
        assertThat(start.after(second + "t")).isEmpty();
        String third = second + "3\n</parameter>\n<parameter=more>\n" + written.replace("\\n", "\n") + end;
        assertThat(accepts(start, third)).isTrue();
        for (int run = 0; run < 50; run++) {
            assertThat(JSON.readTree(read(arguments, third)))
                    .isEqualTo(expected.put("days", 3).put("more", text.replace("\\n", "\n")));
        }
    }

    @Test
    void whatOlmoWritesIsReadAsItsSchemaSays() throws Exception {
        Arguments arguments = Arguments.of(ArgumentsForm.PYTHON, schema());
        String written = "text=\"a=1, b) \\\"c\\\" \uD83D\uDE00\", flag=False, unit=\"a\",days=7, list=[1, 2.5],"
                + " place={\"city\": \"),=\"}";
        GrammarState start = compiler(new ChoppedVocabulary()).compile(arguments.rule());
        assertThat(accepts(start, written)).isTrue();
        assertThat(accepts(start, "text=\"\", flag=true")).isTrue();
        for (String wrong :
                List.of("flag=true, text=\"\"", "text=\"\"", "", "text='a', flag=true", "text=\"\", flag=1")) {
            assertThat(accepts(start, wrong)).as(wrong).isFalse();
        }
        for (int run = 0; run < 50; run++) {
            assertThat(JSON.readTree(read(arguments, written + ")"))).isEqualTo(JSON.readTree("""
                            {"text": "a=1, b) \\"c\\" \uD83D\uDE00", "flag": false, "unit": "a", "days": 7,
                             "list": [1, 2.5], "place": {"city": "),="}}
                            """));
        }
    }

    @ParameterizedTest
    @EnumSource(ArgumentsForm.class)
    void whateverMayBeWrittenFollowsTheSchema(ArgumentsForm form) throws Exception {
        ChoppedVocabulary tokens = new ChoppedVocabulary();
        int close = tokens.text("\n</parameter>\n", 14, new SplittableRandom(1))[0];
        Arguments arguments = Arguments.of(form, schema());
        GrammarState start = compiler(tokens).compile(arguments.rule());
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema());
        Set<Integer> sizes = new HashSet<>();
        for (int run = 0; run < 150; run++) {
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            GrammarState state = start;
            while (!state.canEnd() || !state.complete() && random.nextInt(3) > 0) {
                GrammarState here = state;
                int[] allowed = IntStream.range(0, tokens.vocabulary().size())
                        .filter(id -> id != ChoppedVocabulary.END && here.allows(id))
                        .toArray();
                int token = allowed[random.nextInt(allowed.length)];
                // what may go on for ever is brought to its end
                for (int closing : new int[] {'"', '\n', '<', close}) {
                    token = random.nextInt(4) == 0 && here.allows(closing) ? closing : token;
                }
                written.writeBytes(tokens.vocabulary().bytes().of(token));
                state = here.after(token);
            }
            String text = written.toString(StandardCharsets.UTF_8) + (form == ArgumentsForm.JSON ? "" : behind(form));
            JsonNode read = JSON.readTree(read(arguments, text));
            assertThat(schema.validate(read)).as(text).isEmpty();
            sizes.add(read.size());
        }
        assertThat(sizes).hasSizeGreaterThan(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            PYTHON | `a="x", b={"c": [1]}, d=[2]`
            TAGS   | `<parameter=a>
            x
            </parameter>
            <parameter=b>
            {"c": [1]}
            </parameter>
            <parameter=d>
            [2]
            </parameter>
            `
            """)
    void whatAParameterRefersToMayStandAnywhere(ArgumentsForm form, String written) throws Exception {
        JsonNode schema = JSON.readTree("""
                {"$defs": {"Word": {"$ref": "#/$defs/Unit"}, "Unit": {"type": "string", "enum": ["x", "y"]}},
                 "properties": {
                    "a": {"$ref": "#/$defs/Word", "description": "A unit"},
                    "b": {"type": "object", "properties": {"c": {"$ref": "#/$defs/List"}},
                          "$defs": {"List": {"type": "array", "items": {"type": "integer"}}}},
                    "d": {"$ref": "#/properties/b/properties/c"}}}
                """);
        Arguments arguments = Arguments.of(form, schema);
        GrammarState start = compiler(new ChoppedVocabulary()).compile(arguments.rule());
        assertThat(accepts(start, written)).isTrue();
        assertThat(accepts(start, written.replace("[2]", "[true]"))).isFalse();
        assertThat(accepts(start, written.replace("[1]", "1"))).isFalse();
        assertThat(accepts(start, written.replace("x", "z"))).isFalse();
        assertThat(JSON.readTree(read(arguments, written + behind(form))))
                .isEqualTo(JSON.readTree("{\"a\": \"x\", \"b\": {\"c\": [1]}, \"d\": [2]}"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ArgumentsForm.class,
            names = {"TAGS", "PYTHON"})
    void eachArgumentIsThereOnceHoweverManyMayBeLeftOut(ArgumentsForm form) {
        ObjectNode schema = JSON.createObjectNode();
        for (int i = 0; i < 300; i++) {
            schema.withObject("/properties/p" + i).withObject("/properties/x").put("type", "integer");
        }
        Rule rule = Arguments.of(form, schema).rule();
        assertThat(rule.toString().split("Schema\\[", -1)).hasSize(301);
        GrammarState start = compiler(new ChoppedVocabulary()).compile(rule);
        String[] written = form == ArgumentsForm.PYTHON
                ? new String[] {"p7={\"x\": 1}, p299={}", "p299={}, p7={}", ", p7={}"}
                : new String[] {
                    "<parameter=p7>\n{\"x\": 1}\n</parameter>\n<parameter=p299>\n{}\n</parameter>\n",
                    "<parameter=p299>\n{}\n</parameter>\n<parameter=p7>\n{}\n</parameter>\n",
                    "\n<parameter=p7>\n{}\n</parameter>\n"
                };
        assertThat(accepts(start, "")).isTrue();
        assertThat(accepts(start, written[0])).isTrue();
        assertThat(accepts(start, written[1])).isFalse();
        assertThat(accepts(start, written[2])).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"PYTHON,code=", "TAGS,'<parameter=code>\n'", "TAGS,'<parameter=text>\n'"})
    void whatIsCertainOfAValueDoesNotWaitForItsEnd(ArgumentsForm form, String before) throws Exception {
        ArgumentsReader reader = Arguments.of(form, schema()).reader().get();
        StringBuilder come = new StringBuilder(before);
        reader.read(come);
        for (String piece : List.of("\"", "Paris", " is", " True")) {
            assertThat(reader.read(come.append(piece)))
                    .isEqualTo(before.contains("text") && piece.equals("\"") ? "\\\"" : piece);
            assertThat(come).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"JSON,{}", "TAGS,''", "PYTHON,''"})
    void aToolWithoutParametersIsCalledWithNone(ArgumentsForm form, String written) {
        Arguments arguments = Arguments.of(form, JSON.createObjectNode());
        assertThat(accepts(
                        compiler(new ChoppedVocabulary())
                                .compile(new Rule.Sequence(arguments.rule(), new Rule.Literal("!"))),
                        written + "!"))
                .isTrue();
        assertThat(read(arguments, form == ArgumentsForm.JSON ? written : written + behind(form)))
                .isEqualTo("{}");
    }

    @Test
    void aParameterWhoseNameCannotBeWrittenIsRefused() {
        ChoppedVocabulary tokens = new ChoppedVocabulary("<tool_call>", "</tool_call>");
        for (String template :
                List.of("{{ tools }} <tool_call><function=<parameter=", "{{ tools }} <function_calls>")) {
            ToolSpecification tool = ToolSpecification.builder()
                    .name("search")
                    .parameters(
                            JsonObjectSchema.builder().addStringProperty("a>\n").build())
                    .build();
            AnswerOptions options = new AnswerOptions(
                    List.of(tool), ToolChoice.AUTO, ResponseFormat.TEXT, true, Optional.empty(), Optional.empty());
            assertThatThrownBy(() -> new AnswerFormat(tokens.vocabulary(), template, template, true).plan(options))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("tool 'search'")
                    .hasMessageContaining("letters, digits and _");
        }
    }
}
