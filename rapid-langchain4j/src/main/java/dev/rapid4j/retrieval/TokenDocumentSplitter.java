package dev.rapid4j.retrieval;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

    /** What this splitter counts tokens with. */
    public TokenCountEstimator tokenCountEstimator() {
        return tokens;
    }

    @Override
    public List<TextSegment> split(Document document) {
        return split(document.text(), document.metadata());
    }

    /**
     * Splits plain text; unlike {@link Document}, it may be empty.
     *
     * @param text any text
     * @return the segments in text order, none if the text is blank
     */
    public List<TextSegment> split(String text) {
        return split(text, new Metadata());
    }

    private List<TextSegment> split(String text, Metadata metadata) {
        if (text == null || text.isBlank()) {
            return List.of();
        }
        List<Span> spans = new Splitting(text).spans();
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

    /** The splitting of one text; pieces are always adjacent, so joining them is a matter of offsets. */
    private final class Splitting {

        private final String text;
        private final List<Span> result = new ArrayList<>();
        private final Map<String, Integer> counted = new HashMap<>();

        Splitting(String text) {
            this.text = text;
        }

        List<Span> spans() {
            split(new Span(0, text.length()), separators);
            return result;
        }

        private void split(Span span, List<String> separators) {
            String part = text.substring(span.start, span.end);
            int found = 0;
            while (found < separators.size() - 1 && !part.contains(separators.get(found))) {
                found++;
            }
            String separator = separators.get(found);
            List<String> finer = separator.isEmpty() ? List.of() : separators.subList(found + 1, separators.size());

            List<Span> small = new ArrayList<>();
            List<Integer> lengths = new ArrayList<>();
            for (Span piece : separator.isEmpty() ? characters(span) : pieces(span, part, separator)) {
                int length = count(piece);
                if (length < maxSegmentTokens) {
                    small.add(piece);
                    lengths.add(length);
                    continue;
                }
                merge(small, lengths);
                small.clear();
                lengths.clear();
                if (finer.isEmpty()) {
                    add(piece.start, piece.end);
                } else {
                    split(piece, finer);
                }
            }
            merge(small, lengths);
        }

        private void merge(List<Span> pieces, List<Integer> lengths) {
            int first = 0;
            int total = 0;
            for (int i = 0; i < pieces.size(); i++) {
                if (total + lengths.get(i) > maxSegmentTokens) {
                    add(pieces.get(first).start, pieces.get(i - 1).end);
                    // as the reference does it: trailing pieces without a token start the next segment too
                    while (total > 0) {
                        total -= lengths.get(first++);
                    }
                }
                total += lengths.get(i);
            }
            if (!pieces.isEmpty()) {
                add(pieces.get(first).start, pieces.get(pieces.size() - 1).end);
            }
        }

        private void add(int start, int end) {
            while (start < end && isSpace(text.charAt(start))) {
                start++;
            }
            while (start < end && isSpace(text.charAt(end - 1))) {
                end--;
            }
            // a text segment cannot be blank, and for LangChain4j control characters are
            if (!text.substring(start, end).trim().isEmpty()) {
                result.add(new Span(start, end));
            }
        }

        private int count(Span piece) {
            String part = text.substring(piece.start, piece.end);
            return part.length() > REMEMBERED_LENGTH
                    ? tokens.estimateTokenCountInText(part)
                    : counted.computeIfAbsent(part, tokens::estimateTokenCountInText);
        }

        private List<Span> characters(Span span) {
            List<Span> characters = new ArrayList<>(span.end - span.start);
            for (int i = span.start, next; i < span.end; i = next) {
                next = text.offsetByCodePoints(i, 1);
                characters.add(new Span(i, next));
            }
            return characters;
        }
    }

    /**
     * Cuts before every separator. Searches the part, not the text: a search past the part's end would be quadratic.
     */
    private static List<Span> pieces(Span span, String part, String separator) {
        List<Span> pieces = new ArrayList<>();
        int start = 0;
        for (int cut = part.indexOf(separator); cut >= 0; cut = part.indexOf(separator, cut + separator.length())) {
            if (cut > start) {
                pieces.add(new Span(span.start + start, span.start + cut));
            }
            start = cut;
        }
        pieces.add(new Span(span.start + start, span.end));
        return pieces;
    }

    /** What Python's {@code str.strip} removes; Java's own notion leaves out the no-break spaces. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
