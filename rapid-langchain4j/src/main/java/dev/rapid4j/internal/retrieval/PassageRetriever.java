package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.Passage;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.embedding.TextViews;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.LogInterval;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
 * <p>Safe for use by several threads if the embedding model is. {@link #close()} frees the texts' indexes, which with
 * {@link PassageRanking#HYBRID} are native memory; the embedding model stays open.
 */
public final class PassageRetriever implements AutoCloseable {

    /** Most texts to remember, unless told otherwise. */
    public static final int DEFAULT_MAX_CACHED_TEXTS = 16;

    /** Most bytes of passages and their embeddings to remember, unless told otherwise: 1 GiB. */
    public static final long DEFAULT_MAX_CACHED_BYTES = 1L << 30;

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");
    private static final Comparator<Passage> BEST_FIRST = Comparator.comparingDouble(Passage::score)
            .reversed()
            .thenComparing(Passage::source)
            .thenComparing(Passage::start);
    private static final Comparator<Passage> TEXT_ORDER =
            Comparator.comparingInt(Passage::source).thenComparing(Passage::start);

    private final TextEmbedder embedder;
    private final PassageRanking ranking;
    private final TokenDocumentSplitter splitter;
    private final Supplier<? extends EmbeddingStore<TextSegment>> stores;
    private final EmbeddingProgressListener listener;
    private final IndexCache cache;
    private final Optional<DiskCache> disk;
    private final IndexWriter writer;
    /** Not known before the first text comes, since some models have to be asked for their dimension. */
    private final AtomicReference<Optional<StoredIndexes>> stored;

    private PassageRetriever(Builder builder) {
        EmbeddingModel model = Objects.requireNonNull(builder.model, "embeddingModel");
        embedder = new TextEmbedder(model, builder.batchSize);
        ranking = ranking(builder, embedder.viewModel().isPresent());
        splitter = Objects.requireNonNull(builder.splitter, "splitter");
        stores = builder.stores.orElse(InMemoryEmbeddingStore::new);
        listener = builder.listener;
        cache = new IndexCache(builder.maxCachedTexts, builder.maxCachedBytes);
        disk = builder.disk;
        writer = new IndexWriter();
        stored = new AtomicReference<>();
    }

    private PassageRetriever(PassageRetriever other, EmbeddingProgressListener listener) {
        this.embedder = other.embedder;
        this.ranking = other.ranking;
        this.splitter = other.splitter;
        this.stores = other.stores;
        this.cache = other.cache;
        this.disk = other.disk;
        this.writer = other.writer;
        this.stored = other.stored;
        this.listener = listener;
    }

    private static PassageRanking ranking(Builder builder, boolean views) {
        if (builder.ranking.isEmpty()) {
            return views && builder.stores.isEmpty() ? PassageRanking.HYBRID : PassageRanking.DENSE;
        }
        PassageRanking ranking = builder.ranking.get();
        if (ranking == PassageRanking.HYBRID && !views) {
            throw new IllegalArgumentException("passageRanking HYBRID needs all three views of BGE-M3, which "
                    + builder.model.modelName() + " does not give: use a RapidEmbeddingModel (the model itself, its"
                    + " listeners go into its builder) of a checkpoint with sparse_linear.pt and colbert_linear.pt, or"
                    + " passageRanking DENSE");
        }
        if (ranking == PassageRanking.HYBRID && builder.stores.isPresent()) {
            throw new IllegalArgumentException(
                    "passageRanking HYBRID keeps passages itself, as embedding stores have no"
                            + " place for lexical weights and token vectors: leave out embeddingStores, or use passageRanking"
                            + " DENSE");
        }
        return ranking;
    }

    /** A new retriever; embedding model and splitter must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** This retriever, with the same texts in memory, but with a listener of its own. */
    public PassageRetriever reportingTo(EmbeddingProgressListener listener) {
        return new PassageRetriever(this, Objects.requireNonNull(listener, "listener"));
    }

    /** The splitter passages are made with. */
    public TokenDocumentSplitter splitter() {
        return splitter;
    }

    /** How passages are compared with the question. */
    public PassageRanking passageRanking() {
        return ranking;
    }

    /** Scores any texts as {@link Passage#score} has it. */
    public ScoringModel scoringModel() {
        return new PassageScoringModel(embedder, ranking);
    }

    /** Memory that the indexes of texts take, native memory included, estimated. */
    public long cachedBytes() {
        return cache.bytes();
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
     * @param cancelled asked after every batch, or pass through the encoder, whether to give up
     * @return the passages in text order
     * @throws IllegalArgumentException if the question is blank or only control characters
     * @throws CancellationException if {@code cancelled} says so or the thread is interrupted (which it then still is)
     * @throws LangChain4jException if the embedding model fails or returns something that is no embedding
     * @throws IllegalStateException if the retriever is closed
     */
    public Retrieval retrieve(
            List<? extends CharSequence> longTexts,
            String question,
            RetrievalSettings settings,
            BooleanSupplier cancelled) {
        if (question.isBlank() || question.trim().isEmpty()) {
            throw new IllegalArgumentException("The question to find passages for is blank");
        }
        long begin = System.nanoTime();
        boolean fromCache = true;
        List<Passage> found = new ArrayList<>();
        List<IndexCache.Lease> leases = new ArrayList<>();
        try (Question embedded = new Question(question, embedder)) {
            for (CharSequence text : longTexts) {
                IndexCache.Lease lease = lease(text, cancelled);
                leases.add(lease);
                fromCache &= lease.cached();
            }
            for (int source = 0; source < leases.size(); source++) {
                checkCancelled(cancelled);
                found.addAll(leases.get(source).index().search(embedded, source, settings.maxPassages()));
            }
        } finally {
            leases.forEach(IndexCache.Lease::close);
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

    /**
     * Forgets a text, in memory and on the disk; questions being answered are answered first.
     *
     * @return whether it was known
     */
    public boolean forget(CharSequence longText) {
        String hash = hash(longText);
        boolean removed = cache.remove(hash);
        writer.cancel(hash);
        return disk.map(files -> StoredIndexes.forget(files, new Key(hash))).orElse(false) || removed;
    }

    /** Has an index that is new written in the background, for which it stays open. */
    private IndexCache.Lease lease(CharSequence text, BooleanSupplier cancelled) {
        String hash = hash(text);
        List<Consumer<Predicate<Runnable>>> writing = new ArrayList<>();
        IndexCache.Lease lease = cache.get(hash, cancelled, () -> index(new Key(hash), text, cancelled, writing::add));
        writing.forEach(write -> writer.submit(hash, write, lease.again()::close));
        return lease;
    }

    private Index index(
            Key key, CharSequence text, BooleanSupplier cancelled, Consumer<Consumer<Predicate<Runnable>>> writing) {
        Optional<StoredIndexes> files = stored();
        Optional<Index> known = files.flatMap(indexes -> switch (ranking) {
            case DENSE ->
                indexes.dense(key, text, (segments, embeddings) -> DenseIndex.of(stores.get(), segments, embeddings));
            case HYBRID -> indexes.hybrid(key, text, embedder);
        });
        return known.orElseGet(() -> embedded(key, text, cancelled, files, writing));
    }

    private Optional<StoredIndexes> stored() {
        Optional<StoredIndexes> known = stored.get();
        if (known == null) {
            known = disk.flatMap(files -> StoredIndexes.of(files, embedder, ranking, splitter));
            stored.set(known);
        }
        return known;
    }

    private Index embedded(
            Key key,
            CharSequence text,
            BooleanSupplier cancelled,
            Optional<StoredIndexes> files,
            Consumer<Consumer<Predicate<Runnable>>> writing) {
        LogInterval interval = new LogInterval();
        List<TextSegment> segments = splitter.split(text.toString(), () -> checkCancelled(cancelled)).stream()
                .filter(segment -> Characters.hasContent(segment.text()))
                .toList();
        if (segments.isEmpty()) {
            return new EmptyIndex();
        }
        EmbeddingProgressListener progress = (embedded, total) -> {
            if (embedded < total && interval.isOver()) {
                LOG.info("Indexing a long text: {} of {} passages are embedded", embedded, total);
            }
            report(embedded, total);
            // what is done is worth keeping
            if (embedded < total) {
                checkCancelled(cancelled);
            }
        };
        return switch (ranking) {
            case DENSE -> {
                List<Embedding> embeddings =
                        embedder.passages(segments, progress).content();
                files.ifPresent(indexes -> writing.accept(file -> indexes.write(key, segments, embeddings, file)));
                yield DenseIndex.of(stores.get(), segments, embeddings);
            }
            case HYBRID -> {
                TextViews views = embedder.passageViews(segments, progress);
                files.ifPresent(indexes -> writing.accept(file -> indexes.write(key, segments, views, file)));
                yield HybridIndex.of(views, segments);
            }
        };
    }

    private void report(int embedded, int total) {
        try {
            listener.onProgress(embedded, total);
        } catch (RuntimeException e) {
            LOG.warn("The indexing listener failed at {} of {}; indexing goes on", embedded, total, e);
        }
    }

    /**
     * Forgets all texts and frees their memory; questions being answered are answered first. After that every use
     * throws {@link IllegalStateException}.
     */
    @Override
    public void close() {
        cache.close();
        writer.await();
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
    private static String hash(CharSequence text) {
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
        private Optional<PassageRanking> ranking = Optional.empty();
        private Optional<Supplier<? extends EmbeddingStore<TextSegment>>> stores = Optional.empty();
        private int batchSize = 64;
        private EmbeddingProgressListener listener = (embedded, total) -> {};
        private Optional<DiskCache> disk = Optional.empty();
        private int maxCachedTexts = DEFAULT_MAX_CACHED_TEXTS;
        private long maxCachedBytes = DEFAULT_MAX_CACHED_BYTES;

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
         * How passages are compared with the question. By default {@link PassageRanking#HYBRID} if the embedding model
         * is a {@link dev.rapid4j.internal.embedding.EncoderEmbeddingModel} with all three views and no
         * {@linkplain #embeddingStores stores} are given, else {@link PassageRanking#DENSE}.
         */
        public Builder passageRanking(PassageRanking ranking) {
            this.ranking = Optional.of(Objects.requireNonNull(ranking, "passageRanking"));
            return this;
        }

        /**
         * Where embeddings are kept for {@link PassageRanking#DENSE}, in memory by default. Called once for each text;
         * every store must be empty, and hold only what is put into it. A forgotten text's store is just dropped: if it
         * lives outside the heap, cleaning it is the supplier's business.
         */
        public Builder embeddingStores(Supplier<? extends EmbeddingStore<TextSegment>> stores) {
            this.stores = Optional.of(Objects.requireNonNull(stores, "embeddingStores"));
            return this;
        }

        /**
         * Most passages to embed in one call, at least 1; 64 by default. A
         * {@link dev.rapid4j.internal.embedding.EncoderEmbeddingModel} gets all in one call, and makes batches itself.
         */
        public Builder batchSize(int batchSize) {
            this.batchSize = (int) atLeastOne("batchSize", batchSize);
            return this;
        }

        /** Hears how far indexing has come; what it throws is logged. */
        public Builder listener(EmbeddingProgressListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Where embeddings of texts are kept for later processes, without the texts; nowhere by default. Those of a
         * model that does not tell its name are not kept.
         */
        public Builder diskCache(DiskCache disk) {
            this.disk = Optional.of(disk);
            return this;
        }

        /** Most texts to remember, at least 1; 16 by default. */
        public Builder maxCachedTexts(int maxCachedTexts) {
            this.maxCachedTexts = (int) atLeastOne("maxCachedTexts", maxCachedTexts);
            return this;
        }

        /**
         * Most bytes of passages and their embeddings to remember, native memory included, estimated; at least 1, 1 GiB
         * by default. A single text that takes more is indexed for every question anew.
         */
        public Builder maxCachedBytes(long maxCachedBytes) {
            this.maxCachedBytes = atLeastOne("maxCachedBytes", maxCachedBytes);
            return this;
        }

        /**
         * @throws NullPointerException if embedding model or splitter is missing
         * @throws IllegalArgumentException if the ranking does not fit the embedding model or the stores
         */
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
