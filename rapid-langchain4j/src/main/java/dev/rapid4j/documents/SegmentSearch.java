package dev.rapid4j.documents;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.RelevanceScore;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds segments, and the documents they belong to. */
record SegmentSearch(
        EmbeddingStore<TextSegment> store,
        TextEmbedder embedder,
        Optional<ScoringModel> scoringModel,
        Function<Query, Filter> filter,
        Function<String, Optional<String>> texts,
        TokenDocumentSplitter splitter,
        String documentIdKey,
        int maxSegments,
        double minSimilarity) {

    private static final Logger LOG = LoggerFactory.getLogger(RapidRetrievalAugmentor.class);

    /** How many segments the scoring model may choose from, for each that is kept. */
    private static final int CANDIDATES = 4;

    /** First guess at the number of segments of a document that does not say. */
    private static final int UNKNOWN_SEGMENTS = 255;

    /** What was asked of the store, to ask it again for more. */
    private record Asked(Embedding question, Optional<Filter> filter) {}

    private record Candidate(StoredSegment segment, Asked asked) {}

    /** The segments found in one document, best first. */
    record Found(List<StoredSegment> segments, Embedding question, Optional<Filter> filter) {

        SegmentMetadata place() {
            return segments.get(0).place();
        }
    }

    /**
     * The most relevant segments by document, the most relevant document first.
     *
     * @param question orders them, if there is a scoring model and not one query in its place
     * @param queries what to search for
     * @throws LangChain4jException if embedding model or store fail
     */
    List<Found> find(String question, Collection<Query> queries) {
        String asked = queries.size() == 1 ? queries.iterator().next().text() : question;
        Map<String, Candidate> candidates = new LinkedHashMap<>();
        for (Query query : queries) {
            Asked search =
                    new Asked(embedder.question(query.text()).content(), Optional.ofNullable(filter.apply(query)));
            for (EmbeddingMatch<TextSegment> match : search(search)) {
                if (match.embedded() != null) {
                    candidates.merge(
                            match.embeddingId(),
                            new Candidate(StoredSegment.of(match, documentIdKey), search),
                            (one, other) ->
                                    one.segment().score() >= other.segment().score() ? one : other);
                }
            }
        }
        Map<Object, List<Candidate>> documents = new LinkedHashMap<>();
        for (Candidate candidate : ranked(asked, List.copyOf(candidates.values()))) {
            Object document = candidate
                    .segment()
                    .place()
                    .documentId()
                    .map(id -> (Object) id.toString())
                    .orElse(candidate);
            documents.computeIfAbsent(document, key -> new ArrayList<>()).add(candidate);
        }
        return documents.values().stream()
                .map(members -> new Found(
                        members.stream().map(Candidate::segment).toList(),
                        members.get(0).asked().question(),
                        members.get(0).asked().filter()))
                .toList();
    }

    private List<EmbeddingMatch<TextSegment>> search(Asked asked) {
        try {
            return store.search(EmbeddingSearchRequest.builder()
                            .queryEmbedding(asked.question())
                            .maxResults(scoringModel.isPresent() ? candidates() : maxSegments)
                            .minScore(RelevanceScore.fromCosineSimilarity(minSimilarity))
                            .filter(asked.filter().orElse(null))
                            .build())
                    .matches();
        } catch (RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            String what = "The embedding store " + store.getClass().getName() + " failed at the search for a vector of "
                    + asked.question().dimension() + " dimensions, made by the embedding model "
                    + embedder.model().modelName()
                    + ". ";
            String check = message.toLowerCase(Locale.ROOT).matches("(?s).*(dimension|length of vector).*")
                    ? "It was filled by an embedding model with another number of dimensions: search with that one, or"
                            + " ingest the documents again, into a new store"
                    : "Check that it can be reached, that it supports the filter, if one is set, and that it was filled"
                            + " by this embedding model";
            throw new LangChain4jException(what + check + ": " + message, e);
        }
    }

    private int candidates() {
        return (int) Math.min(Integer.MAX_VALUE, (long) maxSegments * CANDIDATES);
    }

    private List<Candidate> ranked(String question, List<Candidate> candidates) {
        List<Candidate> ranked = new ArrayList<>(candidates);
        ranked.sort(Comparator.comparingDouble(
                        (Candidate candidate) -> candidate.segment().score())
                .reversed());
        if (scoringModel.isPresent() && !candidates.isEmpty()) {
            ranked = reranked(question, ranked, scoringModel.get());
        }
        return ranked.subList(0, Math.min(maxSegments, ranked.size()));
    }

    private static List<Candidate> reranked(String question, List<Candidate> candidates, ScoringModel model) {
        List<TextSegment> segments = candidates.stream()
                .map(candidate -> candidate.segment().segment())
                .toList();
        List<Double> scores;
        try {
            scores = model.scoreAll(segments, question).content();
        } catch (RuntimeException e) {
            LOG.warn("The scoring model failed; the segments stay in the order of their similarity", e);
            return candidates;
        }
        if (scores == null
                || scores.size() != candidates.size()
                || scores.stream().anyMatch(score -> score == null || score.isNaN())) {
            LOG.warn(
                    "The scoring model did not return {} numbers; the segments stay in the order of their similarity",
                    candidates.size());
            return candidates;
        }
        List<Candidate> scored = new ArrayList<>();
        for (int i = 0; i < scores.size(); i++) {
            scored.add(new Candidate(
                    candidates.get(i).segment().withRerankedScore(scores.get(i)),
                    candidates.get(i).asked()));
        }
        scored.sort(Comparator.comparingDouble((Candidate candidate) ->
                        candidate.segment().rerankedScore().getAsDouble())
                .reversed());
        return scored;
    }

    /**
     * The document that segments belong to, as far as it can be had. Segments that do not say where they belong are
     * documents of their own.
     */
    List<DocumentText> documents(Found found) {
        if (found.place().documentId().isEmpty()) {
            return List.of(DocumentText.of(found.segments().get(0)));
        }
        return fullText(found)
                .or(() -> DocumentSegments.newest(neighbours(found))
                        .flatMap(document -> DocumentText.of(document, found.segments())))
                .map(List::of)
                .orElseGet(() -> found.segments().stream().map(DocumentText::of).toList());
    }

    private Optional<DocumentText> fullText(Found found) {
        String id = found.place().documentId().orElseThrow().toString();
        try {
            return texts.apply(id).flatMap(text -> DocumentText.of(text, found.segments(), splitter));
        } catch (RuntimeException e) {
            LOG.warn("The text of a document could not be had; it is put together from its segments", e);
            return Optional.empty();
        }
    }

    /** All segments of the document; at least those that were found, which an approximate index may miss. */
    private List<StoredSegment> neighbours(Found found) {
        Filter same = new IsEqualTo(documentIdKey, found.place().documentId().orElseThrow());
        Optional<String> id = found.place().documentId().map(Object::toString);
        Map<String, StoredSegment> segments = new LinkedHashMap<>();
        found.segments().forEach(segment -> segments.put(segment.embeddingId(), segment));
        try {
            DocumentSegments.fetch(
                            store,
                            found.filter().map(filter -> filter.and(same)).orElse(same),
                            found.question(),
                            found.place().segments().orElse(UNKNOWN_SEGMENTS),
                            documentIdKey)
                    .stream()
                    // a store may read "a or b and c" otherwise than it was meant
                    .filter(segment ->
                            segment.place().documentId().map(Object::toString).equals(id))
                    .forEach(segment -> segments.putIfAbsent(segment.embeddingId(), segment));
        } catch (RuntimeException e) {
            LOG.warn(
                    "The embedding store {} failed when a whole document was asked for; only what was found of it is"
                            + " used",
                    store.getClass().getName(),
                    e);
        }
        return List.copyOf(segments.values());
    }
}
