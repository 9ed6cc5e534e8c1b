package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenDocumentSplitterTest {

    private final QwenTokens tokens = new QwenTokens();

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = TokenDocumentSplitterTest.class.getResourceAsStream("/golden/splitter/cases.json")) {
            return StreamSupport.stream(new ObjectMapper().readTree(in).spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void splitsAsLangChainDoes(JsonNode expected) {
        String text = expected.get("document").asText();
        List<TextSegment> segments =
                new TokenDocumentSplitter(tokens, expected.get("chunk_tokens").asInt()).split(Document.from(text));

        assertThat(segments)
                .extracting(TextSegment::text)
                .containsExactlyElementsOf(expected.get("chunks").findValuesAsText("text"));

        int end = 0;
        int reference = -1;
        for (int i = 0; i < segments.size(); i++) {
            Metadata metadata = segments.get(i).metadata();
            int start = metadata.getInteger("start");
            assertThat(text.substring(end, start)).as("left out").isBlank();
            end = metadata.getInteger("end");
            assertThat(text.substring(start, end)).isEqualTo(segments.get(i).text());
            assertThat(metadata.getString("index")).isEqualTo(String.valueOf(i));
            // the reference looks for the chunk from one character behind the last one's start, so repeated text may
            // turn up before the place it was cut from
            reference = text.indexOf(segments.get(i).text(), reference + 1);
            assertThat(reference)
                    .isEqualTo(expected.get("chunks").get(i).get("position").asInt())
                    .isLessThanOrEqualTo(start);
        }
        assertThat(text.substring(end)).isBlank();
    }

    @Test
    void keepsTheMetadataOfTheDocument() {
        Document document = Document.from("One. Two.", Metadata.from("file_name", "a.txt"));
        assertThat(new TokenDocumentSplitter(tokens).split(document))
                .singleElement()
                .satisfies(segment ->
                        assertThat(segment.metadata().getString("file_name")).isEqualTo("a.txt"));
    }

    @Test
    void aBlankTextHasNoSegments() {
        TokenDocumentSplitter splitter = new TokenDocumentSplitter(tokens);
        assertThat(splitter.split("")).isEmpty();
        assertThat(splitter.split(" \n\n\t\u00a0\u0000")).isEmpty();
    }

    @Test
    void neverCutsACharacterInTwo() {
        List<TextSegment> segments = new TokenDocumentSplitter(tokens, 1).split("\ud83d\uddfc".repeat(50));
        assertThat(segments).hasSize(50).extracting(TextSegment::text).containsOnly("\ud83d\uddfc");
    }

    @Test
    void oneEndlessWordIsSplitInLinearTime() {
        TokenDocumentSplitter splitter = new TokenDocumentSplitter(tokens);
        tokens.characters = 0;
        String text = "x".repeat(100_000) + "\n\nand a sentence.";
        List<TextSegment> segments = splitter.split(text);
        assertThat(tokens.characters).isLessThan(6L * text.length());
        assertThat(segments).hasSize(197);
    }

    @Test
    void countingTokensIsLinearInTheTextHoweverItIsLaidOut() {
        for (String unit : List.of("word ", "A sentence; it has clauses. ", "line\n", "A paragraph.\n\n", "字，", "塔")) {
            String text = unit.repeat(200_000 / unit.length());
            tokens.characters = 0;
            List<TextSegment> segments = new TokenDocumentSplitter(tokens).split(text);
            assertThat(segments).hasSizeGreaterThan(60);
            assertThat(tokens.characters).as(unit).isLessThan(6L * text.length());
        }
    }

    @Test
    void refusesLimitsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TokenDocumentSplitter(tokens, 0))
                .withMessageContaining("at least 1, but is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> new TokenDocumentSplitter(tokens, 512, List.of()));
    }
}
