package dev.rapid4j.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.Passage;
import dev.rapid4j.Retrieval;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.prompt.HermesTexts;
import dev.rapid4j.internal.prompt.PromptOptions;
import dev.rapid4j.internal.prompt.PromptTemplate;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.testing.Golden;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PassageTokensTest {

    private static final String TRIMMING = """
            {% for message in messages %}<|im_start|>{{ message.role }}
            {{ message.content | trim }}<|im_end|>
            {% endfor %}<|im_start|>assistant
            """;
    private static final String LIGHTS = "\n" + register("Light");
    private static final String PUBS = register("Pub") + " \n";

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = Golden.checkpoint("qwen2-tiny").openTokenizer();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static String register(String what) {
        return String.join(
                "\n",
                IntStream.range(0, 40)
                        .mapToObj(i -> what + " n" + i + ": Müller 🎉" + i + ".")
                        .toList());
    }

    /** A system message that quotes the first text, the texts, and a question; with passages of them. */
    private static ConversationPrompt conversation(List<String> texts, Passage... passages) {
        return conversation(texts, List.of(), passages);
    }

    private static ConversationPrompt conversation(List<String> texts, List<ChatMessage> behind, Passage... passages) {
        List<TextContent> contents =
                new ArrayList<>(texts.stream().map(TextContent::from).toList());
        contents.add(TextContent.from("Who lives in n7?"));
        List<ChatMessage> messages = new ArrayList<>(List.of(
                SystemMessage.from("Quote, as in: " + texts.get(0)),
                UserMessage.from(contents.toArray(TextContent[]::new))));
        messages.addAll(behind);
        List<LongText> longTexts = IntStream.range(0, texts.size())
                .mapToObj(i -> new LongText(1, i, 0, texts.get(i).length()))
                .toList();
        ConversationPrompt prompt = ConversationPrompt.of(messages, all -> new LongTextChoice(longTexts, "n7?"));
        return new ConversationPrompt(
                messages,
                prompt.choice(),
                prompt.target(),
                prompt.targetTexts(),
                prompt.drafter(),
                Optional.of(new Retrieval(List.of(passages), Duration.ZERO, true)));
    }

    private static Passage passage(int source, String text, String passage) {
        int start = text.indexOf(passage);
        return new Passage(passage, source, start, start + passage.length(), 0, 1);
    }

    private static PromptEncoder encoder(String template) {
        return new PromptEncoder(
                new PromptTemplate(ChatTemplate.parse(template), Optional.empty(), Map.of(), new HermesTexts()),
                tokenizer);
    }

    private static PlacedPrompt placed(String template, ConversationPrompt conversation) {
        return encoder(template).encodeWithPlaces(conversation);
    }

    private static Optional<String> kept(String template, ConversationPrompt conversation) {
        PlacedPrompt prompt = placed(template, conversation);
        return PassageTokens.of(conversation, prompt)
                .map(rows ->
                        tokenizer.decode(rows.stream().map(i -> prompt.ids()[i]).toArray(), false));
    }

    @Test
    void whatStandsOutsideLongTextsAndInPassagesIsKept() {
        ConversationPrompt conversation = conversation(
                List.of(LIGHTS, PUBS),
                passage(0, LIGHTS, "Light n7: Müller 🎉7.\nLight n8: Müller 🎉8."),
                passage(0, LIGHTS, "Light n39: Müller 🎉39."),
                passage(1, PUBS, "Pub n0: Müller 🎉0."));

        String text = kept(TRIMMING, conversation).orElseThrow();

        assertThat(text.replaceAll("\\s", ""))
                .isEqualTo(("<|im_start|>system Quote, as in: " + LIGHTS + "<|im_end|><|im_start|>user "
                                + "Light n7: Müller 🎉7. Light n8: Müller 🎉8. Light n39: Müller 🎉39."
                                + "Pub n0: Müller 🎉0. Who lives in n7?<|im_end|><|im_start|>assistant")
                        .replaceAll("\\s", ""));
    }

    @Test
    void toolsAndTheirResultsAreKept() {
        ToolExecutionRequest call =
                ToolExecutionRequest.builder().id("1").name("clock").build();
        ConversationPrompt conversation = conversation(
                List.of(LIGHTS),
                List.of(AiMessage.from(call), ToolExecutionResultMessage.from(call, "It is late: " + LIGHTS)),
                passage(0, LIGHTS, "Light n7: Müller 🎉7."));
        PromptOptions options = new PromptOptions(
                List.of(ToolSpecification.builder().name("clock").build()), Optional.empty(), Optional.empty(), false);
        PlacedPrompt prompt = encoder(TRIMMING).with(options).encodeWithPlaces(conversation);

        BitSet rows = PassageTokens.of(conversation, prompt).orElseThrow();
        String text = tokenizer.decode(rows.stream().map(i -> prompt.ids()[i]).toArray(), false);

        assertThat(text.replaceAll("\\s", ""))
                .contains("</tool_call><|im_end|><|im_start|>userLightn7:Müller🎉7.Wholivesinn7?<|im_end|>"
                        + "<|im_start|>assistant<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call><|im_end|>"
                        + "<|im_start|>user<tool_response>Itislate:" + LIGHTS.replaceAll("\\s", ""))
                .startsWith("<|im_start|>systemQuote,asin:" + LIGHTS.replaceAll("\\s", "") + "#Tools");
    }

    @Test
    void theTokensAreThoseOfAnEncodingWithoutPlaces() {
        ConversationPrompt conversation = conversation(List.of(LIGHTS, PUBS));
        PlacedPrompt prompt = placed(TRIMMING, conversation);

        assertThat(prompt.ids()).isEqualTo(encoder(TRIMMING).encode(conversation.target()));
        for (int token = 1; token < prompt.ids().length; token++) {
            assertThat(prompt.tokens().starts()[token])
                    .isGreaterThanOrEqualTo(prompt.tokens().starts()[token - 1]);
            assertThat(prompt.tokens().ends()[token])
                    .isGreaterThan(prompt.tokens().starts()[token]);
        }
    }

    @Test
    void ofAShortenedTextThePassagesAreKeptThatAreLeft() {
        ConversationPrompt whole = conversation(
                List.of(LIGHTS),
                passage(0, LIGHTS, "Light n1: Müller 🎉1."),
                passage(0, LIGHTS, "Light n20: Müller 🎉20."),
                passage(0, LIGHTS, "Light n38: Müller 🎉38."));
        TokenCounter tokens = new TokenCounter(encoder(TRIMMING));
        int all = tokens.estimateTokenCountInText(LIGHTS);

        String text = kept(TRIMMING, whole.shortened(all / 2, tokens)).orElseThrow();

        assertThat(text.substring(text.indexOf("<|im_start|>user")).replaceAll("\\s", ""))
                .isEqualTo("<|im_start|>userLightn1:Müller🎉1.Lightn38:Müller🎉38."
                        + "Wholivesinn7?<|im_end|><|im_start|>assistant");
        ConversationPrompt middle = conversation(List.of(LIGHTS), passage(0, LIGHTS, "Light n20: Müller 🎉20."));
        assertThat(kept(TRIMMING, middle.shortened(all / 2, tokens))).isEmpty();
    }

    @Test
    void aTextThatTheTemplateHasChangedIsNotFound() {
        ConversationPrompt conversation = conversation(List.of(LIGHTS), passage(0, LIGHTS, "Light n7: Müller 🎉7."));

        assertThat(kept(TRIMMING.replace("| trim", "| upper"), conversation)).isEmpty();
        assertThat(kept(TRIMMING.replace("| trim", "| replace('n7', 'x')"), conversation))
                .isEmpty();
        assertThat(kept("{% for message in messages %}{{ message.role }}{% endfor %}", conversation))
                .isEmpty();
        assertThat(kept(TRIMMING, conversation(List.of(LIGHTS)))).isEmpty();
    }

    @Test
    void aTokenThatReachesOverAPassagesBorderBelongsToIt() {
        ConversationPrompt conversation = conversation(List.of(LIGHTS), passage(0, LIGHTS, "ght n7: Mü"));
        PlacedPrompt prompt = placed(TRIMMING, conversation);
        BitSet rows = PassageTokens.of(conversation, prompt).orElseThrow();
        String text = tokenizer.decode(rows.stream().map(i -> prompt.ids()[i]).toArray(), false);

        assertThat(text.substring(text.indexOf("<|im_start|>user")))
                .contains("ght n7: Mü")
                .doesNotContain("n6", "n8");
    }
}
