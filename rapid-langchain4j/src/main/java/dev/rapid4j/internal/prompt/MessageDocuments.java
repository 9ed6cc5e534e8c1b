package dev.rapid4j.internal.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.Excerpt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the documents stand in a text of a user message, and which passages of them were found for its question. It
 * travels as an attribute of the message, which other chat models do not look at, and which chat memories keep.
 *
 * <p>What was read is valid: the text is the one this was written for, perhaps with something behind it; documents, and
 * passages in a document, are in order, apart and not blank.
 *
 * @param documents in the order of the text; empty if it holds only excerpts
 * @param question where the user's own text begins, behind the documents
 * @param length characters of the text
 * @param hash of the text, {@link String#hashCode()}
 */
public record MessageDocuments(List<Range> documents, int question, int length, int hash) {

    /** Stands for text that was left out. */
    public static final String OMISSION = "[…]";

    /** Key among {@link UserMessage#attributes()}; the value is JSON. */
    static final String ATTRIBUTE = "dev.rapid4j.documents";

    private static final int MOST_CHARACTERS = 1 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /**
     * A document, or the stretch of it that had room.
     *
     * @param id the document's id; empty if it has none
     * @param version the document's version, 0 if it has none
     * @param start its first character in the text
     * @param end the character after its last one
     * @param passages what was found in it
     */
    public record Range(String id, long version, int start, int end, List<Found> passages) {

        public Range {
            passages = List.copyOf(passages);
        }
    }

    /**
     * A passage that was found.
     *
     * @param start its first character in the message's text
     * @param end the character after its last one
     * @param index number of the segment in its document, from 0
     * @param score cosine similarity to the question, from -1 to 1
     */
    public record Found(int start, int end, int index, double score) {}

    /**
     * What was read from a message.
     *
     * @param content index of the text among the message's contents
     */
    public record Located(int content, MessageDocuments documents) {}

    public MessageDocuments {
        documents = List.copyOf(documents);
    }

    /** Reads the attribute of a message; empty if it has none, or one that does not fit any of its texts. */
    public static Optional<Located> of(UserMessage message) {
        if (!(message.attributes().get(ATTRIBUTE) instanceof String json) || json.length() > MOST_CHARACTERS) {
            return Optional.empty();
        }
        MessageDocuments read;
        try {
            read = JSON.readValue(json, MessageDocuments.class);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        if (read == null) {
            return Optional.empty();
        }
        List<Content> contents = message.contents();
        for (int i = 0; i < contents.size(); i++) {
            if (contents.get(i) instanceof TextContent text && read.fits(text.text())) {
                return Optional.of(new Located(i, read));
            }
        }
        return Optional.empty();
    }

    /** The message with another text in place of one of its contents, and this as attribute. */
    public UserMessage attach(UserMessage message, int content, String text) {
        Map<String, Object> attributes = new HashMap<>(message.attributes());
        try {
            attributes.put(ATTRIBUTE, JSON.writeValueAsString(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        List<Content> contents = new ArrayList<>(message.contents());
        contents.set(content, TextContent.from(text));
        return message.toBuilder().contents(contents).attributes(attributes).build();
    }

    private boolean fits(String text) {
        // instructions about the format of the answer may have been appended
        if (length < 0
                || length > text.length()
                || new Excerpt(text, 0, length).contentHash() != hash
                || question < 0
                || question > length
                || new Excerpt(text, question, text.length()).isBlank()) {
            return false;
        }
        int earliest = 0;
        for (Range range : documents) {
            if (range.id() == null
                    || range.passages().isEmpty()
                    || !isStretch(text, range.start(), range.end(), earliest, question)) {
                return false;
            }
            int passageStart = range.start();
            for (Found passage : range.passages()) {
                if (passage.index() < 0
                        || !(passage.score() >= -1 && passage.score() <= 1)
                        || !isStretch(text, passage.start(), passage.end(), passageStart, range.end())) {
                    return false;
                }
                passageStart = passage.end();
            }
            earliest = range.end();
        }
        return true;
    }

    private static boolean isStretch(String text, int start, int end, int from, int to) {
        return from <= start
                && start < end
                && end <= to
                && !Characters.splitsPair(text, start)
                && !Characters.splitsPair(text, end)
                && !new Excerpt(text, start, end).isBlank();
    }
}
