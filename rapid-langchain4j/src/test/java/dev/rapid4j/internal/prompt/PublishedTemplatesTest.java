package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.internal.text.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With the templates of published models in a folder (*.jinja), all that is said and done stands in the prompt. */
@EnabledIfSystemProperty(named = "rapid.chat-templates", matches = ".+")
class PublishedTemplatesTest {

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("get_weather")
            .description("Weather of a place")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("place", "A city")
                    .required("place")
                    .build())
            .build();

    static Stream<Path> templates() throws IOException {
        return Files.list(Path.of(System.getProperty("rapid.chat-templates")))
                .filter(file -> file.toString().endsWith(".jinja"))
                .sorted();
    }

    @ParameterizedTest
    @MethodSource("templates")
    void whatIsSaidAndDoneStandsInThePrompt(Path file) throws IOException {
        String source = Files.readString(file);
        ChatTemplate template = ChatTemplate.parse(source, Map.of("bos_token", "<s>", "eos_token", "</s>"));
        TemplateTraits traits = TemplateTraits.of(template, Map.of());
        PromptTemplate prompts = new PromptTemplate(template, Optional.empty(), Map.of(), ToolTexts.of(source));
        List<ChatMessage> messages = new ArrayList<>(List.of(UserMessage.from("Mandolin")));
        try {
            render(prompts, messages);
        } catch (RuntimeException e) {
            abort("its template refuses a mere question: " + e.getMessage());
        }

        ToolExecutionRequest paris = call("1", "Paris");
        ToolExecutionRequest rome = call("2", "Rome");
        messages.add(AiMessage.from("Oboe", List.of(paris, rome)));
        messages.add(ToolExecutionResultMessage.from(paris, "Piccolo"));
        messages.add(ToolExecutionResultMessage.from(rome, "Bassoon"));
        String text = render(prompts, messages);
        assertThat(text)
                .contains("get_weather", "Weather of a place", "Mandolin", "Paris", "Rome", "Piccolo", "Bassoon");
        assertThat(text.contains("Oboe")).isEqualTo(traits.textWithCalls() != TemplateTraits.TextWithCalls.NOWHERE);
    }

    /** By the same folder's cases.json; rapid-chat-template's jinja/make_published_cases.py makes it. */
    @TestFactory
    Stream<DynamicTest> anAnswerGoesOnWhereTransformersLetsIt() throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(Path.of(System.getProperty("rapid.chat-templates"), "cases.json")
                        .toFile());
        Instant now = LocalDateTime.parse(cases.path("now").asText()).toInstant(ZoneOffset.UTC);
        return StreamSupport.stream(cases.path("started").spliterator(), false)
                .filter(test -> !test.path("rendered").isNull())
                .map(test -> DynamicTest.dynamicTest(test.path("template").asText(), () -> {
                    ChatTemplate template = ChatTemplate.parse(
                                    cases.path("templates")
                                            .path(test.path("template").asText())
                                            .asText(),
                                    Map.of("bos_token", "<s>", "eos_token", "</s>"))
                            .withClock(Clock.fixed(now, ZoneOffset.UTC));
                    List<Turn> turns = new ArrayList<>();
                    test.path("conversation")
                            .forEach(turn -> turns.add(new Turn(
                                    turn.path("role").asText(),
                                    turn.path("content").asText())));
                    assertThat(new PromptTemplate(template, Optional.empty(), Map.of(), new HermesTexts())
                                    .render(turns, PromptOptions.NONE)
                                    .text())
                            .isEqualTo(test.path("rendered").asText());
                }));
    }

    private static String render(PromptTemplate prompts, List<ChatMessage> messages) {
        return prompts.render(
                        Turn.of(messages),
                        new PromptOptions(List.of(WEATHER), Optional.empty(), Optional.empty(), false))
                .text();
    }

    private static ToolExecutionRequest call(String id, String place) {
        return ToolExecutionRequest.builder()
                .id(id)
                .name("get_weather")
                .arguments("{\"place\": \"" + place + "\"}")
                .build();
    }
}
