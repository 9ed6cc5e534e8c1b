package dev.rapid4j.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the passages of long texts that a question is about.
 *
 * <p>A text is split, embedded in batches and kept, so that the next question on it costs one embedding. Texts are
 * recognised by their content; the least recently used ones are forgotten when there are too many or they take too much
 * memory. A text that several threads bring at once is indexed by one of them while the others wait. Indexing that
 * fails or is cancelled leaves nothing behind.
 *
 * <p>Safe for use by several threads if the embedding model is.
 */
public final class PassageRetriever {

    private static final Logger LOG = LoggerFactory.getLogger(PassageRetriever.class);
    private static final Comparator<Passage> BEST_FIRST = Comparator.comparingDouble(Passage::score)
            .reversed()
            .thenComparing(Passage::source)
            .thenComparing(Passage::start);
    private static final Comparator<Passage> TEXT_ORDER =
            Comparator.comparingInt(Passage::source).thenComparing(Passage::start);

    private final EmbeddingModel model;
    private final TokenDocumentSplitter splitter;
    private final Supplier<? extends EmbeddingStore<TextSegment>> stores;
    private final int batchSize;
    private final IndexingListener listener;
    private final IndexCache cache;

    private PassageRetriever(Builder builder) {
        model = Objects.requireNonNull(builder.model, "embeddingModel");
        splitter = Objects.requireNonNull(builder.splitter, "splitter");
        stores = builder.stores;
        batchSize = builder.batchSize;
        listener = builder.listener;
        cache = new IndexCache(builder.maxCachedTexts, builder.maxCachedBytes);
    }

    /** A new retriever; embedding model and splitter must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** The splitter passages are made with. */
    public TokenDocumentSplitter splitter() {
        return splitter;
    }

    /** {@link #retrieve(List, String, RetrievalSettings, BooleanSupplier)} on a single text that is not cancelled. */
    public Retrieval retrieve(String longText, String question, RetrievalSettings settings) {
        return retrieve(List.of(longText), question, settings, () -> false);
    }

    /**
     * Finds the passages most similar to a question, in all texts together.
     *
     * @param longTexts the texts; one that is blank has no passages
     * @param question what to look for, not blank
     * @param settings how many passages, and how similar they must be
     * @param cancelled asked between batches whether to give up
     * @return the passages in text order
     * @throws IllegalArgumentException if the question is blank or only control characters
     * @throws CancellationException if {@code cancelled} says so or the thread is interrupted (which it then still is)
     * @throws LangChain4jException if the embedding model fails or returns something that is no embedding
     */
    public Retrieval retrieve(
            List<String> longTexts, String question, RetrievalSettings settings, BooleanSupplier cancelled) {
        if (question.isBlank() || question.trim().isEmpty()) {
            throw new IllegalArgumentException("The question to find passages for is blank");
        }
        long begin = System.nanoTime();
        boolean fromCache = true;
        List<Index> indexes = new ArrayList<>();
        for (String text : longTexts) {
            IndexCache.Lookup lookup = cache.get(hash(text), cancelled, () -> index(text, cancelled));
            indexes.add(lookup.index());
            fromCache &= lookup.cached();
        }
        checkCancelled(cancelled);
        Embedding query =
                embed(List.of(TextSegment.from(question)), "the question").get(0);

        List<Passage> found = new ArrayList<>();
        for (int source = 0; source < indexes.size(); source++) {
            found.addAll(search(indexes.get(source), source, query, settings.maxPassages()));
        }
        found.sort(BEST_FIRST);
        List<Passage> kept = found.stream()
                .filter(passage -> passage.score() >= settings.minSimilarity())
                .limit(settings.maxPassages())
                .sorted(TEXT_ORDER)
                .toList();
        if (kept.isEmpty()) {
            kept = found.stream().limit(1).toList();
        }
        return new Retrieval(kept, Duration.ofNanos(System.nanoTime() - begin), fromCache);
    }

    private List<Passage> search(Index index, int source, Embedding query, int maxResults) {
        if (index.segments() == 0) {
            return List.of();
        }
        if (query.dimension() != index.dimension()) {
            throw new LangChain4jException("The embedding model " + model.modelName() + " returned a vector of "
                    + query.dimension() + " dimensions for the question, but " + index.dimension()
                    + " for the text; use one embedding model that always returns the same number");
        }
        EmbeddingSearchRequest request = EmbeddingSearchRequest.builder()
                .queryEmbedding(query)
                .maxResults(maxResults)
                .build();
        return index.store().search(request).matches().stream()
                .map(match -> passage(match, source))
                .toList();
    }

    private static Passage passage(EmbeddingMatch<TextSegment> match, int source) {
        TextSegment segment = match.embedded();
        return new Passage(
                segment.text(),
                source,
                segment.metadata().getInteger(TokenDocumentSplitter.START),
                segment.metadata().getInteger(TokenDocumentSplitter.END),
                segment.metadata().getInteger(TokenDocumentSplitter.INDEX),
                CosineSimilarity.fromRelevanceScore(match.score()));
    }

    private Index index(String text, BooleanSupplier cancelled) {
        List<TextSegment> segments = splitter.split(text);
        List<Embedding> embeddings = new ArrayList<>(segments.size());
        while (embeddings.size() < segments.size()) {
            checkCancelled(cancelled);
            int from = embeddings.size();
            int to = Math.min(from + batchSize, segments.size());
            String what = "passages " + from + " to " + (to - 1) + " of " + segments.size();
            embeddings.addAll(embed(segments.subList(from, to), what));
            int dimension = embeddings.get(0).dimension();
            for (Embedding embedding : embeddings.subList(from, to)) {
                if (embedding.dimension() != dimension) {
                    throw new LangChain4jException("The embedding model " + model.modelName()
                            + " returned a vector of " + embedding.dimension() + " dimensions among " + what
                            + ", but of " + dimension + " before; it must always return the same number");
                }
            }
            report(to, segments.size());
        }
        EmbeddingStore<TextSegment> store = stores.get();
        if (segments.isEmpty()) {
            return new Index(store, 0, 0, 0);
        }
        store.addAll(embeddings, segments);
        int dimension = embeddings.get(0).dimension();
        long bytes = 2L * text.length() + (long) segments.size() * dimension * Float.BYTES;
        return new Index(store, segments.size(), dimension, bytes);
    }

    /** Embeds and checks; vectors come out normalised, for stores that take the inner product. */
    private List<Embedding> embed(List<TextSegment> segments, String what) {
        List<Embedding> embeddings;
        try {
            embeddings = model.embedAll(segments).content();
        } catch (LangChain4jException e) {
            throw e;
        } catch (RuntimeException e) {
            checkCancelled(() -> false);
            throw new LangChain4jException(
                    "The embedding model " + model.modelName() + " failed on " + what + ": " + e.getMessage(), e);
        }
        int returned = embeddings == null ? 0 : embeddings.size();
        if (returned != segments.size()) {
            throw new LangChain4jException("The embedding model " + model.modelName() + " returned " + returned
                    + " vectors for " + what + ", expected " + segments.size());
        }
        return embeddings.stream().map(embedding -> normalised(embedding, what)).toList();
    }

    private Embedding normalised(Embedding embedding, String what) {
        float[] vector = embedding.vector().clone();
        double norm = 0;
        for (float x : vector) {
            norm += (double) x * x;
        }
        norm = Math.sqrt(norm);
        if (!Double.isFinite(norm)) {
            throw new LangChain4jException("The embedding model " + model.modelName()
                    + " returned a vector with NaN or infinite numbers for " + what
                    + "; check the model, or its precision");
        }
        // a vector of zeros is similar to nothing, and remains one
        for (int i = 0; norm > 0 && i < vector.length; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
        return Embedding.from(vector);
    }

    private void report(int embedded, int total) {
        try {
            listener.onProgress(embedded, total);
        } catch (RuntimeException e) {
            LOG.warn("The indexing listener failed at {} of {}; indexing goes on", embedded, total, e);
        }
    }

    static void checkCancelled(BooleanSupplier cancelled) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Retrieval was interrupted");
        }
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("Retrieval was cancelled");
        }
    }

    /** Hashes the characters as they are: a charset would make texts with different invalid characters equal. */
    private static String hash(String text) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            for (int i = 0; i < text.length(); i++) {
                if (!buffer.hasRemaining()) {
                    sha256.update(buffer.flip());
                    buffer.clear();
                }
                buffer.putChar(text.charAt(i));
            }
            sha256.update(buffer.flip());
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Builds a {@link PassageRetriever}. */
    public static final class Builder {

        private EmbeddingModel model;
        private TokenDocumentSplitter splitter;
        private Supplier<? extends EmbeddingStore<TextSegment>> stores = InMemoryEmbeddingStore::new;
        private int batchSize = 64;
        private IndexingListener listener = (embedded, total) -> {};
        private int maxCachedTexts = 16;
        private long maxCachedBytes = 256L << 20;

        private Builder() {}

        /** Embeds passages and questions. Its vectors need not be normalised. */
        public Builder embeddingModel(EmbeddingModel model) {
            this.model = model;
            return this;
        }

        /** Cuts texts into passages. */
        public Builder splitter(TokenDocumentSplitter splitter) {
            this.splitter = splitter;
            return this;
        }

        /**
         * Where embeddings are kept, in memory by default. Called once for each text; every store must be empty, and
         * hold only what is put into it. A forgotten text's store is just dropped: if it lives outside the heap,
         * cleaning it is the supplier's business.
         */
        public Builder embeddingStores(Supplier<? extends EmbeddingStore<TextSegment>> stores) {
            this.stores = Objects.requireNonNull(stores, "embeddingStores");
            return this;
        }

        /** Most passages to embed in one call, at least 1; 64 by default. */
        public Builder batchSize(int batchSize) {
            this.batchSize = (int) atLeastOne("batchSize", batchSize);
            return this;
        }

        /** Hears how far indexing has come; what it throws is logged. */
        public Builder listener(IndexingListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** Most texts to remember, at least 1; 16 by default. */
        public Builder maxCachedTexts(int maxCachedTexts) {
            this.maxCachedTexts = (int) atLeastOne("maxCachedTexts", maxCachedTexts);
            return this;
        }

        /**
         * Most bytes of passages and vectors to remember, estimated, at least 1; 256 MiB by default. A single text that
         * takes more is indexed for every question anew.
         */
        public Builder maxCachedBytes(long maxCachedBytes) {
            this.maxCachedBytes = atLeastOne("maxCachedBytes", maxCachedBytes);
            return this;
        }

        /** @throws NullPointerException if embedding model or splitter is missing */
        public PassageRetriever build() {
            return new PassageRetriever(this);
        }

        private static long atLeastOne(String name, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be at least 1, but is " + value);
            }
            return value;
        }
    }
}
