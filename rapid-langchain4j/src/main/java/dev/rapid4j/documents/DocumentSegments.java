package dev.rapid4j.documents;

import static java.util.stream.Collectors.groupingBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.filter.Filter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The segments of one version of a document.
 *
 * @param segments in the order of the document, no two in the same place
 * @param expected how many there should be; as many as there are if the store does not say
 */
record DocumentSegments(long version, List<StoredSegment> segments, int expected) {

    /** No document is read further than this; a store that never stops answering must not fill the memory. */
    private static final int MOST_SEGMENTS = 1 << 17;

    /** Newest last, so that among equally complete ones it wins. */
    private static final Comparator<DocumentSegments> MOST_COMPLETE =
            Comparator.comparingDouble(DocumentSegments::share).thenComparing(DocumentSegments::version);

    /**
     * All segments a filter lets through.
     *
     * @param expected how many there probably are; if there are more, the store is asked again
     */
    static List<StoredSegment> fetch(
            EmbeddingStore<TextSegment> store, Filter filter, Embedding near, int expected, String documentIdKey) {
        int limit = Math.min(Math.max(expected, 1), MOST_SEGMENTS - 1) + 1;
        while (true) {
            List<EmbeddingMatch<TextSegment>> matches = store.search(EmbeddingSearchRequest.builder()
                            .queryEmbedding(near)
                            .maxResults(limit)
                            .filter(filter)
                            .build())
                    .matches();
            if (matches.size() < limit || limit >= MOST_SEGMENTS) {
                return matches.stream()
                        .filter(match -> match.embedded() != null)
                        .map(match -> StoredSegment.of(match, documentIdKey))
                        .toList();
            }
            limit *= 2;
        }
    }

    /**
     * The newest version that is complete. If none is, because the store's index is approximate or the very first
     * ingestion was cut short, the one that has most of its segments.
     *
     * @return empty if the segments do not say where they belong, or contradict each other
     */
    static Optional<DocumentSegments> newest(List<StoredSegment> segments) {
        Map<Long, List<StoredSegment>> versions =
                segments.stream().collect(groupingBy(segment -> segment.place().version()));
        List<DocumentSegments> wellFormed = new ArrayList<>();
        versions.forEach((version, members) -> ordered(version, members).ifPresent(wellFormed::add));
        return wellFormed.stream().max(MOST_COMPLETE);
    }

    private static Optional<DocumentSegments> ordered(long version, List<StoredSegment> members) {
        NavigableMap<Integer, StoredSegment> positions = new TreeMap<>();
        int expected = 0;
        for (StoredSegment member : members) {
            if (member.place().position().isEmpty()) {
                return Optional.empty();
            }
            StoredSegment same = positions.putIfAbsent(member.place().position().getAsInt(), member);
            if (same != null && !same.text().equals(member.text())) {
                return Optional.empty();
            }
            expected = Math.max(expected, member.place().segments().orElse(0));
        }
        return Optional.of(new DocumentSegments(
                version, List.copyOf(positions.values()), expected == 0 ? positions.size() : expected));
    }

    boolean complete() {
        return share() == 1;
    }

    /** How much of the document is there, from 0 to 1; it is not more if segments are beyond the last one. */
    private double share() {
        long within = segments.stream()
                .filter(segment -> segment.place().position().getAsInt() < expected)
                .count();
        return within < expected || segments.size() > expected ? Math.min((double) within / expected, 0.999) : 1;
    }

    /** The segment in a place. */
    int indexOf(int position) {
        return Collections.binarySearch(
                segments.stream()
                        .map(segment -> segment.place().position().getAsInt())
                        .toList(),
                position);
    }
}
