package dev.rapid4j.internal.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class GrammarTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TestVocabulary VOCABULARY = TestVocabulary.random(2_000, new Random(7));
    private static final GrammarCompiler COMPILER = VOCABULARY.compiler();

    private static JsonNode json(String text) {
        try {
            // one quotes as Python does
            return MAPPER.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static GrammarState schema(String schema) {
        return COMPILER.compile(new Rule.Schema(json(schema)));
    }

    /** Behind a text, byte by byte; {@code null} if one of them cannot come. */
    private static GrammarState after(GrammarState start, String text) {
        GrammarState state = start;
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            int id = next & 0xFF;
            if (!state.allowed().contains(id)) {
                assertThatThrownBy(afterToken(state, id)).isInstanceOf(IllegalArgumentException.class);
                return null;
            }
            state = state.after(id);
        }
        return state;
    }

    private static ThrowingCallable afterToken(GrammarState state, int id) {
        return () -> state.after(id);
    }

    private static boolean accepts(GrammarState start, String text) {
        GrammarState end = after(start, text);
        return end != null && end.canEnd() && end.allowed().contains(VOCABULARY.end());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'type':'integer','minimum':-5,'maximum':120}          | -5 0 120 99                  | -6 121 00 1.0 -0
            {'type':'integer','exclusiveMinimum':1.5}              | 2 100000                     | 1 0 -3
            {'type':'integer','multipleOf':7}                      | 0 7 -14 700                  | 1 8
            {'type':'number','minimum':0.5,'exclusiveMaximum':2}   | 0.5 1.999 1 0.50             | 0.49 2 2.0 0.4999
            {'type':'number','exclusiveMinimum':0}                 | 0.1 1e3 5                    | 0 0.0 -1 0e5
            {'type':'number','maximum':0}                          | 0 -1 -2.5E-3                 | 1 0.1
            {'type':'number','multipleOf':0.01}                    | 1.25 3 0.1                   | 1.255 0.001
            {'type':'number'}                                      | 1 -1.5 2e10 0                | 01 .5 1. +1 1e NaN Infinity
            {'type':'string','minLength':2,'maxLength':3}          | "ab" "é😀" "\\n\\"x" "日本語" | "a" "abcd" "é" ""
            {'type':'string','pattern':'^[a-c]+$'}                 | "abc"                        | "" "abd" "xabc"
            {'type':'string','pattern':'b'}                        | "abc" "b" "\\nb"             | "" "ac"
            {'type':'string','pattern':'^\\\\d{2}$','maxLength':1} | `                            ` | "12"
            {'type':'string','format':'date'}                      | "2024-02-29" "1999-12-31"    | "2023-02-29" "2024-13-01" "24-1-1"
            {'type':'string','format':'email'}                     | "ada@example.org"            | "ada" "@b.c" "a@b"
            {'type':'string','format':'ipv6'}                      | "::" "1::8" "fe80::1"        | "1:2" ":::" "1::2::3"
            {'type':['string','null']}                             | "a" null                     | 1 true
            {'enum':['a',1,null,{'k':[1]}]}                        | "a" 1 null {"k":[1]}         | "b" 2 {"k":[]}
            {'const':'line\\nend'}                                 | "line\\nend"                 | "line"
            {'type':'array','items':{'type':'boolean'},'minItems':1,'maxItems':2} | [true] [true,false] | [] [true,true,true] [1]
            {'type':'array','prefixItems':[{'type':'integer'},{'type':'null'}]}   | [1,null] [1] []     | [null] [1,null,2]
            {'type':'array','prefixItems':[{'type':'integer'}],'items':{'type':'null'},'minItems':2} | [1,null] [1,null,null] | [1] [null,null]
            {'type':'array','uniqueItems':true,'maxItems':1}       | [1] []                       | [1,1]
            {'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]} | 5 "a"                | "ab" null
            {'oneOf':[{'type':'integer'},{'type':'string'}]}       | 5 "a"                        | null
            {'allOf':[{'type':'integer','minimum':3},{'maximum':4}]} | 3 4                        | 2 5
            true                                                   | {"a":[1,{}]} 1 "x" null [[]] | {a} nul
            """)
    void holdsValuesToTheirSchema(String schema, String valid, String invalid) {
        GrammarState start = null;
        try {
            start = schema(schema);
        } catch (UnsupportedSchemaException e) {
            assertThat(valid).isBlank();
            return;
        }
        for (String text : valid.split(" ")) {
            assertThat(accepts(start, text)).as(text).isTrue();
        }
        for (String text : invalid.split(" ")) {
            assertThat(accepts(start, text)).as(text).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'properties':{'a':{'type':'integer'},'b':{'type':'null'}},'required':['b']} | {"a":1,"b":null} {"b":null} | {} {"b":null,"a":1} {"a":1} {"b":null,"c":1} {"b":null,}
            {'type':'object'}                                                 | {} {"x":{"y":[1]},"z":2}   | [] {x:1}
            {'additionalProperties':{'type':'integer'}}                       | {} {"a":1,"b":2}           | {"a":"b"}
            {'properties':{'a':{}},'additionalProperties':{'type':'null'}}    | {"a":1,"b":null} {"ab":null} | {"b":null,"a":1} {"a":1,"\\u0061":null}
            {'patternProperties':{'^n_':{'type':'integer'}},'additionalProperties':false} | {"n_a":1} {} | {"n_a":"x"} {"m":1}
            {'propertyNames':{'maxLength':2},'type':'object'}                 | {"ab":1}                   | {"abc":1}
            {'properties':{'a':{},'b':{},'c':{}},'minProperties':2,'maxProperties':2} | {"a":1,"b":1} {"a":1,"c":1} {"b":1,"c":1} | {"a":1} {} {"a":1,"b":1,"c":1}
            {'type':'object','maxProperties':1}                               | {} {"a":1}                 | {"a":1,"b":1}
            {'properties':{'a':false,'b':{'type':'null'}}}                    | {} {"b":null}              | {"a":1}
            {'properties':{'next':{'$ref':'#'}}}                              | {} {"next":{"next":{}}}    | {"next":1}
            {'$defs':{'a/b~':{'type':'null'}},'properties':{'x':{'$ref':'#/$defs/a~1b~0'}}} | {"x":null}   | {"x":1}
            {'properties':{'x':{'$defs':{'y':{'type':'null'}}},'z':{'$ref':'#/properties/x/%24defs/y'}}} | {"z":null} | {"z":1}
            {'properties':{'x':{'$defs':{'y':{'type':'null'}},'items':{'$ref':'#/$defs/y'}},'z':{'$ref':'#/properties/x'}}} | {"x":[null],"z":[]} | {"x":[1]} {"z":[1]}
            {'$defs':{'y':{'type':'null'}},'properties':{'x':{'$defs':{'y':{}},'properties':{'z':{'$ref':'#/$defs/y'}}}}} | {"x":{"z":null}} | {"x":{"z":1}}
            {'allOf':[{'properties':{'a':{'type':'integer'}}},{'properties':{'a':{'minimum':5},'b':{}},'required':['a']}]} | {"a":5} {"a":6,"b":[]} | {"a":4} {}
            """)
    void holdsObjectsToTheirSchema(String schema, String valid, String invalid) {
        holdsValuesToTheirSchema(schema, valid, invalid);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'properties':{'a':{'not':{}}}}                         | #/properties/a: not is not supported
            {'if':{},'then':{}}                                     | #: if is not supported
            {'type':'string','pattern':'(?=a)'}                     | #: pattern is not supported: a lookahead
            {'type':'string','pattern':'(?<!a)b'}                   | a lookbehind
            {'type':'string','pattern':'a{,3}'}                     | no repetition
            {'type':'string','pattern':'^[[:alpha:]]$'}             | [:…:] is not supported
            {'type':'string','pattern':'(a)\\\\1'}                  | pattern is not supported: \\1 is not supported
            {'type':'string','pattern':'[b-a]'}                     | wrong order
            {'type':'string','pattern':'a(b'}                       | a ) is missing
            {'type':'string','pattern':'^(.*a.{20})$'}              | too large
            {'type':'string','pattern':'(((a{999}){999}){999}){999}'} | too large
            {'type':'string','pattern':'((((){999}){999}){999}){999}'} | too large
            {'type':'string','format':'postcode'}                   | "postcode" is none of [date
            {'type':'array','uniqueItems':true}                     | uniqueItems is not supported
            {'type':'array','contains':{}}                          | contains is not supported
            {'oneOf':[{'type':'integer'},{'minimum':3}]}            | #: oneOf is not supported: a value could be valid against number 0 and number 1
            {'properties':{'a':{'minLength':3,'maxLength':2}}}      | #/properties/a: the schema contradicts itself
            {'type':'integer','minimum':3,'maximum':2}              | #: the schema contradicts itself
            {'type':'string','enum':[1]}                            | #: the schema contradicts itself
            {'type':'object','required':['a'],'additionalProperties':false} | #: the schema contradicts itself
            {'properties':{'a':{'$ref':'#'}},'required':['a']}      | without end
            {'$ref':'#'}                                            | leads back to itself
            {'anyOf':[{'$ref':'#'},{'type':'null'}]}                | leads back to itself
            {'properties':{'a':{'$ref':'#/$defs/b'}}}               | leads to nothing
            {'properties':{'a':{'$ref':'#b'},'b':{}}}               | #/properties/a: its $ref "#b" leads to nothing
            {'$ref':'https://example.org/schema'}                   | $ref is not supported
            {'type':'strng'}                                        | the type "strng" is none
            {'type':'string','minLength':-1}                        | minLength is -1
            {'type':'number','minimum':'a'}                         | minimum is "a", a number is needed
            {'properties':[]}                                       | properties needs an object
            {'anyOf':[]}                                            | anyOf needs a list
            {'enum':[]}                                             | enum needs a list
            {'type':'number','multipleOf':0}                        | above 0
            {'type':'number','minimum':1e999999}                    | minimum
            false                                                   | No value is valid
            3                                                       | #: a schema is an object
            """)
    void saysWhereAndWhatCannotBe(String schema, String message) {
        assertThatThrownBy(() -> schema(schema))
                .isInstanceOf(UnsupportedSchemaException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anExpressionMatchesAnywhereUnlessItSaysWhere() {
        GrammarState start = schema("{'type':'string','pattern':'^a|z$'}");

        assertThat(List.of("\"axx\"", "\"xz\"", "\"a\"")).allMatch(text -> accepts(start, text));
        assertThat(List.of("\"xa\"", "\"zx\"", "\"\"")).noneMatch(text -> accepts(start, text));
    }

    @Test
    void manyLettersOfAnyScriptMayBeAskedFor() {
        GrammarState start = schema("{'type':'string','pattern':'^\\\\p{L}{1,30}$'}");

        assertThat(accepts(start, "\"" + "éЖ日𐐀a".repeat(6) + "\"")).isTrue();
        assertThat(after(start, "\"" + "éЖ日𐐀a".repeat(6) + "a")).isNull();
        assertThat(List.of("\"\"", "\"a1\"", "\"é \"", "\"€\"", "\"\uD83D\uDE00\""))
                .noneMatch(text -> accepts(start, text));
        // written without an escape that it does not need
        assertThat(after(start, "\"\\u00e9")).isNull();
    }

    @Test
    void schemasOfLangChain4jWork() {
        JsonObjectSchema schema = JsonObjectSchema.builder()
                .addProperty("name", new JsonStringSchema())
                .addProperty(
                        "mood",
                        JsonEnumSchema.builder().enumValues("good", "bad").build())
                .addProperty(
                        "friends",
                        JsonArraySchema.builder()
                                .items(JsonReferenceSchema.builder()
                                        .reference("person")
                                        .build())
                                .build())
                .required("name", "mood")
                .definitions(Map.of(
                        "person",
                        JsonObjectSchema.builder()
                                .addProperty("age", new JsonIntegerSchema())
                                .required("age")
                                .build()))
                .build();
        GrammarState start =
                COMPILER.compile(new Rule.Schema(MAPPER.valueToTree(JsonSchemaElementUtils.toMap(schema))));

        assertThat(accepts(start, "{\"name\": \"Ada\", \"mood\": \"good\", \"friends\": [{\"age\": 3}]}"))
                .isTrue();
        assertThat(accepts(start, "{\"name\": \"Ada\", \"mood\": \"bad\"}")).isTrue();
        assertThat(accepts(start, "{\"name\": \"Ada\", \"mood\": \"great\"}")).isFalse();
        assertThat(accepts(start, "{\"mood\": \"bad\"}")).isFalse();
    }

    @Test
    void whatIsCertainIsOfferedInTheStyleOfTheText() {
        GrammarState start = schema(
                "{'type':'object','properties':{'first name':{'type':'string'},'on':{'type':'object','properties':{'é':{'const':1}},'required':['é']}},'required':['first name','on']}");

        assertThat(start.certain()).isEqualTo("{\"first name\": \"");
        assertThat(after(start, "{\"first name\":\"x").certain()).isEmpty();
        assertThat(after(start, "{\"first name\": \"x\"").certain()).isEqualTo(", \"on\": {\"é\": 1}}");
        assertThat(after(start, "{\"first name\":\"x\",").certain()).isEqualTo(" \"on\":{\"é\":1}}");
        assertThat(after(start, "{\n  \"first name\": \"x\"").certain())
                .isEqualTo(",\n  \"on\": {\n    \"é\": 1\n  }\n}");
        assertThat(after(start, "{\n\t\"first name\": \"x\",\n").certain())
                .isEqualTo("\t\"on\": {\n\t\t\"é\": 1\n\t}\n}");
    }

    @Test
    void formsOfTextAroundASchemaAreGrammarsToo() {
        Rule call = new Rule.Sequence(
                new Rule.Control(VOCABULARY.control()),
                new Rule.Literal("\n"),
                new Rule.Choice(new Rule.Literal("add"), new Rule.Literal("addAll")),
                new Rule.Pattern("[a-z0-9]{3}"),
                new Rule.Schema(json("{'properties':{'n':{'type':'integer'}},'required':['n']}")));
        GrammarState start = COMPILER.compile(new Rule.Repetition(call, 1, 2));

        assertThat(start.allowed().contains(VOCABULARY.control())).isTrue();
        assertThat(start.allowed().contains('\n')).isFalse();
        assertThat(start.certain()).isEmpty();
        GrammarState once = after(start.after(VOCABULARY.control()), "\naddAll7xy{\"n\": 3}");
        assertThat(once.canEnd()).isTrue();
        assertThat(once.complete()).isFalse();
        assertThat(once.allowed().contains(VOCABULARY.control())).isTrue();
        assertThat(once.allowed().contains(VOCABULARY.end())).isTrue();
        GrammarState twice = after(once.after(VOCABULARY.control()), "\naddabc{\"n\":4}");
        assertThat(twice.complete()).isTrue();
        assertThat(IntStream.range(0, VOCABULARY.tokens().vocabulary()).filter(twice.allowed()::contains))
                .containsExactly(VOCABULARY.end());
        assertThatThrownBy(() -> twice.after(VOCABULARY.end())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rulesThatCannotBeAreRefused() {
        Rule empty = new Rule.Choice(new Rule.Literal(""), new Rule.Pattern("a*"));

        assertThatThrownBy(() -> COMPILER.compile(new Rule.Repetition(empty, 0, 5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("may be empty");
        assertThatThrownBy(() -> COMPILER.compile(new Rule.Control(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> COMPILER.compile(new Rule.Pattern("(a|b)*a(a|b){20}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("states");
    }

    @Test
    void aMaskHasTheTokensThatCanFollowAndNoOthers() {
        GrammarState state = schema(
                "{'type':'array','items':{'anyOf':[{'type':'string','minLength':2,'maxLength':9},{'properties':{'a':{'type':'number'}}},{'type':'null'}]}}");
        Random random = new Random(3);
        for (int step = 0; step < 200 && !state.complete(); step++) {
            TokenSet allowed = state.allowed();
            int chosen = -1;
            int choices = 0;
            for (int id = 0; id < VOCABULARY.tokens().vocabulary(); id++) {
                byte[] bytes = VOCABULARY.tokens().of(id);
                if (bytes.length > 0) {
                    // one token at a time is the plain way to tell
                    assertThat(allowed.contains(id)).as("token %d", id).isEqualTo(follows(state, id));
                }
                if (allowed.contains(id) && id != VOCABULARY.end() && random.nextInt(++choices) == 0) {
                    chosen = id;
                }
            }
            state = state.after(chosen);
        }
    }

    private static boolean follows(GrammarState state, int id) {
        try {
            state.after(id);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void longTextsDoNotMakeTheStateGrow() {
        GrammarState start = schema("{'type':'array','items':{'type':'string'}}");
        GrammarState inside = after(start, "[\"a");
        assertThat(inside.after('b')).isSameAs(inside);
    }

    @Test
    void nestingHasABoundThatLeavesAWayToEnd() {
        GrammarState deep = schema("{}");
        for (int i = 0; i < 500; i++) {
            assertThat(deep.allowed().contains('{')).isTrue();
            deep = deep.after('[');
        }
        assertThat(deep.allowed().contains('[')).isFalse();
        assertThat(deep.allowed().contains('{')).isFalse();
        assertThat(after(deep, "1,\"a\"" + "]".repeat(500)).complete()).isTrue();

        GrammarState list = schema(
                "{'$defs':{'n':{'properties':{'next':{'anyOf':[{'$ref':'#/$defs/n'},{'type':'null'}]},'more':{'$ref':'#/$defs/n'}},'required':['next']}},'$ref':'#/$defs/n'}");
        GrammarState last = after(list, "{\"next\":".repeat(500));
        assertThat(after(last, "{")).isNull();
        assertThat(after(last, "null,\"more\"")).isNull();
        assertThat(after(last, "null" + "}".repeat(500)).complete()).isTrue();

        ObjectNode chain = MAPPER.createObjectNode().put("$ref", "#/$defs/0");
        for (int i = 0; i < 1000; i++) {
            ObjectNode link = chain.withObject("/$defs").putObject("" + i);
            link.putObject("properties").putObject("n").put("$ref", "#/$defs/" + (i + 1));
            link.putArray("required").add("n");
        }
        chain.withObject("/$defs").putObject("1000").put("type", "null");
        assertThatThrownBy(() -> COMPILER.compile(new Rule.Schema(chain)))
                .isInstanceOf(UnsupportedSchemaException.class)
                .hasMessageContaining("more than 500 deep");
    }

    @Test
    void namesThatAreFreeAreNotNeededTwice() {
        GrammarState start =
                schema("{'properties':{'a':{},'b':{}},'minProperties':2,'additionalProperties':{'type':'null'}}");

        assertThat(accepts(start, "{\"a\":1,\"x\":null}")).isTrue();
        // as the same name could come once more
        assertThat(after(start, "{\"x\"")).isNull();
    }

    @Test
    void manyPropertiesAndAlternativesWork() {
        ObjectNode schema = MAPPER.createObjectNode();
        for (int i = 0; i < 2_000; i++) {
            schema.withObject("/properties").putObject("property " + i).put("type", "null");
        }
        for (int i = 0; i < 1_000; i++) {
            schema.withObject("/properties/last").withArray("oneOf").addObject().put("const", "value " + i);
        }
        GrammarState start = COMPILER.compile(new Rule.Schema(schema));

        assertThat(accepts(start, "{\"property 7\": null, \"last\": \"value 999\"}"))
                .isTrue();
        assertThat(after(start, "{\"last\":").certain()).isEqualTo(" \"value ");
    }

    @Test
    void ambiguityDoesNotMultiply() {
        String both =
                "{'anyOf':[{'properties':{'x':{'$ref':'#'}},'additionalProperties':false},{'properties':{'x':{'$ref':'#'},'y':{'type':'null'}}}]}";
        GrammarState state = schema(both);
        for (int i = 0; i < 200; i++) {
            state = after(state, "{\"x\": ");
        }
        state = after(state, "{}" + "}".repeat(200));
        assertThat(state.complete()).isTrue();
    }

    @Test
    void tenThousandValuesOfAnEnumWork() {
        ObjectNode schema = MAPPER.createObjectNode();
        ArrayNode values = schema.putArray("enum");
        for (int i = 0; i < 10_000; i++) {
            values.add("value \"" + i + "\"\u0001");
        }
        GrammarState start = COMPILER.compile(new Rule.Schema(schema));

        assertThat(accepts(start, "\"value \\\"9999\\\"\\u0001\"")).isTrue();
        assertThat(accepts(start, "\"value \\\"10000\\\"\\u0001\"")).isFalse();
        assertThat(start.certain()).isEqualTo("\"value \\\"");
    }

    @Test
    void bombsAreRefused() {
        ObjectNode deep = MAPPER.createObjectNode();
        for (int i = 0; i < 100_000; i++) {
            deep = MAPPER.createObjectNode().set("items", deep);
        }
        Rule bomb = new Rule.Schema(deep);
        assertThatThrownBy(() -> COMPILER.compile(bomb))
                .isInstanceOf(UnsupportedSchemaException.class)
                .hasMessageContaining("nested more than");

        ObjectNode objects = MAPPER.createObjectNode();
        for (int i = 0; i < 10_000; i++) {
            objects.withArray("enum").addObject().put("k", i);
        }
        assertThatThrownBy(() -> COMPILER.compile(new Rule.Schema(objects)))
                .isInstanceOf(UnsupportedSchemaException.class)
                .hasMessageContaining("alternatives");

        ObjectNode wide = MAPPER.createObjectNode();
        for (int i = 0; i < 5; i++) {
            ArrayNode any = wide.withArray("allOf").addObject().putArray("anyOf");
            for (int j = 0; j < 10; j++) {
                any.addObject().put("minLength", j);
            }
        }
        assertThatThrownBy(() -> COMPILER.compile(new Rule.Schema(wide)))
                .isInstanceOf(UnsupportedSchemaException.class)
                .hasMessageContaining("alternatives");
    }

    @Test
    void bytesThatTheVocabularyLacksLeadNowhere() {
        byte[][] tokens = IntStream.range(0, 130)
                .mapToObj(value -> new byte[] {(byte) (value == '\t' ? 'a' : value)})
                .toArray(byte[][]::new);
        tokens[128] = "é".getBytes(StandardCharsets.UTF_8);
        tokens[129] = null;
        GrammarCompiler compiler = new GrammarCompiler(TokenBytes.of(tokens), TokenSet.of(130, id -> id == 129));
        GrammarState start = compiler.compile(new Rule.Schema(json("{'type':'string'}")));

        assertThat(start.after('"').allowed().contains(128)).isFalse();
        assertThat(start.after('"').after('a').after('\\').after('n').after('"').complete())
                .isTrue();
        assertThatThrownBy(() -> compiler.compile(new Rule.Schema(json("{'const':'é'}"))))
                .isInstanceOf(UnsupportedSchemaException.class);
        assertThatThrownBy(() -> compiler.compile(new Rule.Literal("é")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no way to write");

        TokenBytes words = TokenBytes.of(new byte[][] {{'o', 'n', 'e'}, {'"', ' '}, null});
        GrammarCompiler withoutBytes = new GrammarCompiler(words, TokenSet.of(3, id -> id == 2));
        assertThatThrownBy(() -> withoutBytes.compile(Rule.JSON_OBJECT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no tokens for some of");
    }

    @ParameterizedTest
    @CsvSource({"aab", "abab", "</p>", "aaaa"})
    void anyTextGoesUpToTheFirstPlaceOfItsEnd(String end) {
        GrammarState start = COMPILER.compile(new Rule.Text("[^]*" + end, end + "[^]"));
        Random random = new Random(5);
        for (int run = 0; run < 20; run++) {
            StringBuilder text = new StringBuilder();
            GrammarState state = start;
            while (!text.toString().endsWith(end)) {
                assertThat(state.canEnd()).as("%s", text).isFalse();
                String next =
                        random.nextInt(8) == 0 ? "é\uD83D\uDE00\n" : "" + end.charAt(random.nextInt(end.length()));
                text.append(next);
                state = state.after(next).orElseThrow();
            }
            assertThat(state.complete()).as("%s", text).isTrue();
        }
    }

    @Test
    void anyJsonObjectIsOne() {
        GrammarState start = COMPILER.compile(Rule.JSON_OBJECT);

        assertThat(accepts(start, "{}")).isTrue();
        assertThat(accepts(start, "{\n  \"a\": [\n    1,\n    {\"b\": \"\\u00e9\\ud83d\\ude00\"}\n  ]\n}"))
                .isTrue();
        assertThat(accepts(start, "{\"a\": \"\\ud83d\"}")).isFalse();
        assertThat(accepts(start, "[]")).isFalse();
        assertThat(accepts(start, "{ \n \"a\":1}")).isFalse();
        assertThat(List.of("{\"a\":  1}", " {}", "{\"a\" :1}")).noneMatch(text -> accepts(start, text));
    }
}
