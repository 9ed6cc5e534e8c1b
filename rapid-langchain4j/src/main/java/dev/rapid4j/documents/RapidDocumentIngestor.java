package dev.rapid4j.documents;

import static dev.rapid4j.internal.retrieval.TokenDocumentSplitter.END;
import static dev.rapid4j.internal.retrieval.TokenDocumentSplitter.INDEX;
import static dev.rapid4j.internal.retrieval.TokenDocumentSplitter.START;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.document.DocumentTransformer;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.IngestionResult;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.LogInterval;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes documents into an embedding store so that {@link RapidRetrievalAugmentor} can put them together again, letter
 * for letter. It is used as LangChain4j's {@link EmbeddingStoreIngestor}, with one difference: a document that is
 * ingested again <em>replaces</em> its older version.
 *
 * <p>A document is known by its id, the first of these that its metadata have: {@value #DOCUMENT_ID}; the directory and
 * name of the file it was loaded from; its URL. A document that has none of them goes by a hash of its text, so that a
 * changed text is another document. Ids are those of the store: tenants that share one need different ids.
 *
 * <p>Each segment carries the metadata of its document and {@value #DOCUMENT_ID}, {@code index}, {@code start},
 * {@code document_segments} (how many there are) and {@code document_version} (a number that grows). Its text includes
 * the white space up to the next segment; what is embedded is the segment without it. A {@value #TITLE} in the
 * document's metadata becomes the heading the models read.
 *
 * <p>The segments of the new version are embedded first, then written, and only then are those of older versions
 * removed. Whoever reads takes the newest version that is complete, so nobody sees a mixture or nothing, whatever fails
 * in between; ingesting again cleans up. Of several ingestions of one document at once, here or by other processes, one
 * wins. The store must be able to remove by metadata filter, and the user may not change {@code document_version}.
 *
 * <p>Safe for use by several threads if store, embedding model and splitter are.
 */
public final class RapidDocumentIngestor {

    /** Metadata key of the document's id. Give your own, as text, to be independent of where documents come from. */
    public static final String DOCUMENT_ID = "document_id";

    /** Metadata key of the document's title; optional. */
    public static final String TITLE = "title";

    private static final Logger LOG = LoggerFactory.getLogger(RapidDocumentIngestor.class);
    private static final int DEFAULT_BATCH_SIZE = 64;
    /** How often a version is raised above the ones in the store, as clocks differ, before the store is doubted. */
    private static final int VERSION_ATTEMPTS = 8;
    /** Stores that keep numbers as doubles keep larger ones no longer exactly. */
    private static final long HIGHEST_VERSION = 1L << 53;

    private static final AtomicLong LAST_VERSION = new AtomicLong();

    private final EmbeddingStore<TextSegment> store;
    private final TextEmbedder embedder;
    private final DocumentSplitter splitter;
    private final Optional<DocumentTransformer> transformer;
    private final int batchSize;
    private final EmbeddingProgressListener listener;

    private RapidDocumentIngestor(Builder builder) {
        store = given(builder.store, "embeddingStore");
        embedder = new TextEmbedder(given(builder.model, "embeddingModel"), builder.batchSize);
        splitter = builder.splitter != null
                ? builder.splitter
                : new TokenDocumentSplitter(given(builder.tokens, "tokenCountEstimator (or a splitter)"));
        transformer = Optional.ofNullable(builder.transformer);
        batchSize = builder.batchSize;
        listener = builder.listener;
    }

    static <T> T given(T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }

    /** Embedding store, embedding model and a token counter (or a splitter) must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** A document cut into segments: as they are embedded, and as they are stored. */
    private record Prepared(String id, List<TextSegment> embedded, List<TextSegment> stored) {}

    /** {@link #ingest(List)} of one document. */
    public IngestionResult ingest(Document document) {
        return ingest(List.of(document));
    }

    /** {@link #ingest(List)}. */
    public IngestionResult ingest(Document... documents) {
        return ingest(List.of(documents));
    }

    /**
     * Ingests documents, one after the other. If that fails at one, those before it are in the store in their new
     * version, those behind it as they were, and it in one of the two.
     *
     * @return the tokens embedded; {@code null} in it if the embedding model does not count
     * @throws IllegalArgumentException if two documents have one id, or one has no text; then nothing has changed
     * @throws UnsupportedFeatureException if the store cannot remove by filter; then nothing has changed
     * @throws LangChain4jException if the embedding model or the store fails
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while it embeds; it then still is
     */
    public IngestionResult ingest(List<Document> documents) {
        List<Document> transformed =
                transformer.map(each -> each.transformAll(documents)).orElse(documents);
        List<Prepared> prepared = prepare(transformed);
        int total = prepared.stream().mapToInt(each -> each.stored().size()).sum();
        if (total == 0) {
            return new IngestionResult(null);
        }
        checkRemoval();
        LogInterval interval = new LogInterval();
        TokenUsage usage = null;
        int done = 0;
        for (List<Prepared> batch : batches(prepared)) {
            List<TextSegment> segments =
                    batch.stream().flatMap(each -> each.embedded().stream()).toList();
            int before = done;
            Response<List<Embedding>> response =
                    embedder.passages(segments, (embedded, ofBatch) -> report(before + embedded, total, interval));
            usage = TokenUsage.sum(usage, response.tokenUsage());
            int from = 0;
            for (Prepared document : batch) {
                int to = from + document.stored().size();
                replace(document, response.content().subList(from, to));
                from = to;
            }
            done += segments.size();
        }
        return new IngestionResult(usage);
    }

    /**
     * Whether a document is in the store, whole, so that a restarted application need not ingest it again. Whether it
     * has changed since, the application must know.
     *
     * @throws LangChain4jException if the embedding model or the store fails
     */
    public boolean contains(String documentId) {
        // stores cannot be asked without a vector
        Embedding any = embedder.question(documentId).content();
        try {
            return DocumentSegments.newest(DocumentSegments.fetch(store, is(documentId), any, 1, DOCUMENT_ID))
                    .filter(DocumentSegments::complete)
                    .isPresent();
        } catch (LangChain4jException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LangChain4jException(
                    "The embedding store " + store.getClass().getName()
                            + " failed at a search; check the connection, and"
                            + " that the store was made for vectors of " + any.dimension() + " dimensions",
                    e);
        }
    }

    /**
     * Removes a document; does nothing if it is not there.
     *
     * @throws UnsupportedFeatureException if the store cannot remove by filter
     */
    public void remove(String documentId) {
        remove(is(documentId));
    }

    /** The id under which a document is, or would be, ingested. */
    public static String documentId(Document document) {
        Metadata metadata = document.metadata();
        Optional<String> directory = SegmentMetadata.text(metadata, Document.ABSOLUTE_DIRECTORY_PATH);
        Optional<String> file = SegmentMetadata.text(metadata, Document.FILE_NAME);
        return SegmentMetadata.text(metadata, DOCUMENT_ID)
                .or(() -> directory.flatMap(path -> file.map(name -> path + "/" + name)))
                .or(() -> SegmentMetadata.text(metadata, Document.URL))
                .orElseGet(() -> SegmentMetadata.HASH_PREFIX + hash(document.text()));
    }

    private List<Prepared> prepare(List<Document> documents) {
        Set<String> ids = new HashSet<>();
        List<Prepared> prepared = new ArrayList<>();
        for (Document document : documents) {
            String id = documentId(document);
            if (!ids.add(id)) {
                throw new IllegalArgumentException("Two of the documents to ingest have the id '" + id
                        + "', so one would replace the other; give them ids of their own as metadata '" + DOCUMENT_ID
                        + "', or make them one document");
            }
            List<TextSegment> segments = splitter.split(document).stream()
                    .filter(segment -> Characters.hasContent(segment.text()))
                    .toList();
            if (segments.isEmpty()) {
                throw new IllegalArgumentException("The document '" + id
                        + "' has no text to ingest; to remove it from the store, call remove(\"" + id + "\")");
            }
            prepared.add(new Prepared(id, segments, stored(id, document.text(), segments)));
        }
        return prepared;
    }

    /** The segments with the white space behind them and their place, if they can be found in the text. */
    private static List<TextSegment> stored(String id, String text, List<TextSegment> segments) {
        Optional<int[]> starts = starts(text, segments);
        List<TextSegment> stored = new ArrayList<>(segments.size());
        for (int i = 0; i < segments.size(); i++) {
            TextSegment segment = segments.get(i);
            Metadata metadata = segment.metadata()
                    .copy()
                    .remove(START)
                    .remove(END)
                    .put(DOCUMENT_ID, id)
                    .put(INDEX, String.valueOf(i))
                    .put(SegmentMetadata.SEGMENTS, segments.size());
            String stretch = segment.text();
            if (starts.isPresent()) {
                int start = i == 0 ? 0 : starts.get()[i];
                int end = Math.max(
                        starts.get()[i] + segment.text().length(),
                        i == segments.size() - 1 ? text.length() : starts.get()[i + 1]);
                stretch = text.substring(start, end);
                metadata.put(START, start);
            }
            stored.add(TextSegment.from(stretch, metadata));
        }
        return stored;
    }

    /** Where the segments begin, which a splitter of the user's need not say, nor may it say the truth. */
    private static Optional<int[]> starts(String text, List<TextSegment> segments) {
        int[] starts = new int[segments.size()];
        int earliest = 0;
        for (int i = 0; i < starts.length; i++) {
            TextSegment segment = segments.get(i);
            int from = earliest;
            int said =
                    SegmentMetadata.of(segment.metadata(), DOCUMENT_ID).start().orElse(-1);
            starts[i] =
                    said >= from && text.startsWith(segment.text(), said) ? said : text.indexOf(segment.text(), from);
            if (starts[i] < 0) {
                return Optional.empty();
            }
            earliest = starts[i] + 1;
        }
        return Optional.of(starts);
    }

    private List<List<Prepared>> batches(List<Prepared> documents) {
        List<List<Prepared>> batches = new ArrayList<>();
        int size = batchSize;
        for (Prepared document : documents) {
            if (size >= batchSize) {
                batches.add(new ArrayList<>());
                size = 0;
            }
            batches.get(batches.size() - 1).add(document);
            size += document.stored().size();
        }
        return batches;
    }

    private void replace(Prepared document, List<Embedding> embeddings) {
        Filter all = is(document.id());
        try {
            long version = nextVersion(all, document.id(), embeddings.get(0));
            document.stored().forEach(segment -> segment.metadata().put(SegmentMetadata.VERSION, version));
            store.addAll(embeddings, document.stored());
            store.removeAll(all.and(new IsLessThan(SegmentMetadata.VERSION, version)));
            yieldToNewer(all, version, embeddings.get(0));
        } catch (LangChain4jException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LangChain4jException(
                    "The embedding store " + store.getClass().getName() + " failed while the document '" + document.id()
                            + "' was replaced by a new version. Readers see one of the two, whole; ingest it again."
                            + " If this goes on, check the connection, and that the store was made for vectors of "
                            + embeddings.get(0).dimension() + " dimensions",
                    e);
        }
    }

    /** Microseconds, or more if clocks differ and the store has higher ones. */
    private long nextVersion(Filter document, String id, Embedding any) {
        long version = ticket(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        for (int i = 0; i < VERSION_ATTEMPTS; i++) {
            List<StoredSegment> newer = DocumentSegments.fetch(
                    store,
                    document.and(new IsGreaterThanOrEqualTo(SegmentMetadata.VERSION, version)),
                    any,
                    1,
                    DOCUMENT_ID);
            if (newer.isEmpty()) {
                return version;
            }
            long newest = newer.stream()
                    .mapToLong(segment -> segment.place().version())
                    .max()
                    .getAsLong();
            if (newest >= HIGHEST_VERSION) {
                break;
            }
            version = ticket(newest + 1);
        }
        throw new LangChain4jException("The document '" + id + "' is in the store in a version that no other can"
                + " follow; call remove(\"" + id + "\") and ingest it again");
    }

    /** At least this, and no two alike in this process. */
    private static long ticket(long atLeast) {
        return LAST_VERSION.updateAndGet(last -> Math.max(last + 1, atLeast));
    }

    /** A newer version that was written meanwhile has not removed this one if it was not there yet. */
    private void yieldToNewer(Filter document, long version, Embedding any) {
        List<StoredSegment> newer = DocumentSegments.fetch(
                store, document.and(new IsGreaterThan(SegmentMetadata.VERSION, version)), any, 1, DOCUMENT_ID);
        if (DocumentSegments.newest(newer).filter(DocumentSegments::complete).isPresent()) {
            store.removeAll(document.and(new IsEqualTo(SegmentMetadata.VERSION, version)));
        }
    }

    /** Before anything is written: what cannot be replaced later must not be ingested. */
    private void checkRemoval() {
        remove(is(UUID.randomUUID().toString()));
    }

    private void remove(Filter filter) {
        try {
            store.removeAll(filter);
        } catch (UnsupportedOperationException | UnsupportedFeatureException e) {
            throw new UnsupportedFeatureException(
                    "The embedding store "
                            + store.getClass().getName()
                            + " cannot remove by metadata filter, so a document could not be replaced or removed; nothing has"
                            + " changed. Use a store that can, such as InMemoryEmbeddingStore or PgVectorEmbeddingStore; or fill"
                            + " this one, once, with LangChain4j's EmbeddingStoreIngestor: RapidRetrievalAugmentor reads it too");
        } catch (LangChain4jException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LangChain4jException(
                    "The embedding store " + store.getClass().getName() + " failed to remove; check the connection", e);
        }
    }

    private static Filter is(String documentId) {
        return new IsEqualTo(DOCUMENT_ID, documentId);
    }

    private void report(int embedded, int total, LogInterval interval) {
        if (embedded < total && interval.isOver()) {
            LOG.info("Ingesting documents: {} of {} segments are embedded", embedded, total);
        }
        try {
            listener.onProgress(embedded, total);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.warn("The listener failed at {} of {}; the ingestion goes on", embedded, total, e);
        }
    }

    private static String hash(String text) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    /** Builds a {@link RapidDocumentIngestor}. */
    public static final class Builder {

        private EmbeddingStore<TextSegment> store;
        private EmbeddingModel model;
        private TokenCountEstimator tokens;
        private DocumentSplitter splitter;
        private DocumentTransformer transformer;
        private int batchSize = DEFAULT_BATCH_SIZE;
        private EmbeddingProgressListener listener = (embedded, total) -> {};

        private Builder() {}

        /** Where the segments go; it must be able to remove by metadata filter. */
        public Builder embeddingStore(EmbeddingStore<TextSegment> store) {
            this.store = store;
            return this;
        }

        /** Embeds the segments; the augmentor must embed the questions with the same model. */
        public Builder embeddingModel(EmbeddingModel model) {
            this.model = model;
            return this;
        }

        /**
         * Counts tokens for segments of up to {@value TokenDocumentSplitter#DEFAULT_MAX_SEGMENT_TOKENS} of them, best
         * as the model that reads them.
         */
        public Builder tokenCountEstimator(TokenCountEstimator tokens) {
            this.tokens = tokens;
            return this;
        }

        /** Cuts documents, instead of a {@link TokenDocumentSplitter} with {@link #tokenCountEstimator}. */
        public Builder splitter(DocumentSplitter splitter) {
            this.splitter = splitter;
            return this;
        }

        /** Changes documents before they are cut; none by default. */
        public Builder documentTransformer(DocumentTransformer transformer) {
            this.transformer = transformer;
            return this;
        }

        /** Most segments to embed in one call, at least 1; {@value #DEFAULT_BATCH_SIZE} by default. */
        public Builder embeddingBatchSize(int batchSize) {
            if (batchSize < 1) {
                throw new IllegalArgumentException("embeddingBatchSize must be at least 1, but is " + batchSize);
            }
            this.batchSize = batchSize;
            return this;
        }

        /** Hears how many segments of one call's documents have been embedded, and may cancel the call. */
        public Builder listener(EmbeddingProgressListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** @throws IllegalArgumentException if embedding store, embedding model or token counter is missing */
        public RapidDocumentIngestor build() {
            return new RapidDocumentIngestor(this);
        }
    }
}
