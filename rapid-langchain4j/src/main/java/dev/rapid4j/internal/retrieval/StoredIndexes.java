package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.Header;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.embedding.TextViews;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeddings of texts on the disk, with where the passages stand in them, but without their words.
 *
 * @param identity of what an index depends on beside the text
 */
record StoredIndexes(DiskCache disk, Key identity) {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final int SEGMENT_BYTES = 3 * Integer.BYTES;

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

    /** What is read of an index. */
    private record Stored(List<TextSegment> segments, ByteBuffer vectors) {}

    /** Embeddings and passages of a text, made an index by who asks. */
    interface DenseReader {
        Index index(List<TextSegment> segments, List<Embedding> embeddings);
    }

    Optional<Index> dense(Key text, CharSequence characters, DenseReader reader) {
        return read(text, characters).flatMap(stored -> {
            int count = stored.segments().size();
            int numbers = stored.vectors().remaining() / Float.BYTES;
            if (numbers == 0 || numbers % count != 0) {
                return Optional.empty();
            }
            List<Embedding> embeddings = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                float[] vector = new float[numbers / count];
                stored.vectors().asFloatBuffer().position(i * vector.length).get(vector);
                embeddings.add(Embedding.from(vector));
            }
            return Optional.of(reader.index(stored.segments(), embeddings));
        });
    }

    Optional<Index> hybrid(Key text, CharSequence characters, TextEmbedder embedder) {
        return read(text, characters).flatMap(stored -> {
            try {
                TextViews views = embedder.viewModel()
                        .orElseThrow()
                        .restoreViews(stored.segments().size(), stored.vectors());
                return Optional.of(HybridIndex.of(views, stored.segments()));
            } catch (IllegalArgumentException e) {
                LOG.debug("No views", e);
                return Optional.empty();
            }
        });
    }

    private Optional<Stored> read(Key text, CharSequence characters) {
        Header header = header(text);
        if (!disk.contains(header.key())) {
            return Optional.empty();
        }
        Optional<ByteBuffer> content = disk.read(
                header,
                length -> length > Integer.MAX_VALUE
                        ? null
                        : ByteBuffer.allocateDirect((int) length).order(ByteOrder.nativeOrder()));
        content.ifPresent(read -> disk.touch(List.of(header)));
        return content.flatMap(read -> segments(read, characters).map(segments -> new Stored(segments, read)));
    }

    private static Optional<List<TextSegment>> segments(ByteBuffer content, CharSequence text) {
        try {
            int count = content.getInt();
            if (count < 1 || count > content.remaining() / SEGMENT_BYTES) {
                return Optional.empty();
            }
            List<TextSegment> segments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = content.getInt();
                int start = content.getInt();
                int end = content.getInt();
                if (start < 0 || end <= start || end > text.length()) {
                    return Optional.empty();
                }
                segments.add(TextSegment.from(
                        text.subSequence(start, end).toString(),
                        new Metadata()
                                .put(TokenDocumentSplitter.INDEX, String.valueOf(index))
                                .put(TokenDocumentSplitter.START, start)
                                .put(TokenDocumentSplitter.END, end)));
            }
            return Optional.of(segments);
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    void write(Key text, List<TextSegment> segments, List<Embedding> embeddings) {
        long bytes = (long) segments.size() * embeddings.get(0).dimension() * Float.BYTES;
        content(segments, bytes).ifPresent(content -> {
            for (Embedding embedding : embeddings) {
                for (float number : embedding.vector()) {
                    content.putFloat(number);
                }
            }
            disk.write(header(text), content.flip());
        });
    }

    void write(Key text, List<TextSegment> segments, TextViews views) {
        content(segments, views.copiedBytes()).ifPresent(content -> {
            try {
                views.copyTo(content);
            } catch (TorchException e) {
                LOG.warn("An index was not written to {}: {}", disk.directory(), e.getMessage());
                return;
            }
            disk.write(header(text), content.flip());
        });
    }

    /** Room for the vectors behind the places of the segments; empty if they are too many for one file. */
    private static Optional<ByteBuffer> content(List<TextSegment> segments, long vectors) {
        long bytes = Integer.BYTES + (long) segments.size() * SEGMENT_BYTES + vectors;
        if (bytes > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        ByteBuffer content = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
        content.putInt(segments.size());
        for (TextSegment segment : segments) {
            content.putInt(segment.metadata().getInteger(TokenDocumentSplitter.INDEX))
                    .putInt(segment.metadata().getInteger(TokenDocumentSplitter.START))
                    .putInt(segment.metadata().getInteger(TokenDocumentSplitter.END));
        }
        return Optional.of(content);
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

    private Header header(Key text) {
        byte[] label = identity.hex().getBytes(StandardCharsets.US_ASCII);
        return new Header(Header.Kind.EMBEDDINGS, text.with(label), text, label);
    }
}
