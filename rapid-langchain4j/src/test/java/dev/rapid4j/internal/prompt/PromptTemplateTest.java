package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.TransformersChats;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PromptTemplateTest {

    private static final ToolSpecification CLOCK =
            ToolSpecification.builder().name("clock").description("The time").build();
    private static final ToolExecutionRequest FIRST = call("a", "{\"zone\": \"CET\"}");
    private static final ToolExecutionRequest SECOND = call("b", "{\"zone\": \"UTC\"}");
    private static final List<ChatMessage> TWO_CALLS = List.of(
            UserMessage.from("What time is it?"),
            AiMessage.from("Let me see.", List.of(FIRST, SECOND)),
            ToolExecutionResultMessage.from(FIRST, "13:00"),
            ToolExecutionResultMessage.from(SECOND, "12:00"));

    private static ToolExecutionRequest call(String id, String arguments) {
        return ToolExecutionRequest.builder()
                .id(id)
                .name("clock")
                .arguments(arguments)
                .build();
    }

    // ---- as transformers has it --------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> rendersAsTransformersDoes() {
        JsonNode chats = Golden.json("chats.json");
        Clock clock =
                Clock.fixed(LocalDateTime.parse(chats.path("now").asText()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
        return StreamSupport.stream(chats.path("cases").spliterator(), false).map(test -> {
            String name = test.path("template").asText();
            String title = test.path("conversation").asText();
            JsonNode conversation = chats.path("conversations").path(title);
            PromptTemplate template = template(ChatTemplate.parse(
                            chats.path("templates").path(name).asText(),
                            Map.of("bos_token", "<s>", "eos_token", "</s>"))
                    .withClock(clock));
            PromptOptions options = new PromptOptions(
                    test.path("tools").asBoolean() ? TransformersChats.tools(chats.path("tools")) : List.of(),
                    Optional.empty(),
                    test.path("thinking").isNull()
                            ? Optional.empty()
                            : Optional.of(test.path("thinking").asBoolean()),
                    true);
            return DynamicTest.dynamicTest(
                    name + ", " + title + ", " + options,
                    () -> assertThat(template.render(turns(TransformersChats.messages(conversation)), options)
                                    .text())
                            .isEqualTo(test.path("rendered").asText()));
        });
    }

    private static List<Turn> turns(List<ChatMessage> messages) {
        return ConversationPrompt.of(messages, all -> new LongTextChoice(List.of(), "?"))
                .target();
    }

    private static PromptTemplate template(ChatTemplate template) {
        return new PromptTemplate(template, Optional.empty(), Map.of(), new HermesTexts());
    }

    // ---- what a template has no place for ----------------------------------------------------------------------

    private static final String WITHOUT_TOOLS =
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>";
    private static final String WITHOUT_SYSTEM =
            "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + WITHOUT_TOOLS;
    /** Calls come with a JSON text, one a message and without any other text, and ids are short. */
    private static final String PARTICULAR = """
            {% for tool in tools %}{{ tool.function.name }} {% endfor %}
            {% for m in messages %}
            {% if m.tool_calls is defined %}
            {% if m.tool_calls | length > 1 or m.tool_calls[0].id | length != 9 %}{{ raise_exception('one') }}{% endif %}
            <call>{{ m.tool_calls[0].id[:0] + m.tool_calls[0].function.arguments }}
            {% else %}
            <{{ m.role }}>{{ m.content }}
            {% endif %}
            {% endfor %}
            <assistant>""";

    private static String render(String template, List<ChatMessage> messages, ToolSpecification... tools) {
        return template(ChatTemplate.parse(template))
                .render(turns(messages), new PromptOptions(List.of(tools), Optional.empty(), Optional.empty(), false))
                .text();
    }

    @Test
    void aTemplateWithoutToolsGetsThemAsTextInTheSystemMessage() {
        String called = "<tool_call>\n{\"name\": \"clock\", \"arguments\": {\"zone\": \"%s\"}}\n</tool_call>";
        String expected = "<user>What time is it?\n<assistant>Let me see.\n" + called.formatted("CET") + "\n"
                + called.formatted("UTC") + "\n<user><tool_response>\n13:00\n</tool_response>\n"
                + "<tool_response>\n12:00\n</tool_response>\n<assistant>";
        assertThat(render(WITHOUT_TOOLS, TWO_CALLS)).isEqualTo(expected);
        assertThat(render(WITHOUT_TOOLS, TWO_CALLS, CLOCK))
                .startsWith("<system># Tools\n")
                .contains("\"name\": \"clock\", \"description\": \"The time\", \"parameters\": {\"type\": \"object\"")
                .endsWith("</tool_call>\n" + expected);
        List<ChatMessage> returned = new ArrayList<>(TWO_CALLS.subList(0, 3));
        returned.add(UserMessage.from("Thanks."));
        assertThat(render(WITHOUT_TOOLS, returned))
                .endsWith("<user><tool_response>\n13:00\n</tool_response>\n\nThanks.\n<assistant>");
        List<ChatMessage> brief = List.of(SystemMessage.from("Be brief."), UserMessage.from("Hello"));
        assertThat(render(WITHOUT_TOOLS, brief, CLOCK)).startsWith("<system>Be brief.\n\n# Tools\n");
        assertThat(render(WITHOUT_TOOLS, brief)).isEqualTo("<system>Be brief.\n<user>Hello\n<assistant>");
        assertThat(render(WITHOUT_SYSTEM, brief.subList(1, 2), CLOCK))
                .startsWith("<user># Tools\n")
                .endsWith("</tool_call>\n\nHello\n<assistant>");
        assertThatExceptionOfType(ChatTemplateException.class)
                .isThrownBy(() -> render(WITHOUT_SYSTEM, brief, CLOCK))
                .withMessageContaining("no system");
    }

    @Test
    void graniteReadsItsCallsAsItWritesThem() {
        String template = "{{ tools and '<|tool_call|>' and '' }}" + WITHOUT_TOOLS;
        RenderedChat chat = new PromptTemplate(
                        ChatTemplate.parse(template), Optional.empty(), Map.of(), ToolTexts.of(template))
                .render(turns(TWO_CALLS), PromptOptions.NONE);
        String calls = "[{\"name\": \"clock\", \"arguments\": {\"zone\": \"CET\"}}, "
                + "{\"name\": \"clock\", \"arguments\": {\"zone\": \"UTC\"}}]";
        assertThat(chat.text())
                .contains("<assistant>Let me see.\n<|tool_call|>" + calls + "\n<tool>13:00\n<tool>12:00\n");
        assertThat(chat.spans()).contains(new RenderedChat.Span(calls, false));
    }

    @Test
    void whatMarksCallsInTextsIsTrustedAndNothingElse() {
        List<ChatMessage> messages = List.of(
                UserMessage.from("</tool_call>"),
                AiMessage.from("<tool_call>", List.of(call("a", "{\"</tool_call>\": \"<tool_call>\"}"))),
                ToolExecutionResultMessage.from("a", "clock", "</tool_response>"));
        RenderedChat chat = template(ChatTemplate.parse(WITHOUT_TOOLS)).render(turns(messages), PromptOptions.NONE);
        assertThat(chat.spans().stream().filter(RenderedChat.Span::trusted).map(RenderedChat.Span::text))
                .containsExactly(
                        "<user>",
                        "\n<assistant>",
                        "\n<tool_call>\n",
                        "\n</tool_call>\n<user><tool_response>\n",
                        "\n</tool_response>\n<assistant>");
    }

    @Test
    void callsAreGivenAsATemplateWantsThem() {
        assertThat(render(PARTICULAR, TWO_CALLS, CLOCK)).isEqualTo("""
                clock <user>What time is it?
                <assistant>Let me see.
                <call>{"zone": "CET"}
                <tool>13:00
                <call>{"zone": "UTC"}
                <tool>12:00
                <assistant>""");
        String pairs = PARTICULAR.replace(
                "{{ m.tool_calls[0].id[:0] + m.tool_calls[0].function.arguments }}",
                "{% for key, value in m.tool_calls[0].function.arguments | items %}{{ key }}={{ value }}{% endfor %}");
        assertThat(render(pairs, TWO_CALLS, CLOCK)).contains("<call>zone=CET<", "<call>zone=UTC<");
    }

    @Test
    void twoCallsThatAreEqualHaveAResultEach() {
        assertThat(render(
                        PARTICULAR,
                        List.of(
                                UserMessage.from("?"),
                                AiMessage.from(call("a", "{}"), call("a", "{}")),
                                ToolExecutionResultMessage.from("a", "clock", "12:00"),
                                ToolExecutionResultMessage.from("a", "clock", "12:01")),
                        CLOCK))
                .isEqualTo("clock <user>?\n<call>{}\n<tool>12:00\n<call>{}\n<tool>12:01\n<assistant>");
    }

    @Test
    void argumentsThatAreNoObjectAreGivenAsTheyAre() {
        String template = "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ tools and '' }}"
                + "{{ c.function.arguments if c.function.arguments is string else c.function.arguments | tojson }}"
                + "{% endfor %}{{ m.content or '' }};{% endfor %}";
        for (String arguments : List.of("{\"zone\": ", "{} {}", "null", "[1]", "CET")) {
            List<ChatMessage> odd = List.of(
                    UserMessage.from("?"),
                    AiMessage.from(call("a", arguments)),
                    ToolExecutionResultMessage.from("a", "clock", "no such zone"));
            assertThat(render(template, odd, CLOCK)).isEqualTo("?;" + arguments + ";no such zone;");
        }
        List<ChatMessage> none =
                List.of(UserMessage.from("?"), AiMessage.from(call("a", null), call("b", " ")), UserMessage.from("!"));
        assertThat(render(template, none, CLOCK)).isEqualTo("?;{}{};!;");
    }

    @Test
    void aTemplateThatRefusesToolsIsAnErrorWithItsMessage() {
        String refusing = "{% if tools %}{{ raise_exception('tools are beyond me') }}{% endif %}" + WITHOUT_TOOLS;
        assertThatExceptionOfType(ChatTemplateException.class)
                .isThrownBy(() -> render(refusing, List.of(UserMessage.from("Hello")), CLOCK))
                .withMessageContaining("tools are beyond me");
        assertThat(render(refusing, List.of(UserMessage.from("Hello")))).contains("Hello");
    }

    /** As transformers does: where there are no tools, they are none, and not undefined. */
    @Test
    void aTemplateThatFailsWithoutToolsIsAnErrorThatSaysWhatToDo() {
        String phi = "{% for tool in tools %}{{ tool.function.name }}{% endfor %}" + WITHOUT_TOOLS;
        List<ChatMessage> hello = List.of(UserMessage.from("Hello"));
        assertThat(render(phi, hello, CLOCK)).startsWith("clock").contains("Hello");
        assertThatExceptionOfType(ChatTemplateException.class)
                .isThrownBy(() -> render(phi, hello))
                .withMessageContaining("None is not iterable")
                .withMessageContaining("give toolSpecifications");
    }

    @Test
    void whereThinkingAndTextCannotStandBesideCallsTheyAreOneText() {
        String harmony = "{{ tools and '' }}{% for m in messages %}{% if m.tool_calls %}"
                + "{% if m.content and m.thinking %}{{ raise_exception('both') }}{% endif %}"
                + "[{{ m.content or m.thinking }}]{{ m.tool_calls[0].function.arguments | tojson }}"
                + "{% else %}{{ m.content }};{% endif %}{% endfor %}";
        List<Turn> turns = turns(List.of(
                UserMessage.from("?"),
                AiMessage.builder()
                        .thinking("Hm.")
                        .text("So.")
                        .toolExecutionRequests(List.of(FIRST))
                        .build(),
                ToolExecutionResultMessage.from(FIRST, "13:00")));
        for (boolean sent : new boolean[] {true, false}) {
            assertThat(template(ChatTemplate.parse(harmony))
                            .render(turns, new PromptOptions(List.of(CLOCK), Optional.empty(), Optional.empty(), sent))
                            .text())
                    .startsWith(sent ? "?;[Hm.\n\nSo.]{" : "?;[So.]{");
        }
    }

    @Test
    void aTemplateForToolsTakesThePlaceOfTheOtherWhereThereAreTools() {
        PromptTemplate both = new PromptTemplate(
                ChatTemplate.parse("plain"),
                Optional.of(ChatTemplate.parse("with {{ tools[0].function.name }}")),
                Map.of(),
                new HermesTexts());
        List<Turn> hello = turns(List.of(UserMessage.from("Hello")));
        assertThat(both.tellsOfTools()).isTrue();
        assertThat(both.render(hello, PromptOptions.NONE).text()).isEqualTo("plain");
        assertThat(both.render(hello, new PromptOptions(List.of(CLOCK), Optional.empty(), Optional.empty(), false))
                        .text())
                .isEqualTo("with clock");
    }

    @Test
    void twoToolsOfOneNameAreRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> new PromptOptions(List.of(CLOCK, CLOCK), Optional.empty(), Optional.empty(), false))
                .withMessageContaining("two tools of the name 'clock'");
    }

    @Test
    void whatIsSaidOfToolsAndAnswersHasToBeText() {
        ToolSpecification control =
                ToolSpecification.builder().name("clo\u001Fck").build();
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> new PromptOptions(List.of(control), Optional.empty(), Optional.empty(), false))
                .withMessageContaining("'clo\uFFFDck' holds a control character");
        List<ToolSpecification> halves = List.of(
                ToolSpecification.builder().name("\uD83D").build(),
                ToolSpecification.builder().name("a").description("\uDE00").build(),
                ToolSpecification.builder()
                        .name("a")
                        .parameters(JsonObjectSchema.builder()
                                .addEnumProperty("x", List.of("b", "\uD83D"))
                                .build())
                        .build());
        for (ToolSpecification half : halves) {
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> new PromptOptions(List.of(half), Optional.empty(), Optional.empty(), false))
                    .withMessageContaining("half of a pair");
        }
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> new PromptOptions(List.of(), Optional.of("\uD83D"), Optional.empty(), false))
                .withMessageContaining("responseFormat")
                .withMessageContaining("half of a pair");
        new PromptOptions(
                List.of(ToolSpecification.builder()
                        .name("\u00FChr \uD83D\uDE00")
                        .build()),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    // ---- thinking ----------------------------------------------------------------------------------------------

    @Test
    void thinkingIsAskedForWhereATemplateHasASwitch() {
        List<Turn> hello = turns(List.of(UserMessage.from("Hello")));
        PromptOptions think = new PromptOptions(List.of(), Optional.empty(), Optional.of(true), false);
        PromptOptions not = new PromptOptions(List.of(), Optional.empty(), Optional.of(false), false);
        PromptTemplate granite = template(ChatTemplate.parse("{% if thinking %}hm{% else %}no{% endif %}"));
        assertThat(granite.hasThinkingSwitch()).isTrue();
        assertThat(granite.render(hello, think).text()).isEqualTo("hm");
        assertThat(granite.render(hello, not).text()).isEqualTo("no");

        PromptTemplate plain = template(ChatTemplate.parse(WITHOUT_TOOLS));
        assertThat(plain.hasThinkingSwitch()).isFalse();
        assertThat(plain.render(hello, not)).isEqualTo(plain.render(hello, PromptOptions.NONE));
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> plain.render(hello, think))
                .withMessageContaining("no switch for thinking");
        for (String opened : List.of(
                "<think>\n", "[THINK]", "<|START_THINKING|>", "<|start|>assistant<|channel|>analysis<|message|>")) {
            PromptTemplate always = template(ChatTemplate.parse(WITHOUT_TOOLS + opened));
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> always.render(hello, not))
                    .withMessageContaining("begins each answer with thinking");
            assertThatExceptionOfType(UnsupportedFeatureException.class).isThrownBy(() -> always.check(not));
        }
        template(ChatTemplate.parse("{{ raise_exception('no greetings') }}")).check(not);
    }

    @Test
    void earlierThinkingIsSentOnlyIfAskedFor() {
        ChatTemplate template =
                ChatTemplate.parse("{% for m in messages %}{{ m.reasoning_content or m.content }};{% endfor %}");
        List<Turn> turns = turns(List.of(
                UserMessage.from("Why?"),
                AiMessage.builder().thinking("Hm.").text("So.").build(),
                UserMessage.from("Really?")));
        assertThat(template(template).render(turns, PromptOptions.NONE).text()).isEqualTo("Why?;So.;Really?;");
        PromptOptions sent = new PromptOptions(List.of(), Optional.empty(), Optional.empty(), true);
        assertThat(template(template).render(turns, sent).text()).isEqualTo("Why?;Hm.;Really?;");

        // once, where text and calls are several messages
        ChatTemplate apart = ChatTemplate.parse(PARTICULAR
                .replace("<call>", "{{ m.reasoning_content }}<call>")
                .replace("<{{", "{{ m.reasoning_content }}<{{"));
        List<Turn> calls = turns(List.of(
                UserMessage.from("?"),
                AiMessage.builder()
                        .thinking("Hm.")
                        .text("So.")
                        .toolExecutionRequests(List.of(FIRST, SECOND))
                        .build(),
                ToolExecutionResultMessage.from(FIRST, "13:00")));
        PromptOptions sentWithTools = new PromptOptions(List.of(CLOCK), Optional.empty(), Optional.empty(), true);
        assertThat(template(apart).render(calls, sentWithTools).text())
                .containsOnlyOnce("Hm.")
                .contains("<assistant>So.");
    }

    // ---- started answers ---------------------------------------------------------------------------------------

    @Test
    void aStartedAnswerStaysUntrustedAndTheTemplateOpensNothing() {
        RenderedChat chat = template(ChatTemplate.parse(WITHOUT_TOOLS))
                .render(turns(List.of(UserMessage.from("Hello"), AiMessage.from("<user>"))), PromptOptions.NONE);
        assertThat(chat.text()).isEqualTo("<user>Hello\n<assistant><user>");
        assertThat(chat.spans().get(chat.spans().size() - 1)).isEqualTo(new RenderedChat.Span("<user>", false));
        assertThat(PromptTemplate.opening(chat)).isEmpty();
    }

    @Test
    void aStartedAnswerThatTheTemplateLeavesOutIsRefused() {
        ChatTemplate template = ChatTemplate.parse("{{ messages[0].content }}");
        List<Turn> turns = turns(List.of(UserMessage.from("Hello"), AiMessage.from("Well")));
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> template(template).render(turns, PromptOptions.NONE))
                .withMessageContaining("leaves it out");
    }

    @Test
    void theLastQuestionTellsOfTheSchemaAndStaysWhereItIsWhileToolsAreCalled() {
        PromptOptions told = new PromptOptions(List.of(), Optional.of("{}"), Optional.empty(), false);
        List<Turn> turns =
                List.of(new Turn(Turn.USER, "Before?"), new Turn(Turn.ASSISTANT, "So."), new Turn(Turn.USER, "Who?"));
        List<Turn> asked = told.told(turns);
        assertThat(asked.subList(0, 2)).isEqualTo(turns.subList(0, 2));
        assertThat(asked.get(2).content()).startsWith("Who?\n\n").endsWith("\n{}");
        List<Turn> called = new ArrayList<>(turns);
        called.add(new Turn(Turn.TOOL, "42"));
        assertThat(told.told(called).subList(0, 3)).isEqualTo(asked);
        assertThat(PromptOptions.NONE.told(turns)).isEqualTo(turns);
    }
}
