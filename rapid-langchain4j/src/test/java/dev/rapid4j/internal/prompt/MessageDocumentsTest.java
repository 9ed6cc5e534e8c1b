package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.internal.prompt.MessageDocuments.Found;
import dev.rapid4j.internal.prompt.MessageDocuments.Located;
import dev.rapid4j.internal.prompt.MessageDocuments.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageDocumentsTest {

    private static final String TEXT = "Document: a\n\nOne two three.\n\nTower \ud83d\uddfc here.\n\nWhere?";
    private static final int START = TEXT.indexOf("One");
    private static final int END = TEXT.indexOf("\n\nWhere?");
    private static final int TOWER = TEXT.indexOf("Tower");
    private static final MessageDocuments VALID = documents(
            new Range("a", 7, START, END, List.of(new Found(START, START + 3, 0, 0.5), new Found(TOWER, END, 3, -1))));
    private static final UserMessage MESSAGE = VALID.attach(UserMessage.from("Where?"), 0, TEXT);

    private static MessageDocuments documents(Range... ranges) {
        return new MessageDocuments(List.of(ranges), TEXT.length() - 6, TEXT.length(), TEXT.hashCode());
    }

    private static MessageDocuments passages(Found... passages) {
        return documents(new Range("a", 0, START, END, List.of(passages)));
    }

    private static UserMessage withAttribute(Object value) {
        return UserMessage.builder()
                .contents(List.of(TextContent.from(TEXT)))
                .attributes(new HashMap<>(Map.of(MessageDocuments.ATTRIBUTE, value)))
                .build();
    }

    @Test
    void survivesAChatMemoryThatIsStoredAsJson() {
        UserMessage stored =
                (UserMessage) ChatMessageDeserializer.messageFromJson(ChatMessageSerializer.messageToJson(MESSAGE));
        assertThat(stored).isEqualTo(MESSAGE);
        assertThat(MessageDocuments.of(stored)).contains(new Located(0, VALID));
    }

    @Test
    void isFoundWhereItsTextIs() {
        UserMessage among = MESSAGE.toBuilder()
                .contents(List.of(
                        TextContent.from("Some other text."),
                        TextContent.from(TEXT + "\nYou must answer in JSON."),
                        TextContent.from("A third one.")))
                .build();
        assertThat(MessageDocuments.of(among)).contains(new Located(1, VALID));
        assertThat(MessageDocuments.of(UserMessage.from(TEXT))).isEmpty();
    }

    @Test
    void isIgnoredIfTheTextIsAnother() {
        for (String other : List.of(TEXT.replace("two", "2"), TEXT.replace("two", "owt"), "x" + TEXT, "Where?")) {
            assertThat(MessageDocuments.of(MESSAGE.toBuilder()
                            .contents(List.of(TextContent.from(other)))
                            .build()))
                    .isEmpty();
        }
    }

    @Test
    void isIgnoredIfItIsNotValid() {
        Range range = VALID.documents().get(0);
        for (MessageDocuments invalid : List.of(
                new MessageDocuments(VALID.documents(), END - 1, TEXT.length(), TEXT.hashCode()),
                new MessageDocuments(VALID.documents(), TEXT.length(), TEXT.length(), TEXT.hashCode()),
                new MessageDocuments(VALID.documents(), TEXT.length() + 1, TEXT.length(), TEXT.hashCode()),
                new MessageDocuments(VALID.documents(), TEXT.length() - 6, -1, TEXT.hashCode()),
                new MessageDocuments(VALID.documents(), TEXT.length() - 6, Integer.MAX_VALUE, TEXT.hashCode()),
                documents(range, range),
                documents(new Range(null, 0, START, END, range.passages())),
                documents(new Range("a", 0, -1, END, range.passages())),
                documents(new Range("a", 0, END, START, range.passages())),
                passages(),
                passages(new Found(START - 1, END, 0, 0)),
                passages(new Found(START, END + 1, 0, 0)),
                passages(new Found(START, START, 0, 0)),
                passages(new Found(START + 3, START + 4, 0, 0)),
                passages(new Found(START, TOWER + 7, 0, 0)),
                passages(new Found(TOWER + 7, END, 0, 0)),
                passages(new Found(START, END, -1, 0)),
                passages(new Found(START, END, 0, 1.01)),
                passages(new Found(START, END, 0, Double.NaN)),
                passages(range.passages().get(1), range.passages().get(0)))) {
            assertThat(MessageDocuments.of(invalid.attach(UserMessage.from(TEXT), 0, TEXT)))
                    .as(invalid.toString())
                    .isEmpty();
        }
    }

    @Test
    void nothingThatStandsInTheAttributeFails() {
        String valid = MESSAGE.attribute(MessageDocuments.ATTRIBUTE, String.class);
        assertThat(MessageDocuments.of(withAttribute(valid))).isPresent();
        for (Object other : List.of(
                7, List.of(valid), Map.of(), "", "null", "{}", "[]", "[".repeat(5000), " ".repeat(2_000_000) + valid)) {
            assertThat(MessageDocuments.of(withAttribute(other))).isEmpty();
        }
        Random random = new Random(1);
        for (int round = 0; round < 3000; round++) {
            StringBuilder damaged = new StringBuilder(valid);
            for (int i = random.nextInt(3); i >= 0; i--) {
                damaged.setCharAt(random.nextInt(valid.length()), "0123456789-\"{}[],:en".charAt(random.nextInt(20)));
            }
            MessageDocuments.of(withAttribute(damaged.toString()))
                    .ifPresent(located -> located.documents().documents().stream()
                            .flatMap(document -> document.passages().stream())
                            .forEach(passage -> assertThat(TEXT.substring(passage.start(), passage.end()))
                                    .isNotBlank()));
        }
    }
}
