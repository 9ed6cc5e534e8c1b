package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.rapid4j.TokenSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts come in random pieces, half characters among them. */
class AnswerReaderTest {

    private static final ThinkingForm THINK = new ThinkingForm("<think>", "</think>");

    private final SplittableRandom random = new SplittableRandom(7);
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final Map<String, String> arguments = new LinkedHashMap<>();
    private final List<ToolExecutionRequest> complete = new ArrayList<>();
    private final AnswerListener listener = new AnswerListener() {
        @Override
        public void onText(String piece, TokenSource source) {
            text.append(piece);
        }

        @Override
        public void onThinking(String piece) {
            thinking.append(piece);
        }

        @Override
        public void onPartialCall(int index, String id, String tool, String piece) {
            assertThat(index).isEqualTo(complete.size());
            arguments.merge(index + " " + id + " " + tool, piece, String::concat);
        }

        @Override
        public void onCall(int index, ToolExecutionRequest call) {
            assertThat(index).isEqualTo(complete.size());
            complete.add(call);
        }
    };

    static Stream<Family> families() {
        return Family.all();
    }

    private AnswerReader reader(Family family, ChoppedVocabulary tokens, String... stopSequences) {
        AnswerVocabulary vocabulary = tokens.vocabulary();
        List<ToolForm> forms = ToolForm.of(family.template());
        Map<String, Arguments> tools = new LinkedHashMap<>();
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        schema.putObject("properties").putObject("for").put("type", "string");
        tools.put("search", Arguments.of(forms.get(0).arguments(), schema));
        tools.put("open", Arguments.of(forms.get(0).arguments(), JsonNodeFactory.instance.objectNode()));
        return new AnswerReader(
                vocabulary,
                form(forms),
                Optional.of(new Calls(forms, tools, vocabulary)),
                AnswerOptions.PLAIN,
                false,
                List.of(stopSequences),
                listener);
    }

    private static AnswerForm form(List<ToolForm> tools) {
        return new AnswerForm(tools, Optional.of(THINK), Optional.empty(), Optional.empty());
    }

    private static boolean feed(AnswerReader reader, int[] answer) {
        for (int token : answer) {
            if (reader.append(token, TokenSource.TARGET)) {
                return true;
            }
        }
        return false;
    }

    private static Family family(String name) {
        return Family.all()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("families")
    void callsOfEachFamilyAreReadHoweverTheyAreTokenised(Family family) {
        for (int run = 0; run < 50; run++) {
            text.setLength(0);
            arguments.clear();
            complete.clear();
            ChoppedVocabulary tokens = family.tokens();
            String before = family.followsText() ? "I \uD83D\uDE00 search.\n\n" : "\n";
            AnswerReader reader = reader(family, tokens);
            feed(reader, tokens.chop(before + family.calls(), random));
            Answer answer = reader.finish(false);

            assertThat(answer.text()).isEqualTo(before.strip()).isEqualTo(text.toString());
            assertThat(answer.calls()).isEqualTo(complete).hasSize(family.several() ? 2 : 1);
            assertThat(answer.calls().get(0).name()).isEqualTo("search");
            assertThat(answer.calls().get(0).arguments())
                    .isEqualToIgnoringWhitespace("{\"for\": \"a\"}")
                    .startsWith("{");
            if (family.several()) {
                assertThat(answer.calls().get(1).name()).isEqualTo("open");
                assertThat(answer.calls().get(1).arguments()).isEqualTo("{}");
                assertThat(answer.calls().get(1).id())
                        .isNotEqualTo(answer.calls().get(0).id());
            }
            for (int i = 0; i < complete.size(); i++) {
                ToolExecutionRequest call = complete.get(i);
                assertThat(arguments).containsEntry(i + " " + call.id() + " " + call.name(), call.arguments());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void whereverACallIsCutThatIsAnErrorAndNeverHalfACall(Family family) {
        ChoppedVocabulary tokens = family.tokens();
        int[] answer = tokens.chop(family.calls(), random);
        int errors = 0;
        for (int length = 1; length < answer.length; length++) {
            complete.clear();
            AnswerReader reader = reader(family, tokens);
            for (int i = 0; i < length; i++) {
                reader.append(answer[i], TokenSource.TARGET);
            }
            try {
                List<ToolExecutionRequest> calls = reader.finish(true).calls();
                assertThat(calls.size()).isLessThan(2);
                assertThat(calls).allMatch(call -> call.arguments().equals("{\"for\": \"a\"}"));
            } catch (InvalidRequestException e) {
                assertThat(e).hasMessageContaining("limit of tokens").hasMessageContaining("maxOutputTokens");
                errors++;
            }
        }
        assertThat(errors).isPositive();
    }

    @Test
    void whatIsAControlTokenIsNeverWhatATextQuotes() {
        Family qwen = family("Qwen");
        String quote = "They write <tool_call>\n{\"name\": \"search\", \"arguments\": {}}\n</tool_call> or </think>.";
        ChoppedVocabulary tokens = qwen.tokens();
        AnswerReader reader = reader(qwen, tokens);
        feed(reader, tokens.text(quote, random));
        Answer answer = reader.finish(false);
        assertThat(answer.text()).isEqualTo(quote);
        assertThat(answer.calls()).isEmpty();
    }

    @Test
    void argumentsMayHoldWhatEndsACall() {
        String value = "\\\"}}\\n</tool_call> \\\\\uD83D\uDE00 {[ ]";
        for (String name : List.of("Qwen", "Hermes without tokens of its own")) {
            complete.clear();
            Family family = family(name);
            ChoppedVocabulary tokens = new ChoppedVocabulary(
                    name.equals("Qwen") ? new String[] {"<tool_call>", "</tool_call>"} : new String[0]);
            AnswerReader reader = reader(family, tokens);
            feed(reader, tokens.chop("<tool_call>", random));
            feed(
                    reader,
                    tokens.text("\n{\"name\": \"search\", \"arguments\": {\"for\": \"" + value + "\"}}\n", random));
            feed(reader, tokens.chop("</tool_call>", random));
            assertThat(reader.finish(false).calls().get(0).arguments()).isEqualTo("{\"for\": \"" + value + "\"}");
        }
    }

    @Test
    void thinkingIsNoPartOfTheText() {
        ChoppedVocabulary tokens = family("Qwen").tokens();
        AnswerReader reader = reader(family("Qwen"), tokens, "seven");
        assertThat(feed(reader, tokens.chop("<think>\nIs it seven? \uD83D\uDE00\n</think>\n\nIt is seven.", random)))
                .isTrue();
        Answer answer = reader.finish(false);
        assertThat(answer.thinking()).isEqualTo("Is it seven? \uD83D\uDE00").isEqualTo(thinking.toString());
        assertThat(answer.text()).isEqualTo("It is ").isEqualTo(text.toString());
    }

    @Test
    void thinkingThatIsTextIsToldByItsTags() {
        ChoppedVocabulary tokens = new ChoppedVocabulary();
        Family hermes = family("Hermes without tokens of its own");
        AnswerReader reader = reader(hermes, tokens);
        feed(reader, tokens.text("<think>Hm.</think>Let me <think>\n" + hermes.calls(), random));
        Answer answer = reader.finish(false);
        assertThat(answer.thinking()).isEqualTo("Hm.");
        assertThat(answer.text()).isEqualTo("Let me <think>");
        assertThat(answer.calls()).hasSize(1);
    }

    @Test
    void aStopSequenceDoesNotConcernArguments() {
        Family qwen = family("Qwen");
        ChoppedVocabulary tokens = qwen.tokens();
        AnswerReader reader = reader(qwen, tokens, "for", "\n");
        assertThat(feed(reader, tokens.chop(qwen.calls(), random))).isFalse();
        assertThat(reader.finish(false).calls()).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("families")
    void aStopSequenceInsideWhatBeginsACallDoesNotConcernIt(Family family) {
        for (int run = 0; run < 20; run++) {
            complete.clear();
            ChoppedVocabulary tokens = family.tokens();
            AnswerReader reader = reader(family, tokens, "\n", "{", "<", "name");
            assertThat(feed(reader, tokens.chop(family.calls(), random))).isFalse();
            assertThat(reader.finish(false).calls()).isNotEmpty();
        }
    }

    @Test
    void aStopSequenceBeforeACallEndsTheAnswer() {
        Family coder = family("Qwen2.5-Coder with a fence");
        for (int run = 0; run < 20; run++) {
            ChoppedVocabulary tokens = coder.tokens();
            AnswerReader reader = reader(coder, tokens, "\n");
            assertThat(feed(reader, tokens.chop("```json\n<tool_call>", random)))
                    .isTrue();
            assertThat(reader.finish(false)).isEqualTo(new Answer("```json", "", List.of()));
        }
    }

    @Test
    void jsonThatOnlyLooksLikeACallStaysText() {
        Family llama = family("Llama");
        for (String json : List.of(
                "{\"name\": \"Ada\", \"parameters\": {}}",
                "{\"name\": \"searches\", \"parameters\": {}}",
                "{\"x\": {\"name\": \"search\", \"parameters\": {}}}",
                "```json\n{\"n\": 1}\n```",
                "{ \"name\" : \"search",
                "{")) {
            ChoppedVocabulary tokens = llama.tokens();
            AnswerReader reader = reader(llama, tokens);
            feed(reader, tokens.text(json, random));
            assertThat(reader.finish(false).text()).isEqualTo(json);
        }
        ChoppedVocabulary tokens = llama.tokens();
        AnswerReader reader = reader(llama, tokens);
        feed(reader, tokens.text("Like so: " + llama.calls(), random));
        assertThat(reader.finish(false).calls()).isEmpty();
    }

    @Test
    void idsAreAsTheTemplateDemands() {
        Family mistral = family("Mistral Small");
        ChoppedVocabulary tokens = mistral.tokens();
        AnswerReader reader = reader(mistral, tokens);
        feed(reader, tokens.chop(mistral.calls(), random));
        assertThat(reader.finish(false).calls()).allMatch(call -> call.id().matches("[0-9A-Za-z]{9}"));
    }

    @Test
    void formsThatAreNotKnownAreNotGuessed() {
        assertThat(ToolForm.of("{{ tools }} <tool_call>x<arg_key>y</arg_key>")).isEmpty();
        assertThat(ToolForm.of("{{ tools }} <function=x><parameter=y>")).isEmpty();
        assertThat(ToolForm.of("{{ tools }} print the call as Python")).isEmpty();
        assertThat(ToolForm.of("no place for them, though <tool_call> is mentioned"))
                .isEmpty();
    }

    @Test
    void howAModelThinksIsToldFromItsTemplate() {
        assertThat(ThinkingForm.of("{{ '<think>' }}")).contains(THINK);
        assertThat(ThinkingForm.of("{{ '[THINK]' }}")).contains(new ThinkingForm("[THINK]", "[/THINK]"));
        assertThat(ThinkingForm.of("{{ '<|START_THINKING|><|END_THINKING|>' }}"))
                .contains(new ThinkingForm("<|START_THINKING|>", "<|END_THINKING|>"));
        assertThat(ThinkingForm.of("{{ 'think' }}")).isEmpty();
    }

    @Test
    void tagsAroundATextAreNoPartOfIt() {
        TextForm granite =
                TextForm.of("between <think></think> and <response></response>").orElseThrow();
        TextForm command =
                TextForm.of("<|START_RESPONSE|>{{ m.content }}<|END_RESPONSE|>").orElseThrow();
        assertThat(TextForm.of("<tool_response><response>{{ m.content }}</response>"))
                .isEmpty();
        for (TextForm form : List.of(granite, command)) {
            ChoppedVocabulary tokens = form == command
                    ? new ChoppedVocabulary("<think>", "</think>", form.open(), form.close())
                    : new ChoppedVocabulary();
            for (int run = 0; run < 20; run++) {
                text.setLength(0);
                thinking.setLength(0);
                AnswerReader reader = reader(form, tokens, run % 2 == 0 ? Optional.empty() : Optional.of(true));
                String before = run % 2 == 0 ? "<think>Hm.</think>\n" : "";
                int[] answer =
                        tokens.chop(before + form.open() + "\nIt is a " + (form == granite ? form.open() : ""), random);
                assertThat(feed(reader, answer)).isFalse();
                assertThat(feed(reader, tokens.chop("tag.\n" + form.close(), random)))
                        .isTrue();
                Answer read = reader.finish(false);
                assertThat(read.text().strip())
                        .isEqualTo("It is a " + (form == granite ? form.open() : "") + "tag.")
                        .isEqualTo(text.toString().strip());
                assertThat(read.thinking()).isEqualTo(run % 2 == 0 ? "Hm." : "");
            }
            AnswerReader plain = reader(form, tokens, Optional.of(true));
            feed(plain, tokens.text("As it is: " + form.open() + form.close() + ".", random));
            assertThat(plain.finish(false).text()).isEqualTo("As it is: " + form.open() + form.close() + ".");
        }
    }

    @Test
    void tagsOfAModelThatDoesNotThinkAreWhatItWasAskedFor() {
        TextForm granite =
                TextForm.of("between <think></think> and <response></response>").orElseThrow();
        String asked = "<response>\n<colour>red</colour>\n</response>";
        for (Optional<Boolean> thinks : List.of(Optional.<Boolean>empty(), Optional.of(false))) {
            ChoppedVocabulary tokens = new ChoppedVocabulary();
            AnswerReader reader = reader(granite, tokens, thinks);
            assertThat(feed(reader, tokens.chop(asked + "\n", random))).isFalse();
            assertThat(reader.finish(false).text()).isEqualTo(asked + "\n");
        }
    }

    private AnswerReader reader(TextForm form, ChoppedVocabulary tokens, Optional<Boolean> thinks) {
        AnswerOptions options =
                new AnswerOptions(List.of(), ToolChoice.AUTO, ResponseFormat.TEXT, true, thinks, Optional.empty());
        return new AnswerReader(
                tokens.vocabulary(),
                new AnswerForm(List.of(), Optional.of(THINK), Optional.of(form), Optional.empty()),
                Optional.empty(),
                options,
                false,
                List.of(),
                listener);
    }

    @Test
    void withoutToolsCallsAreText() {
        ChoppedVocabulary tokens = family("Qwen").tokens();
        AnswerReader reader = new AnswerReader(
                tokens.vocabulary(),
                form(List.of()),
                Optional.empty(),
                AnswerOptions.PLAIN,
                false,
                List.of(),
                listener);
        feed(reader, tokens.chop("A <tool_call> it is. \n", random));
        assertThat(reader.finish(false).text())
                .isEqualTo("A <tool_call> it is. \n")
                .isEqualTo(text.toString());
    }
}
