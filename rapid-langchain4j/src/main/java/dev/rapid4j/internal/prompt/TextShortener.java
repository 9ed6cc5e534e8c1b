package dev.rapid4j.internal.prompt;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.internal.decoding.RequestTooLargeException;
import dev.rapid4j.internal.retrieval.TokenCounts;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
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
     * {@value #OMISSION} as a paragraph in its place. Beginning and end keep about half of the tokens each. Reads
     * little more of the text than what is left of it, however long it is.
     *
     * @param text any text
     * @param maxTokens most tokens of the result
     * @param tokens counts tokens
     * @return the text itself if it is short enough
     * @throws InvalidRequestException if {@code maxTokens} has no room for any of the text
     */
    public static String shortenMiddle(CharSequence text, int maxTokens, TokenCountEstimator tokens) {
        long all = TokenCounts.estimate(text, maxTokens, tokens);
        if (all <= maxTokens) {
            return text.toString();
        }
        String marker = "\n\n" + OMISSION + "\n\n";
        int room = maxTokens - tokens.estimateTokenCountInText(marker);
        List<Segment> segments = segments(text, room, tokens);
        int head = 0;
        int tail = segments.size();
        // grow the side that has less, until the next segment has no room
        int headTokens = 0;
        int tailTokens = 0;
        while (head < tail) {
            boolean growHead = headTokens <= tailTokens;
            int more = segments.get(growHead ? head : tail - 1).tokens();
            if (more > room - headTokens - tailTokens) {
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
            int end = tail < segments.size() ? segments.get(tail).start() : text.length();
            String result =
                    text.subSequence(0, segments.get(head - 1).end()) + marker + text.subSequence(end, text.length());
            if (tokens.estimateTokenCountInText(result) <= maxTokens) {
                return result;
            }
            if (head > segments.size() - tail) {
                head--;
            } else {
                tail++;
            }
        }
        throw tooLong("A text of about " + all + " tokens cannot be shortened to " + maxTokens
                + " tokens: there is no room for any of it");
    }

    private record Segment(int start, int end, int tokens) {}

    /** The segments of a text; those of the middle, where neither side can come, are one that nothing has room for. */
    private static List<Segment> segments(CharSequence text, int room, TokenCountEstimator tokens) {
        int segmentTokens =
                Math.min(Math.max(1, room / SEGMENTS_IN_BUDGET), TokenDocumentSplitter.DEFAULT_MAX_SEGMENT_TOKENS);
        TokenDocumentSplitter splitter = new TokenDocumentSplitter(tokens, segmentTokens);
        int middle = TokenCounts.isShort(text, room) ? text.length() : TokenCounts.beginning(text, room, tokens);
        int middleEnd = middle == text.length() ? 0 : TokenCounts.ending(text, room, tokens);
        if (middle >= middleEnd) {
            return segments(text.toString(), 0, splitter);
        }
        List<Segment> beginning = segments(text.subSequence(0, middle).toString(), 0, splitter);
        List<Segment> ending =
                segments(text.subSequence(middleEnd, text.length()).toString(), middleEnd, splitter);
        List<Segment> segments = new ArrayList<>();
        // the last of the beginning and the first of the ending end where the middle happened to be cut out
        segments.addAll(beginning.subList(0, Math.max(0, beginning.size() - 1)));
        segments.add(new Segment(middle, middleEnd, Integer.MAX_VALUE));
        segments.addAll(ending.subList(Math.min(1, ending.size()), ending.size()));
        return segments;
    }

    private static List<Segment> segments(String part, int offset, TokenDocumentSplitter splitter) {
        return splitter.split(part).stream()
                .map(segment -> new Segment(
                        offset + segment.metadata().getInteger(TokenDocumentSplitter.START),
                        offset + segment.metadata().getInteger(TokenDocumentSplitter.END),
                        splitter.tokenCountEstimator().estimateTokenCountInText(segment.text())))
                .toList();
    }

    /** With the cause that other prompts have which do not fit. */
    static InvalidRequestException tooLong(String message) {
        return new InvalidRequestException(message, new RequestTooLargeException(message));
    }
}
