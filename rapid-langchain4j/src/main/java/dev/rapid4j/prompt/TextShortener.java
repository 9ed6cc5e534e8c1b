package dev.rapid4j.prompt;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.decoding.RequestTooLargeException;
import dev.rapid4j.documents.MessageDocuments;
import dev.rapid4j.retrieval.TokenDocumentSplitter;
import java.util.List;

/** Makes a text fit a number of tokens. */
public final class TextShortener {

    /** Stands for text that was left out. */
    public static final String OMISSION = MessageDocuments.OMISSION;

    /** Cutting at segments of this share of the budget wastes little of it, and mostly finds paragraph breaks. */
    private static final int SEGMENTS_IN_BUDGET = 16;

    private TextShortener() {}

    /**
     * Leaves out the middle, at paragraph breaks if there are some near, else at sentences or words, and puts
     * {@value #OMISSION} as a paragraph in its place. Beginning and end keep about half of the tokens each.
     *
     * @param text any text
     * @param maxTokens most tokens of the result
     * @param tokens counts tokens
     * @return the text itself if it is short enough
     * @throws InvalidRequestException if {@code maxTokens} has no room for any of the text
     */
    public static String shortenMiddle(String text, int maxTokens, TokenCountEstimator tokens) {
        if (tokens.estimateTokenCountInText(text) <= maxTokens) {
            return text;
        }
        String marker = "\n\n" + OMISSION + "\n\n";
        int room = maxTokens - tokens.estimateTokenCountInText(marker);
        int segmentTokens =
                Math.min(Math.max(1, room / SEGMENTS_IN_BUDGET), TokenDocumentSplitter.DEFAULT_MAX_SEGMENT_TOKENS);
        List<TextSegment> segments = new TokenDocumentSplitter(tokens, segmentTokens).split(text);
        int head = 0;
        int tail = segments.size();
        // grow the side that has less, until the next segment has no room
        int headTokens = 0;
        int tailTokens = 0;
        while (head < tail) {
            boolean growHead = headTokens <= tailTokens;
            int more = tokens.estimateTokenCountInText(
                    segments.get(growHead ? head : tail - 1).text());
            if (headTokens + tailTokens + more > room) {
                break;
            }
            if (growHead) {
                head++;
                headTokens += more;
            } else {
                tail--;
                tailTokens += more;
            }
        }
        // what stands between segments has tokens too
        while (head > 0) {
            String end = tail < segments.size() ? text.substring(start(segments.get(tail))) : "";
            String result = text.substring(0, end(segments.get(head - 1))) + marker + end;
            if (tokens.estimateTokenCountInText(result) <= maxTokens) {
                return result;
            }
            if (head > segments.size() - tail) {
                head--;
            } else {
                tail++;
            }
        }
        throw tooLong("A text of " + tokens.estimateTokenCountInText(text) + " tokens cannot be shortened to "
                + maxTokens + " tokens: there is no room for any of it");
    }

    /** With the cause that other prompts have which do not fit. */
    static InvalidRequestException tooLong(String message) {
        return new InvalidRequestException(message, new RequestTooLargeException(message));
    }

    private static int start(TextSegment segment) {
        return segment.metadata().getInteger(TokenDocumentSplitter.START);
    }

    private static int end(TextSegment segment) {
        return segment.metadata().getInteger(TokenDocumentSplitter.END);
    }
}
