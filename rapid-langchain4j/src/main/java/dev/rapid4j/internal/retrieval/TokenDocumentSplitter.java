package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.internal.text.Characters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Splits a document into segments of a limited number of tokens, at the coarsest separators that will do: paragraphs
 * first, then lines, sentences, clauses, words and at last characters.
 *
 * <p>The segments are those of LangChain's {@code RecursiveCharacterTextSplitter} without overlap, with
 * {@code keep_separator=True} (a separator stays at the start of what follows it), {@code strip_whitespace=True} and
 * the number of tokens as length. As there, the length of a segment is the sum of the lengths of its pieces, so the
 * segment as a whole may count a few tokens more or less. A piece that no separator divides any further is a segment of
 * its own, however long it is; with {@code ""} among the separators that is at most one Unicode character.
 *
 * <p>Each segment carries the document's metadata and its own position: {@link #INDEX}, a number from 0 upwards as text
 * (as LangChain4j's own splitters write it), and {@link #START} and {@link #END}, so that
 * {@code document.text().substring(start, end)} is the segment. A blank document has no segments.
 *
 * <p>Instances are immutable, and as safe to share between threads as the estimator is.
 */
public final class TokenDocumentSplitter implements DocumentSplitter {

    /** Most tokens of a segment, unless told otherwise. */
    public static final int DEFAULT_MAX_SEGMENT_TOKENS = 512;

    /** Where to split, coarsest first, unless told otherwise. */
    public static final List<String> DEFAULT_SEPARATORS =
            List.of("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", "。", "！", "？", "；", "，", " ", "");

    /** Metadata key: number of the segment in the document. */
    public static final String INDEX = "index";

    /** Metadata key: first character of the segment in the document. */
    public static final String START = "start";

    /** Metadata key: the character after the segment's last one. */
    public static final String END = "end";

    /**
     * Words recur, characters even more so: counts of pieces up to this length are remembered while a text is split.
     */
    private static final int REMEMBERED_LENGTH = 24;

    /** Most of them, as in a text of numbers or random letters nearly none recurs. */
    private static final int MAX_REMEMBERED = 100_000;

    private final TokenCountEstimator tokens;
    private final int maxSegmentTokens;
    private final List<String> separators;

    /** Segments of up to {@value #DEFAULT_MAX_SEGMENT_TOKENS} tokens, as {@code tokens} counts them. */
    public TokenDocumentSplitter(TokenCountEstimator tokens) {
        this(tokens, DEFAULT_MAX_SEGMENT_TOKENS);
    }

    /**
     * @param tokens counts tokens, best with the tokenizer of the model that will read the segments
     * @param maxSegmentTokens most tokens of a segment, at least 1
     * @throws IllegalArgumentException if {@code maxSegmentTokens} is out of range
     */
    public TokenDocumentSplitter(TokenCountEstimator tokens, int maxSegmentTokens) {
        this(tokens, maxSegmentTokens, DEFAULT_SEPARATORS);
    }

    /**
     * @param tokens counts tokens, best with the tokenizer of the model that will read the segments
     * @param maxSegmentTokens most tokens of a segment, at least 1
     * @param separators where to split, coarsest first; plain text, {@code ""} splits between any two characters
     * @throws IllegalArgumentException if {@code maxSegmentTokens} is out of range or there are no separators
     */
    public TokenDocumentSplitter(TokenCountEstimator tokens, int maxSegmentTokens, List<String> separators) {
        if (maxSegmentTokens < 1) {
            throw new IllegalArgumentException("maxSegmentTokens must be at least 1, but is " + maxSegmentTokens);
        }
        if (separators.isEmpty()) {
            throw new IllegalArgumentException("separators must not be empty");
        }
        this.tokens = Objects.requireNonNull(tokens, "tokens");
        this.maxSegmentTokens = maxSegmentTokens;
        this.separators = List.copyOf(separators);
    }

    /** Most tokens of a segment. */
    public int maxSegmentTokens() {
        return maxSegmentTokens;
    }

    /** Where it splits, coarsest first. */
    List<String> separators() {
        return separators;
    }

    /** What this splitter counts tokens with. */
    public TokenCountEstimator tokenCountEstimator() {
        return tokens;
    }

    @Override
    public List<TextSegment> split(Document document) {
        return split(document.text(), document.metadata(), () -> {});
    }

    /**
     * Splits plain text; unlike {@link Document}, it may be empty.
     *
     * @param text any text
     * @return the segments in text order, none if the text is blank
     */
    public List<TextSegment> split(String text) {
        return split(text, new Metadata(), () -> {});
    }

    /**
     * As {@link #split(String)}.
     *
     * @param step called before anything is counted, and may end the splitting by an exception
     */
    List<TextSegment> split(String text, Runnable step) {
        return split(text, new Metadata(), step);
    }

    private List<TextSegment> split(String text, Metadata metadata, Runnable step) {
        if (text == null || text.isBlank()) {
            return List.of();
        }
        List<Span> spans = new Splitting(text, step).spans();
        List<TextSegment> segments = new ArrayList<>(spans.size());
        for (Span span : spans) {
            Metadata position = metadata.copy()
                    .put(INDEX, String.valueOf(segments.size()))
                    .put(START, span.start)
                    .put(END, span.end);
            segments.add(TextSegment.from(text.substring(span.start, span.end), position));
        }
        return segments;
    }

    private record Span(int start, int end) {}

    /**
     * The splitting of one text; pieces are always adjacent, so joining them is a matter of offsets. However many they
     * are, only those of one segment are kept.
     */
    private final class Splitting {

        private final String text;
        private final Runnable step;
        private final List<Span> result = new ArrayList<>();
        private final Map<String, Integer> counted = new HashMap<>();

        Splitting(String text, Runnable step) {
            this.text = text;
            this.step = step;
        }

        List<Span> spans() {
            split(new Span(0, text.length()), separators);
            return result;
        }

        private void split(Span span, List<String> separators) {
            // searched in place of the text: a search past the part's end would be quadratic
            String part = text.substring(span.start, span.end);
            int found = 0;
            while (found < separators.size() - 1 && !part.contains(separators.get(found))) {
                found++;
            }
            String separator = separators.get(found);
            List<String> finer = separator.isEmpty() ? List.of() : separators.subList(found + 1, separators.size());

            Segment segment = new Segment();
            for (int start = 0, end; start < part.length(); start = end) {
                end = pieceEnd(part, start, separator);
                Span piece = new Span(span.start + start, span.start + end);
                long length = count(part.substring(start, end));
                if (length < maxSegmentTokens) {
                    segment.add(piece, (int) length);
                    continue;
                }
                segment.end();
                if (finer.isEmpty()) {
                    add(piece.start, piece.end);
                } else {
                    split(piece, finer);
                }
            }
            segment.end();
        }

        /** The segment being put together. */
        private final class Segment {

            private final Deque<Span> pieces = new ArrayDeque<>();
            private final Deque<Integer> lengths = new ArrayDeque<>();
            private int total;

            void add(Span piece, int length) {
                if (total + length > maxSegmentTokens) {
                    Splitting.this.add(pieces.getFirst().start, pieces.getLast().end);
                    // as the reference does it: trailing pieces without a token start the next segment too
                    while (total > 0) {
                        pieces.removeFirst();
                        total -= lengths.removeFirst();
                    }
                }
                pieces.addLast(piece);
                lengths.addLast(length);
                total += length;
            }

            void end() {
                if (!pieces.isEmpty()) {
                    Splitting.this.add(pieces.getFirst().start, pieces.getLast().end);
                }
                pieces.clear();
                lengths.clear();
                total = 0;
            }
        }

        private void add(int start, int end) {
            while (start < end && Characters.isSpace(text.charAt(start))) {
                start++;
            }
            while (start < end && Characters.isSpace(text.charAt(end - 1))) {
                end--;
            }
            // a text segment cannot be blank, and for LangChain4j control characters are
            if (IntStream.range(start, end).anyMatch(i -> text.charAt(i) > ' ')) {
                result.add(new Span(start, end));
            }
        }

        /** Exact below the limit of a segment. */
        private long count(String piece) {
            if (piece.length() > REMEMBERED_LENGTH) {
                step.run();
                return TokenCounts.estimate(piece, maxSegmentTokens, tokens);
            }
            if (counted.size() == MAX_REMEMBERED) {
                counted.clear();
            }
            return counted.computeIfAbsent(piece, unknown -> {
                step.run();
                return tokens.estimateTokenCountInText(unknown);
            });
        }
    }

    /** Pieces end before every separator; without one, after every character. */
    private static int pieceEnd(String part, int start, String separator) {
        if (separator.isEmpty()) {
            return part.offsetByCodePoints(start, 1);
        }
        int from = part.startsWith(separator, start) ? start + separator.length() : start;
        int end = part.indexOf(separator, from);
        return end < 0 ? part.length() : end;
    }
}
