package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.GrammarCompiler;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.TokenSet;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may come next in an answer, and that it is read as what it is. */
class AnswerPlanTest {

    private static final List<ToolSpecification> TOOLS =
            Writing.tools(List.of("a", "\u00E9\uD83D\uDE00</tool_call>\""), "open");

    private final SplittableRandom random = new SplittableRandom(11);

    static Stream<Family> families() {
        return Family.all();
    }

    private static Family qwen() {
        return Family.all().findFirst().orElseThrow();
    }

    private static AnswerFormat format(Family family, ChoppedVocabulary tokens) {
        String template = family.template() + "{{ '<think>' }}";
        return new AnswerFormat(tokens.vocabulary(), template, template, true);
    }

    private static AnswerOptions tools(ToolChoice choice, ResponseFormat format) {
        return new AnswerOptions(TOOLS, choice, format, true, Optional.empty(), Optional.empty());
    }

    private static AnswerOptions thinkingUpTo(int tokens, ResponseFormat format) {
        return new AnswerOptions(List.of(), ToolChoice.AUTO, format, true, Optional.empty(), Optional.of(tokens));
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatAFamilyWritesMayBeWrittenHoweverItIsTokenised(Family family) {
        for (int run = 0; run < 20; run++) {
            ChoppedVocabulary tokens = family.tokens();
            String before = family.followsText() ? "<think>\nHm.\n</think>\n\nI see. " : "";
            int[] answer = tokens.chop(before + family.calls(), random);
            AnswerPlan plan = format(family, tokens).plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT));
            Writing writing = new Writing(plan, "");
            assertThat(writing.write(answer).mayEnd()).isTrue();
            assertThat(writing.finish(false).calls()).hasSize(family.several() ? 2 : 1);
        }
    }

    /** Byte-level, and SentencePiece's with its space before a text. */
    @ParameterizedTest
    @ValueSource(strings = {"bytelevel", "llama2", "mistral3"})
    void whatAFamilyWritesMayBeWrittenInPublishedVocabularies(String name) {
        Path file = Path.of("src/test/resources/tokenizers", name + ".json");
        try (Tokenizer tokenizer = Tokenizer.open(file, 200_000, Tokenizer.Network.DECODER)) {
            AnswerVocabulary vocabulary = AnswerVocabulary.of(tokenizer, Set.of());
            // several of Qwen's take its tokens; without, it writes as Hermes does
            for (Family family : Family.all()
                    .filter(each -> !each.calls().startsWith("<tool_call>") || !each.several())
                    .toList()) {
                AnswerPlan plan = new AnswerFormat(vocabulary, family.template(), family.template(), true)
                        .plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT));
                Writing writing = new Writing(plan, "");
                int[] answer = tokenizer.encode(List.of(new TextSpan(family.calls(), true)));
                // a marker with SentencePiece's sign for a space is a token wherever it is used
                if (!family.calls().contains("python_tag") && !family.calls().contains("\u2581")) {
                    writing.write(answer);
                    assertThat(writing.finish(false).calls()).as("%s", family).hasSize(family.several() ? 2 : 1);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aCallThatHasBegunIsOneOfAToolThatThereIs(Family family) {
        for (int run = 0; run < 20; run++) {
            ChoppedVocabulary tokens = family.tokens();
            int[] answer = tokens.chop(family.calls(), random);
            AnswerPlan plan = format(family, tokens).plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT));
            Writing writing = new Writing(plan, "");
            for (int i = 0; writing.mayEnd(); i++) {
                writing.write(answer[i]);
            }
            writing.writeAnything(tokens.vocabulary().size(), random);
            assertCalls(writing.finish(false));
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void whereAToolHasToBeCalledTheAnswerIsACall(Family family) {
        for (int run = 0; run < 20; run++) {
            ChoppedVocabulary tokens = family.tokens();
            AnswerPlan plan = format(family, tokens).plan(tools(ToolChoice.REQUIRED, Writing.COLOUR));
            Writing writing = new Writing(plan, "<think>\n");
            assertThat(writing.mayEnd()).isFalse();
            writing.write('m', tokens.control("</think>"), '\n');
            assertThat(writing.constraint().allows('m')).isFalse();
            writing.writeAnything(tokens.vocabulary().size(), random);
            Answer read = writing.finish(false);
            assertThat(read.thinking()).isEqualTo("m");
            assertCalls(read);
        }
    }

    private static void assertCalls(Answer answer) {
        assertThat(answer.text()).isEmpty();
        assertThat(answer.calls()).isNotEmpty();
        for (ToolExecutionRequest call : answer.calls()) {
            assertThat(call.name()).isIn("search", "open");
            assertThat(call.arguments().replaceAll("\\s", ""))
                    .isIn(
                            call.name().equals("open")
                                    ? List.of("{}")
                                    : List.of("{\"for\":\"a\"}", "{\"for\":\"\u00E9\uD83D\uDE00</tool_call>\\\"\"}"));
        }
    }

    @Test
    void whatHasToComeIsSpelledAheadWithItsControlTokens() {
        ChoppedVocabulary tokens = qwen().tokens();
        AnswerPlan plan = format(qwen(), tokens).plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT));
        Constraint begun = plan.constraint("").after(tokens.control("<tool_call>"));
        assertThat(begun.certain(64)).isEqualTo(tokens.text("\n{\"name\": \"", 1, null));
        assertThat(begun.certain(3)).hasSize(3);
        Constraint named = begun;
        for (int token : tokens.text("\n{\"name\": \"open", 1, null)) {
            named = named.after(token);
        }
        int[] rest = named.certain(64);
        assertThat(Arrays.copyOf(rest, rest.length - 1)).isEqualTo(tokens.text("\", \"arguments\": {}}\n", 1, null));
        assertThat(rest[rest.length - 1]).isEqualTo(tokens.control("</tool_call>"));
    }

    @Test
    void withASchemaBesideToolsTheAnswerIsACallOrJson() {
        boolean[] seen = new boolean[2];
        for (int run = 0; run < 40; run++) {
            ChoppedVocabulary tokens = qwen().tokens();
            AnswerPlan plan = format(qwen(), tokens).plan(tools(ToolChoice.AUTO, Writing.COLOUR));
            Writing writing = new Writing(plan, "</think>");
            writing.writeAnything(tokens.vocabulary().size(), random);
            Answer answer = writing.finish(false);
            seen[answer.calls().isEmpty() ? 0 : 1] = true;
            if (answer.calls().isEmpty()) {
                assertThat(answer.text().replaceAll("\\s", "")).isIn("{\"colour\":\"red\"}", "{\"colour\":\"blue\"}");
            }
        }
        assertThat(seen).containsExactly(true, true);
    }

    @Test
    void jsonMayStandInWhatStandsAroundATextAndEndsTheAnswer() {
        ChoppedVocabulary tokens = new ChoppedVocabulary("<|START_RESPONSE|>", "<|END_RESPONSE|>");
        String template = "<|START_RESPONSE|>{{ m.content }}<|END_RESPONSE|>";
        AnswerOptions options =
                new AnswerOptions(List.of(), ToolChoice.AUTO, Writing.COLOUR, true, Optional.empty(), Optional.empty());
        for (String before : List.of("<|START_RESPONSE|>", "")) {
            AnswerPlan plan = new AnswerFormat(tokens.vocabulary(), template, template, true).plan(options);
            Writing writing = new Writing(plan, "");
            writing.write(tokens.chop(before, random))
                    .writeAnything(tokens.vocabulary().size(), random);
            assertThat(writing.finish(false).text().replaceAll("\\s", ""))
                    .isIn("{\"colour\":\"red\"}", "{\"colour\":\"blue\"}");
        }
    }

    @Test
    void jsonOfAModelThatDoesNotThinkStandsInNoTags() {
        ChoppedVocabulary tokens = new ChoppedVocabulary();
        String template = "{{ thinking }} <think></think> <response></response>";
        for (boolean thinks : new boolean[] {true, false}) {
            AnswerPlan plan = new AnswerFormat(tokens.vocabulary(), template, template, true)
                    .plan(new AnswerOptions(
                            List.of(), ToolChoice.AUTO, Writing.COLOUR, true, Optional.of(thinks), Optional.empty()));
            assertThat(plan.constraint("").allows('<')).isEqualTo(thinks);
            assertThat(plan.constraint("").allows('{')).isTrue();
        }
    }

    @Test
    void whereJsonCouldBeginLikeACallOnlyAMarkerBeginsOne() {
        ResponseFormat named = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name("Named")
                        .rootElement(JsonObjectSchema.builder()
                                .addStringProperty("name")
                                .required("name")
                                .build())
                        .build())
                .build();
        for (ResponseFormat format : List.of(named, ResponseFormat.JSON)) {
            ChoppedVocabulary tokens = qwen().tokens();
            AnswerPlan plan = format(qwen(), tokens).plan(tools(ToolChoice.AUTO, format));
            Writing writing = new Writing(plan, "");
            writing.write(tokens.text("{\"name\": \"open\"}", 1, null));
            assertThat(writing.mayEnd()).isTrue();
            assertThat(writing.finish(false).text()).isEqualTo("{\"name\": \"open\"}");
            assertThat(plan.constraint("").allows(tokens.control("<tool_call>")))
                    .isTrue();
        }
    }

    @Test
    void jsonGoesOnFromAStartedAnswerAndACallFollowsIt() {
        Family coder = Family.all().skip(2).findFirst().orElseThrow();
        ChoppedVocabulary tokens = coder.tokens();
        for (String started : List.of("{", " {\"colour\": \"r", "{\"colour\":\"red\"")) {
            AnswerPlan plan = format(coder, tokens)
                    .plan(tools(ToolChoice.AUTO, Writing.COLOUR))
                    .behind(started);
            Writing writing = new Writing(plan, "");
            writing.writeAnything(tokens.vocabulary().size(), random);
            String whole = started + writing.finish(false).text();
            assertThat(whole.replaceAll("\\s", "")).isIn("{\"colour\":\"red\"}", "{\"colour\":\"blue\"}");
        }
        for (String started : List.of("It is", "{\"color", "{\"colour\": \"red\"}")) {
            AnswerPlan plan = format(coder, tokens).plan(tools(ToolChoice.AUTO, Writing.COLOUR));
            assertThatThrownBy(() -> plan.behind(started))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining(started)
                    .hasMessageContaining("schema's order");
        }
        AnswerPlan plan = format(coder, tokens)
                .plan(tools(ToolChoice.REQUIRED, Writing.COLOUR))
                .behind("I search.");
        Writing writing = new Writing(plan, "");
        writing.writeAnything(tokens.vocabulary().size(), random);
        assertCalls(writing.finish(false));
    }

    /** Tags that are text cannot be told from text that quotes them but by their place. */
    @Test
    void thinkingThatIsNotAskedForIsNoTextEither() {
        for (ChoppedVocabulary tokens :
                List.of(new ChoppedVocabulary("<think>", "</think>"), new ChoppedVocabulary())) {
            AnswerPlan plan = format(qwen(), tokens)
                    .plan(new AnswerOptions(
                            List.of(),
                            ToolChoice.AUTO,
                            ResponseFormat.TEXT,
                            true,
                            Optional.of(false),
                            Optional.empty()));
            Writing writing = new Writing(plan, "<think>\n\n</think>\n\n");
            int[] thinking = tokens.chop("<think>Hm.</think>", random);
            if (tokens.control("<think>") > ChoppedVocabulary.END) {
                assertThat(writing.constraint().allows(thinking[0])).isFalse();
            } else {
                writing.write(thinking).write(tokens.chop("Yes.", random));
                assertThat(writing.finish(false)).isEqualTo(new Answer("Yes.", "Hm.", List.of()));
            }
        }
    }

    @Test
    void thinkingIsClosedAtItsLimitAndTheAnswerBegins() {
        for (ChoppedVocabulary tokens :
                List.of(new ChoppedVocabulary("<think>", "</think>"), new ChoppedVocabulary())) {
            AnswerPlan plan = format(qwen(), tokens).plan(thinkingUpTo(3, Writing.COLOUR));
            Writing writing = new Writing(plan, "<think>");
            Constraint limit = writing.write('a', 'b', 'c').constraint();
            int[] closing = tokens.chop("</think>", random);
            assertThat(limit.allows('d')).isFalse();
            assertThat(limit.certain(20))
                    .startsWith(
                            tokens.control("</think>") > ChoppedVocabulary.END
                                    ? closing
                                    : tokens.text("</think>", 1, null));
            writing.write(limit.certain(20)).writeAnything(tokens.vocabulary().size(), random);
            Answer read = writing.finish(false);
            assertThat(read.thinking()).isEqualTo("abc");
            assertThat(read.text()).contains("colour");
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aTokenThatTheVocabularyDoesNotHaveIsNoText(Family family) {
        ChoppedVocabulary tokens = family.tokens();
        Constraint free = format(family, tokens)
                .plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT))
                .constraint("");
        // of logits that are padded
        int token = tokens.vocabulary().size() + 7;
        assertThat(free.allows(token)).isTrue();
        assertThat(free.after(token).allows(ChoppedVocabulary.END)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatIsReadAsACallWasHeldToBeOne(Family family) {
        for (String space : List.of("\u3000", "\u00A0", "\u2003\n", "\u2028", "\u0085")) {
            ChoppedVocabulary tokens = family.tokens();
            AnswerPlan plan = format(family, tokens).plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT));
            Writing writing = new Writing(plan, "");
            String text = space + "{\"name\": \"search\", \"arguments\": {\"evil\": 1}}"
                    + "{\"name\": \"search\", \"parameters\": {\"evil\": 1}}";
            writing.write(tokens.text(text, random));
            assertThat(writing.finish(false)).isEqualTo(new Answer(text, "", List.of()));
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aStopSequenceDoesNotConcernACallThatHasToCome(Family family) {
        ChoppedVocabulary tokens = family.tokens();
        AnswerReader reader = format(family, tokens)
                .plan(tools(ToolChoice.REQUIRED, ResponseFormat.TEXT))
                .reader("", List.of("<", "{", "a"), AnswerListener.NONE);
        for (int token : tokens.chop(family.calls(), random)) {
            assertThat(reader.append(token, TokenSource.TARGET)).isFalse();
        }
        assertThat(reader.finish(false).calls()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("families")
    void manyToolsAreNotCompiledForEachOfThemAgain(Family family) {
        AnswerVocabulary vocabulary = family.tokens().vocabulary();
        GrammarCompiler compiler = new GrammarCompiler(
                vocabulary.bytes(), TokenSet.of(vocabulary.size(), id -> id == ChoppedVocabulary.END));
        List<ToolForm> forms = ToolForm.of(family.template());
        Map<String, Arguments> arguments = IntStream.range(0, 50)
                .boxed()
                .collect(Collectors.toMap(
                        i -> "tool" + i,
                        i -> Arguments.of(
                                forms.get(0).arguments(),
                                JsonNodeFactory.instance.objectNode().put("additionalProperties", true))));
        AtomicInteger compiled = new AtomicInteger();
        AnswerPlan plan = new AnswerPlan(
                new Writer(vocabulary, rule -> {
                    compiled.incrementAndGet();
                    return compiler.compile(rule);
                }),
                AnswerForm.PLAIN,
                Optional.of(new Calls(forms, arguments, vocabulary)),
                Optional.empty(),
                tools(ToolChoice.AUTO, ResponseFormat.TEXT));
        plan.constraint("").allowed();
        assertThat(compiled).hasValueBetween(1, 5);
    }

    @Test
    void anAnswerThatIsHeldToNothingCostsNothing() {
        ChoppedVocabulary tokens = qwen().tokens();
        AnswerFormat format = format(qwen(), tokens);
        assertThat(format.plan(AnswerOptions.PLAIN).constraint("<think>")).isSameAs(Constraint.NONE);
        assertThat(format.plan(tools(ToolChoice.NONE, ResponseFormat.TEXT)).constraint(""))
                .isSameAs(Constraint.NONE);
        // with markers that are tokens, any may follow until one comes
        assertThat(format.plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT))
                        .constraint("")
                        .allowed())
                .isEmpty();
    }

    @Test
    void whatComesBehindACallAndIsNoFurtherOneEndsTheAnswer() {
        ChoppedVocabulary tokens = qwen().tokens();
        String call = "<tool_call>\n{\"name\": \"open\", \"arguments\": {}}\n</tool_call>";
        int[] calls = tokens.chop(call + "\n" + call + "\n", random);
        int[] text = tokens.chop("T", random);
        AnswerPlan plan = format(qwen(), tokens).plan(tools(ToolChoice.REQUIRED, ResponseFormat.TEXT));
        Writing writing = new Writing(plan, "");
        Constraint behind = writing.write(calls).constraint();
        assertThat(behind.complete()).isFalse();
        assertThat(behind.allowed()).isEmpty();
        assertThat(writing.write(text).constraint().complete()).isTrue();
        Answer answer = writing.finish(false);
        assertThat(answer.calls()).hasSize(2);
        assertThat(answer.text()).isEmpty();
    }

    @Test
    void aToolThatTakesAnyArgumentsMayBeGivenSome() {
        ToolSpecification any = ToolSpecification.builder()
                .name("any")
                .parameters(
                        JsonObjectSchema.builder().additionalProperties(true).build())
                .build();
        ChoppedVocabulary tokens = qwen().tokens();
        int[] call = tokens.chop("<tool_call>\n{\"name\": \"any\", \"arguments\": {\"x\": [1]}}\n</tool_call>", random);
        AnswerPlan plan = format(qwen(), tokens)
                .plan(new AnswerOptions(
                        List.of(any),
                        ToolChoice.REQUIRED,
                        ResponseFormat.TEXT,
                        true,
                        Optional.empty(),
                        Optional.empty()));
        Writing writing = new Writing(plan, "");
        assertThat(writing.write(call).mayEnd()).isTrue();
    }

    @Test
    void whatCannotBeAskedIsSaid() {
        ChoppedVocabulary tokens = qwen().tokens();
        AnswerOptions none = new AnswerOptions(
                List.of(), ToolChoice.REQUIRED, ResponseFormat.TEXT, true, Optional.empty(), Optional.empty());
        assertThatThrownBy(() -> format(qwen(), tokens).plan(none))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("REQUIRED")
                .hasMessageContaining("toolSpecifications");
        ToolSpecification closing =
                ToolSpecification.builder().name("a</think>b").build();
        AnswerOptions control = new AnswerOptions(
                List.of(closing), ToolChoice.AUTO, ResponseFormat.TEXT, false, Optional.empty(), Optional.empty());
        assertThatThrownBy(() -> format(qwen(), tokens).plan(control))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("control token");
        AnswerFormat foreign = new AnswerFormat(tokens.vocabulary(), "", "{{ tools }} [f(x=1)]", true);
        assertThatThrownBy(() -> foreign.plan(tools(ToolChoice.AUTO, ResponseFormat.TEXT)))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("docs/tools-and-json.md");
    }
}
