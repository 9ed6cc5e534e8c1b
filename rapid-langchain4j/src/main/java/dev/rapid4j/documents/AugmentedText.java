package dev.rapid4j.documents;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.rapid4j.internal.prompt.MessageDocuments;
import dev.rapid4j.internal.text.Characters;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes documents and excerpts, each under a heading, and notes where they stand. The question follows behind. */
final class AugmentedText {

    static final String SEPARATOR = "\n\n";

    private final StringBuilder text = new StringBuilder();
    private final List<MessageDocuments.Range> ranges = new ArrayList<>();
    private final List<Content> sources = new ArrayList<>();

    static String heading(Optional<String> title, boolean excerpts) {
        return "Document:" + title.map(name -> " " + name).orElse("") + (excerpts ? " (excerpts)" : "") + SEPARATOR;
    }

    /** Segments that both models read, of a document they have read before. */
    void addExcerpts(List<StoredSegment> segments) {
        text.append(heading(segments.get(0).place().title(), true));
        segments.stream()
                .sorted(Comparator.comparingInt(
                        segment -> segment.place().position().orElse(0)))
                .forEach(segment -> text.append(segment.text().strip()).append(SEPARATOR));
        segments.forEach(segment -> sources.add(content(segment)));
    }

    /**
     * A document that the target reads, and the drafter in passages.
     *
     * @param pieces those to write; not empty
     */
    void addDocument(DocumentText document, BitSet pieces) {
        text.append(heading(document.title(), false));
        int start = text.length();
        Map<Integer, Span> spans = new HashMap<>();
        for (int piece = pieces.nextSetBit(0), last = -1; piece >= 0; piece = pieces.nextSetBit(piece + 1)) {
            DocumentText.Piece next = document.pieces().get(piece);
            boolean gap = piece > last + 1 || next.afterHole();
            if (gap) {
                omit(start);
                text.append(SEPARATOR);
            }
            int begin = text.length();
            text.append(gap ? (next.overlap() + next.text()).stripLeading() : next.text());
            spans.put(piece, passage(begin));
            last = piece;
        }
        if (pieces.length() < document.pieces().size() || document.continues()) {
            omit(start);
        }
        List<DocumentText.Hit> hits =
                document.hits().stream().filter(hit -> pieces.get(hit.piece())).toList();
        hits.forEach(hit -> sources.add(content(hit.segment())));
        List<MessageDocuments.Found> passages = hits.stream()
                .filter(hit -> !spans.get(hit.piece()).isEmpty())
                .sorted(Comparator.comparingInt(DocumentText.Hit::piece))
                .map(hit -> found(hit.segment(), spans.get(hit.piece())))
                .toList();
        // without a passage, which takes a segment of odd characters only, the drafter reads the document
        if (!passages.isEmpty()) {
            ranges.add(new MessageDocuments.Range(document.id(), document.version(), start, text.length(), passages));
        }
        text.append(SEPARATOR);
    }

    /** Puts the mark for left-out text behind what was written from {@code start} on. */
    private void omit(int start) {
        int end = stripped(start, text.length());
        text.setLength(end);
        text.append(end == start ? "" : SEPARATOR).append(MessageDocuments.OMISSION);
    }

    /** A passage in the text. */
    private record Span(int start, int end) {

        boolean isEmpty() {
            return start >= end;
        }
    }

    /** What was written from {@code start} on, without white space around it. */
    private Span passage(int start) {
        int first = start;
        int last = stripped(start, text.length());
        while (first < last && Character.isWhitespace(text.charAt(first))) {
            first++;
        }
        // half of a character is left to the segment beside it
        first += first < last && Character.isLowSurrogate(text.charAt(first)) ? 1 : 0;
        last -= first < last && Character.isHighSurrogate(text.charAt(last - 1)) ? 1 : 0;
        return new Span(first, last);
    }

    private static MessageDocuments.Found found(StoredSegment segment, Span span) {
        double similarity = CosineSimilarity.fromRelevanceScore(segment.score());
        return new MessageDocuments.Found(
                span.start(), span.end(), segment.place().position().orElse(0), Math.min(1, Math.max(-1, similarity)));
    }

    private int stripped(int start, int end) {
        int last = end;
        while (last > start && Character.isWhitespace(text.charAt(last - 1))) {
            last--;
        }
        return last;
    }

    private static Content content(StoredSegment segment) {
        Map<ContentMetadata, Object> metadata = new EnumMap<>(ContentMetadata.class);
        metadata.put(ContentMetadata.SCORE, segment.score());
        metadata.put(ContentMetadata.EMBEDDING_ID, segment.embeddingId());
        segment.rerankedScore().ifPresent(score -> metadata.put(ContentMetadata.RERANKED_SCORE, score));
        return Content.from(segment.segment(), metadata);
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    String text() {
        return text.toString();
    }

    /** The segments that were written, those of the most relevant document first. */
    List<Content> sources() {
        return List.copyOf(sources);
    }

    /** The message with all this in front of one of its texts. */
    UserMessage inFrontOf(UserMessage message, int content, String question) {
        String documents = Characters.wellFormed(text());
        String all = documents + question;
        return new MessageDocuments(ranges, documents.length(), all.length(), all.hashCode())
                .attach(message, content, all);
    }
}
