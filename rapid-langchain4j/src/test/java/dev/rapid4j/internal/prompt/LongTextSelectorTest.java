package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.LongTextSelector;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LongTextSelectorTest {

    private static final String ENTRY =
            "The light of Port %d is 30 metres high. It stands on the east coast. Its keeper is Ann Hill. It was built in 1880.";
    private static final String REGISTER =
            IntStream.range(0, 40).mapToObj(i -> String.format(ENTRY, i)).collect(Collectors.joining("\n\n"));
    private static final String INSTRUCTION = "You are given a register of lighthouses.";
    private static final String QUESTION = "Who keeps the light of Port 7?";

    private static LongTextChoice select(ChatMessage... messages) {
        return LongTextSelector.byLayout().select(List.of(messages));
    }

    private static LongTextChoice select(String text) {
        return select(UserMessage.from(text));
    }

    private static UserMessage user(String... texts) {
        return UserMessage.from(List.copyOf(
                java.util.Arrays.stream(texts).map(TextContent::from).toList()));
    }

    /** The long text, of a single text, must be exactly what {@code chosen} says, and the question likewise. */
    private static void assertCut(String text, String chosen, String question) {
        LongTextChoice choice = select(text);
        assertThat(choice.texts())
                .singleElement()
                .satisfies(longText -> assertThat(text.substring(longText.start(), longText.end()))
                        .isEqualTo(chosen));
        assertThat(choice.question()).isEqualTo(question);
    }

    @Test
    void aTextOfItsOwnIsLongTextAndTheOthersAreTheQuestion() {
        assertThat(select(user(INSTRUCTION, REGISTER, QUESTION)))
                .isEqualTo(new LongTextChoice(
                        List.of(new LongText(0, 1, 0, REGISTER.length())), INSTRUCTION + "\n\n" + QUESTION));
    }

    @Test
    void severalLongTextsAreAllChosen() {
        LongTextChoice choice = select(user(REGISTER, QUESTION, " ", " " + REGISTER + "\n"));
        assertThat(choice.texts())
                .containsExactly(
                        new LongText(0, 0, 0, REGISTER.length()), new LongText(0, 3, 1, REGISTER.length() + 1));
        assertThat(choice.question()).isEqualTo(QUESTION);
    }

    @Test
    void ifAllTextsAreLongTheLastOneHoldsTheQuestion() {
        LongTextChoice choice = select(user(REGISTER, REGISTER + "\n\n" + QUESTION));
        assertThat(choice.texts()).hasSize(2);
        assertThat(choice.question()).isEqualTo(QUESTION);
    }

    @Test
    void betweenOpeningAndClosingLiesTheLongText() {
        assertCut(INSTRUCTION + "\n\n" + REGISTER + "\n\n" + QUESTION, REGISTER, QUESTION);
        assertCut(INSTRUCTION + "\r\n\r\n" + REGISTER + "\r\n \t\r\n" + QUESTION + "\r\n", REGISTER, QUESTION);
    }

    @Test
    void labelsBelongToWhatTheyLabel() {
        assertCut(
                INSTRUCTION + "\n\nRegister:\n\n" + REGISTER + "\n\nQuestion:\n\n" + QUESTION + "\n\nAnswer:",
                REGISTER,
                "Question:\n\n" + QUESTION + "\n\nAnswer:");
    }

    @Test
    void theQuestionMayComeFirst() {
        assertCut(QUESTION + "\n\n" + REGISTER, REGISTER, QUESTION);
        assertCut(QUESTION + "\n\n" + REGISTER + "\n\nAnswer:", REGISTER, QUESTION);
    }

    @Test
    void withoutAnOpeningTheFirstShortParagraphIsReadByBoth() {
        assertCut(REGISTER + "\n\n" + QUESTION, REGISTER.substring(REGISTER.indexOf("\n\n") + 2), QUESTION);
        String endless = "word ".repeat(300).strip();
        assertCut(endless + "\n\n" + QUESTION, endless, QUESTION);
    }

    @Test
    void linesCountAsParagraphsWhereThereIsNoBlankLine() {
        String lines = REGISTER.replace("\n\n", "\n");
        assertCut(INSTRUCTION + "\n" + lines + "\n" + QUESTION, lines, QUESTION);
    }

    @Test
    void aDocumentFromAnEarlierTurnIsStillTheLongText() {
        LongTextChoice choice = select(
                SystemMessage.from(REGISTER),
                user(REGISTER, QUESTION),
                AiMessage.from(REGISTER),
                UserMessage.from("x".repeat(5000)),
                AiMessage.from("Ann Hill."),
                UserMessage.from("And who built it?"));
        assertThat(choice)
                .isEqualTo(new LongTextChoice(
                        List.of(new LongText(1, 0, 0, REGISTER.length()), new LongText(3, 0, 0, 5000)),
                        "And who built it?"));
    }

    @Test
    void withoutALongTextEverythingIsTheQuestion() {
        assertThat(select("Hello")).isEqualTo(new LongTextChoice(List.of(), "Hello"));
        assertThat(select(user("Hello", "there"))).isEqualTo(new LongTextChoice(List.of(), "Hello\n\nthere"));
        String oneParagraph = "word ".repeat(1000);
        assertThat(select(oneParagraph)).isEqualTo(new LongTextChoice(List.of(), oneParagraph));
        String shortParagraphs = (ENTRY + "\n\n").repeat(5) + "x".repeat(600);
        assertThat(select(shortParagraphs).texts()).isEmpty();
        assertThat(select("\u0085".repeat(2000)).texts()).isEmpty();
    }

    @Test
    void whatIsShortCanBeSet() {
        List<ChatMessage> messages = List.of(user("A document of some words", "Why?"));
        assertThat(LongTextSelector.byLayout(10).select(messages).texts()).hasSize(1);
        assertThatIllegalArgumentException().isThrownBy(() -> LongTextSelector.byLayout(0));
    }
}
