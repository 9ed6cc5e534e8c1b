package dev.rapid4j.documents;

import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A document put together, in pieces that are read whole or not at all.
 *
 * @param id its id; empty for a segment that belongs to none
 * @param version its version, 0 if it has none
 * @param title what it is called, if anything
 * @param pieces its text in order
 * @param hits the segments that were found in it, best first; not empty
 * @param continues whether there was more behind the last piece
 */
record DocumentText(
        String id, long version, Optional<String> title, List<Piece> pieces, List<Hit> hits, boolean continues) {

    /** What is put between segments that do not say what stands between them. */
    private static final String PARAGRAPHS = "\n\n";

    /**
     * @param text as it follows the piece before
     * @param overlap the end of the piece before, if its segment begins with that
     * @param afterHole whether something is missing in front of it
     */
    record Piece(String text, String overlap, boolean afterHole) {

        Piece(String text, boolean afterHole) {
            this(text, "", afterHole);
        }
    }

    /** A segment that was found, which is one of the pieces. */
    record Hit(int piece, StoredSegment segment) {}

    /** A segment alone. */
    static DocumentText of(StoredSegment segment) {
        return new DocumentText(
                segment.place().documentId().map(Object::toString).orElse(""),
                segment.place().version(),
                segment.place().title(),
                List.of(new Piece(segment.text(), segment.place().position().orElse(0) > 0)),
                List.of(new Hit(0, segment)),
                continuesBehind(segment, segment.place().segments().orElse(0)));
    }

    /**
     * A document from its segments.
     *
     * @param found what the search found of it, best first, perhaps in another version; if nothing of this version was
     *     found, its most similar segment counts as found
     * @return empty if the segments overlap and contradict each other
     */
    static Optional<DocumentText> of(DocumentSegments document, List<StoredSegment> found) {
        List<StoredSegment> segments = document.segments();
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            Optional<Piece> piece = i == 0
                    ? Optional.of(new Piece(
                            segments.get(0).text(),
                            segments.get(0).place().position().getAsInt() > 0))
                    : following(segments.get(i - 1), segments.get(i));
            if (piece.isEmpty()) {
                return Optional.empty();
            }
            pieces.add(piece.get());
        }
        List<Hit> hits = new ArrayList<>();
        for (StoredSegment hit : found) {
            int piece = hit.place().version() == document.version()
                    ? document.indexOf(hit.place().position().orElse(-1))
                    : -1;
            if (piece >= 0 && hits.stream().noneMatch(other -> other.piece() == piece)) {
                hits.add(new Hit(piece, hit));
            }
        }
        if (hits.isEmpty()) {
            StoredSegment best = segments.stream()
                    .max(Comparator.comparingDouble(StoredSegment::score))
                    .orElseThrow();
            hits.add(new Hit(segments.indexOf(best), best));
        }
        StoredSegment first = hits.get(0).segment();
        return Optional.of(new DocumentText(
                first.place().documentId().map(Object::toString).orElse(""),
                document.version(),
                first.place().title(),
                pieces,
                hits,
                continuesBehind(segments.get(segments.size() - 1), document.expected())));
    }

    private static boolean continuesBehind(StoredSegment last, int expected) {
        return last.place().position().orElse(expected) < expected - 1;
    }

    /** What follows a segment; empty if the two contradict each other. */
    private static Optional<Piece> following(StoredSegment previous, StoredSegment segment) {
        boolean hole = segment.place().position().getAsInt()
                > previous.place().position().getAsInt() + 1;
        String text = segment.text();
        if (!hasOffsets(previous) || !hasOffsets(segment)) {
            return Optional.of(new Piece(hole ? text : PARAGRAPHS + text, hole));
        }
        int between = segment.place().start().getAsInt() - end(previous);
        if (between < 0) {
            int overlap = -between;
            boolean same = !hole
                    && overlap < text.length()
                    && overlap <= previous.text().length()
                    && previous.text().endsWith(text.substring(0, overlap));
            return same
                    ? Optional.of(new Piece(text.substring(overlap), text.substring(0, overlap), false))
                    : Optional.empty();
        }
        // a splitter that strips white space does not say which it was
        String space = hole || between == 0 ? "" : between == 1 ? " " : PARAGRAPHS;
        return Optional.of(new Piece(space + text, hole));
    }

    private static boolean hasOffsets(StoredSegment segment) {
        return segment.place().start().isPresent() && segment.place().end().orElse(end(segment)) == end(segment);
    }

    private static int end(StoredSegment segment) {
        return segment.place().start().getAsInt() + segment.text().length();
    }

    /**
     * A document whose text comes from elsewhere. Segments that were found are pieces of it.
     *
     * @return empty if the text is not the one that was cut into the segments
     */
    static Optional<DocumentText> of(String text, List<StoredSegment> found, TokenDocumentSplitter splitter) {
        NavigableMap<Integer, StoredSegment> hits = new TreeMap<>();
        for (StoredSegment hit : found) {
            if (!hasOffsets(hit)
                    || !text.startsWith(hit.text(), hit.place().start().getAsInt())) {
                return Optional.empty();
            }
            hits.putIfAbsent(hit.place().start().getAsInt(), hit);
        }
        int covered = 0;
        for (StoredSegment hit : hits.values()) {
            int start = hit.place().start().getAsInt();
            if (start < covered) {
                return Optional.empty();
            }
            covered = end(hit);
        }
        NavigableSet<Integer> borders = new TreeSet<>(List.of(0, text.length()));
        splitter.split(text)
                .forEach(segment -> borders.add(segment.metadata().getInteger(TokenDocumentSplitter.START)));
        for (StoredSegment hit : hits.values()) {
            int start = hit.place().start().getAsInt();
            int end = end(hit);
            borders.subSet(start, end).clear();
            borders.add(start);
            borders.add(end);
        }
        List<Integer> cuts = List.copyOf(borders);
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            pieces.add(new Piece(text.substring(cuts.get(i), cuts.get(i + 1)), false));
        }
        StoredSegment first = found.get(0);
        return Optional.of(new DocumentText(
                first.place().documentId().map(Object::toString).orElse(""),
                first.place().version(),
                first.place().title(),
                pieces,
                found.stream()
                        .map(hit -> new Hit(cuts.indexOf(hit.place().start().getAsInt()), hit))
                        .toList(),
                false));
    }
}
