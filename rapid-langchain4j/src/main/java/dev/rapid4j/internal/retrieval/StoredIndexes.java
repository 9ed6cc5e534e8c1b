package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.Header;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.embedding.TextViews;
import dev.rapid4j.internal.text.ByteSizes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeddings of texts on the disk, with where the passages stand in them, but without their words: of each text as many
 * files as they take. A file has the number of passages of the text, that of its own, their places and their vectors.
 *
 * @param identity of what an index depends on beside the text
 */
record StoredIndexes(DiskCache disk, Key identity) {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final int SEGMENT_BYTES = 3 * Integer.BYTES;

    /** Passages of a file at most. */
    static final int MOST_PASSAGES = 256;

    /** So large a file becomes, unless one passage takes more: as much memory is needed to write or read it. */
    private static final int USUAL_FILE = 8 << 20;

    /** No file is larger. */
    private static final int LARGEST_FILE = 1 << 28;

    /** What is embedded, and how, if that can be told. */
    static Optional<StoredIndexes> of(
            DiskCache disk, TextEmbedder embedder, PassageRanking ranking, TokenDocumentSplitter splitter) {
        return embedder.identity()
                .map(model -> new StoredIndexes(
                        disk,
                        model.with(List.of(
                                        ranking,
                                        splitter.maxSegmentTokens(),
                                        splitter.separators(),
                                        // another tokenizer cuts elsewhere
                                        splitter.tokenCountEstimator()
                                                .estimateTokenCountInText(splitter.separators() + ranking.name()),
                                        ByteOrder.nativeOrder())
                                .toString())));
    }

    /** Embeddings and passages of a text, made an index by who asks. */
    interface DenseReader {
        Index index(List<TextSegment> segments, List<Embedding> embeddings);
    }

    /** Takes vectors, as many as there are segments, from what a file has behind the places of these. */
    private interface VectorReader {
        /** @throws IllegalArgumentException if that is not what is there */
        void read(int segments, ByteBuffer vectors);
    }

    /** Puts the vectors of segments into a file behind their places. */
    private interface VectorWriter {
        void write(int first, int count, ByteBuffer vectors);
    }

    Optional<Index> dense(Key text, CharSequence characters, DenseReader reader) {
        List<Embedding> embeddings = new ArrayList<>();
        return read(text, characters, (count, vectors) -> {
                    int numbers = vectors.remaining() / Float.BYTES;
                    int dimension = embeddings.isEmpty()
                            ? numbers / count
                            : embeddings.get(0).dimension();
                    if (dimension == 0 || numbers != count * dimension) {
                        throw new IllegalArgumentException("No vectors of " + count + " passages");
                    }
                    FloatBuffer floats = vectors.asFloatBuffer();
                    for (int i = 0; i < count; i++) {
                        float[] vector = new float[dimension];
                        floats.get(vector);
                        embeddings.add(Embedding.from(vector));
                    }
                })
                .map(segments -> reader.index(segments, embeddings));
    }

    Optional<Index> hybrid(Key text, CharSequence characters, TextEmbedder embedder) {
        EncoderEmbeddingModel encoder = embedder.viewModel().orElseThrow();
        List<TextViews> views = new ArrayList<>();
        try {
            Optional<List<TextSegment>> segments =
                    read(text, characters, (count, vectors) -> views.add(encoder.restoreViews(count, vectors)));
            return segments.map(found -> {
                TextViews all = TextViews.joined(views);
                views.clear();
                return HybridIndex.of(all, found);
            });
        } finally {
            views.forEach(TextViews::close);
        }
    }

    /** The segments, if all files are there and as they should be. */
    private Optional<List<TextSegment>> read(Key text, CharSequence characters, VectorReader reader) {
        List<TextSegment> segments = new ArrayList<>();
        List<Header> files = new ArrayList<>();
        Optional<ByteBuffer> memory = Optional.empty();
        int all;
        try {
            do {
                Header header = header(text, files.size());
                long size = disk.size(header.key()).orElse(0);
                if (size == 0) {
                    return Optional.empty();
                }
                int needed = (int) Math.min(size, LARGEST_FILE);
                if (memory.filter(kept -> kept.capacity() >= needed).isEmpty()) {
                    memory = disk.memory(needed);
                }
                Optional<ByteBuffer> content = memory.flatMap(kept -> disk.read(
                        header,
                        length -> length > kept.capacity() ? null : kept.clear().limit((int) length)));
                if (content.isEmpty()) {
                    return Optional.empty();
                }
                all = content.get().getInt();
                int count = segments(content.get(), characters, segments);
                reader.read(count, content.get());
                files.add(header);
            } while (segments.size() < all);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            LOG.debug("No index", e);
            return Optional.empty();
        }
        disk.touch(files);
        return segments.size() == all ? Optional.of(segments) : Optional.empty();
    }

    /**
     * Adds the segments of a file.
     *
     * @return how many, at least 1
     */
    private static int segments(ByteBuffer content, CharSequence text, List<TextSegment> segments) {
        int count = content.getInt();
        if (count < 1 || count > content.remaining() / SEGMENT_BYTES) {
            throw new IllegalArgumentException("No places of passages");
        }
        for (int i = 0; i < count; i++) {
            int index = content.getInt();
            int start = content.getInt();
            int end = content.getInt();
            if (start < 0 || end <= start || end > text.length()) {
                throw new IllegalArgumentException("A passage that is not in the text");
            }
            segments.add(TextSegment.from(
                    text.subSequence(start, end).toString(),
                    new Metadata()
                            .put(TokenDocumentSplitter.INDEX, String.valueOf(index))
                            .put(TokenDocumentSplitter.START, start)
                            .put(TokenDocumentSplitter.END, end)));
        }
        return count;
    }

    /** @param each runs the writing of a file, or says false when no more is to be written */
    void write(Key text, List<TextSegment> segments, List<Embedding> embeddings, Predicate<Runnable> each) {
        long[] bytes = new long[segments.size()];
        Arrays.fill(bytes, (long) embeddings.get(0).dimension() * Float.BYTES);
        VectorWriter vectorWriter = (first, count, vectors) -> {
            for (Embedding embedding : embeddings.subList(first, first + count)) {
                for (float number : embedding.vector()) {
                    vectors.putFloat(number);
                }
            }
        };
        write(text, segments, bytes, vectorWriter, each);
    }

    /** @param each runs the writing of a file, or says false when no more is to be written */
    void write(Key text, List<TextSegment> segments, TextViews views, Predicate<Runnable> each) {
        long[] bytes = IntStream.range(0, segments.size())
                .mapToLong(segment -> views.copiedBytes(segment, 1))
                .toArray();
        write(text, segments, bytes, views::copyTo, each);
    }

    /** @param vectorBytes of each segment */
    private void write(
            Key text, List<TextSegment> segments, long[] vectorBytes, VectorWriter writer, Predicate<Runnable> each) {
        long all = Arrays.stream(vectorBytes).sum() + (long) segments.size() * SEGMENT_BYTES;
        if (disk.room(header(text, 0), all) == 0) {
            LOG.warn(
                    "cacheDirectoryBytes has no room for the {} MB of a text's index: it is not written to {}",
                    ByteSizes.megabytes(all),
                    disk.directory());
            return;
        }
        int number = 0;
        Optional<ByteBuffer> memory = Optional.empty();
        try {
            for (int first = 0; first < segments.size() && disk.isWriting(); number++) {
                int count = 0;
                long bytes = 2 * Integer.BYTES;
                do {
                    bytes += SEGMENT_BYTES + vectorBytes[first + count];
                    count++;
                } while (count < MOST_PASSAGES
                        && first + count < segments.size()
                        && bytes + SEGMENT_BYTES + vectorBytes[first + count] <= USUAL_FILE);
                int needed = (int) Math.min(bytes, LARGEST_FILE);
                if (memory.filter(kept -> kept.capacity() >= needed).isEmpty()) {
                    memory = disk.memory(Math.max(needed, (int) Math.min(all, USUAL_FILE)));
                }
                if (memory.isEmpty() || bytes > LARGEST_FILE) {
                    return;
                }
                ByteBuffer content =
                        memory.get().clear().putInt(segments.size()).putInt(count);
                segments.subList(first, first + count).forEach(segment -> put(content, segment));
                writer.write(first, count, content);
                Header header = header(text, number);
                if (!each.test(() -> disk.write(header, content.flip()))) {
                    return;
                }
                first += count;
            }
        } catch (TorchException e) {
            LOG.warn("An index was not written to {}: {}", disk.directory(), e.getMessage());
        }
    }

    private static void put(ByteBuffer content, TextSegment segment) {
        content.putInt(segment.metadata().getInteger(TokenDocumentSplitter.INDEX))
                .putInt(segment.metadata().getInteger(TokenDocumentSplitter.START))
                .putInt(segment.metadata().getInteger(TokenDocumentSplitter.END));
    }

    /** @return whether there was an index of the text, of whatever model */
    static boolean forget(DiskCache disk, Key text) {
        boolean any = false;
        for (Header header : disk.headers()) {
            if (header.kind() == Header.Kind.EMBEDDINGS && header.parent().equals(text)) {
                any |= disk.remove(header.key());
            }
        }
        return any;
    }

    /** @param number of the file, from 0 on */
    private Header header(Key text, int number) {
        byte[] label = (identity.hex() + "/" + number).getBytes(StandardCharsets.US_ASCII);
        return new Header(Header.Kind.EMBEDDINGS, text.with(label), text, label);
    }
}
