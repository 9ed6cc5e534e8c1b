package dev.rapid4j.internal.embedding;

import dev.langchain4j.data.embedding.Embedding;
import dev.rapid4j.BgeM3Embedding;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.RankingWeights;
import dev.rapid4j.internal.model.TextEncoder;
import dev.rapid4j.internal.model.TokenVectors;
import dev.rapid4j.internal.torch.ElementType;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * Some texts in all three views, to be ranked by questions. The token vectors stay native memory until this is closed;
 * what is being scored meanwhile is scored to its end. Safe to use from several threads.
 */
public final class TextViews implements AutoCloseable {

    private final EncoderPasses passes;
    private final TextEncoder encoder;
    private final float[][] dense;
    private final LexicalWeights[] lexical;
    private final TokenVectors[] tokens;

    private TextViews(EncoderPasses passes, TextEncoder encoder, int texts) {
        this.passes = passes;
        this.encoder = encoder;
        dense = new float[texts][];
        lexical = new LexicalWeights[texts];
        tokens = new TokenVectors[texts];
    }

    /**
     * @param tokenVectorType in which the token vectors are kept
     * @param leftOut the tokens that the lexical view leaves out
     */
    static TextViews of(
            EncoderPasses passes,
            TextEncoder encoder,
            List<int[]> sequences,
            ElementType tokenVectorType,
            IntPredicate leftOut,
            EmbeddingProgressListener listener) {
        TextViews texts = new TextViews(passes, encoder, sequences.size());
        try {
            passes.forEachBatch(sequences, listener, (indices, batch) -> {
                TextEncoder.Views views = encoder.views(batch, tokenVectorType);
                for (int i = 0; i < indices.length; i++) {
                    texts.tokens[indices[i]] = views.tokenVectors().get(i);
                }
                for (int i = 0; i < indices.length; i++) {
                    texts.dense[indices[i]] = views.dense()[i];
                    texts.lexical[indices[i]] = LexicalWeights.of(batch.get(i), views.tokenWeights()[i], leftOut);
                }
            });
            return texts;
        } catch (RuntimeException | Error e) {
            texts.close();
            throw e;
        }
    }

    /**
     * Views from memory outside the heap.
     *
     * @param count of the texts
     * @param from as {@link #copyTo} has put them there
     * @throws IllegalArgumentException if that is not what is there
     */
    static TextViews restore(
            EncoderPasses passes, TextEncoder encoder, int count, ByteBuffer from, ElementType tokenVectorType) {
        TextViews texts = new TextViews(passes, encoder, count);
        int dimension = encoder.dimension();
        int[] tokenCounts = new int[count];
        try {
            for (int i = 0; i < count; i++) {
                tokenCounts[i] = from.getInt();
                int words = from.getInt();
                if (tokenCounts[i] < 0 || words < 0 || words > from.remaining()) {
                    throw new IllegalArgumentException("No views of a text");
                }
                texts.dense[i] = floats(from, dimension);
                int[] ids = new int[words];
                from.asIntBuffer().get(ids);
                from.position(from.position() + words * Integer.BYTES);
                texts.lexical[i] = new LexicalWeights(ids, floats(from, words));
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("Views of fewer texts than " + count, e);
        }
        passes.exclusively(() -> encoder.restoreTokenVectors(from.slice(), tokenCounts, tokenVectorType))
                .toArray(texts.tokens);
        return texts;
    }

    private static float[] floats(ByteBuffer from, int count) {
        float[] floats = new float[count];
        from.asFloatBuffer().get(floats);
        from.position(from.position() + count * Float.BYTES);
        return floats;
    }

    /** The views of several, which are not used by themselves any more. */
    public static TextViews joined(List<TextViews> parts) {
        TextViews texts = new TextViews(
                parts.get(0).passes,
                parts.get(0).encoder,
                parts.stream().mapToInt(TextViews::size).sum());
        int at = 0;
        for (TextViews part : parts) {
            System.arraycopy(part.dense, 0, texts.dense, at, part.size());
            System.arraycopy(part.lexical, 0, texts.lexical, at, part.size());
            System.arraycopy(part.tokens, 0, texts.tokens, at, part.size());
            at += part.size();
        }
        return texts;
    }

    /**
     * Copies the views of some texts to memory outside the heap: of each its numbers of token vectors and of lexical
     * weights, the dense vector and the lexical weights, then the token vectors of all.
     *
     * @param into room for {@link #copiedBytes}
     */
    public void copyTo(int first, int count, ByteBuffer into) {
        for (int i = first; i < first + count; i++) {
            into.putInt(tokens[i].tokens()).putInt(lexical[i].ids().length);
            put(into, dense[i]);
            for (int id : lexical[i].ids()) {
                into.putInt(id);
            }
            put(into, lexical[i].weights());
        }
        for (int i = first; i < first + count; i++) {
            int end = into.position() + (int) tokens[i].bytes();
            tokens[i].copyTo(into.duplicate().limit(end));
            into.position(end);
        }
    }

    private static void put(ByteBuffer into, float[] numbers) {
        for (float number : numbers) {
            into.putFloat(number);
        }
    }

    /** Bytes of {@link #copyTo}. */
    public long copiedBytes(int first, int count) {
        return bytes(first, count) + 2L * Integer.BYTES * count;
    }

    /** How many texts these are. */
    public int size() {
        return dense.length;
    }

    /** Memory that the views take, native memory included. */
    public long bytes() {
        return bytes(0, size());
    }

    private long bytes(int first, int count) {
        long bytes = 0;
        for (int i = first; i < first + count; i++) {
            bytes += (long) dense[i].length * Float.BYTES + lexical[i].bytes() + tokens[i].bytes();
        }
        return bytes;
    }

    /**
     * How well each of these texts answers a question.
     *
     * @param question a single text, embedded by the same model
     * @return for each text the mean of the three scores, weighted; mostly from 0 to 1, but lexical weights have no
     *     upper limit
     * @throws IllegalStateException if these views, the question's or the model are closed
     */
    public double[] score(TextViews question, RankingWeights weights) {
        double[] tokenScores = passes.exclusively(() -> encoder.lateInteraction(question.tokens[0], List.of(tokens)));
        double[] scores = new double[size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = weights.combine(
                    dot(question.dense[0], dense[i]), question.lexical[0].score(lexical[i]), tokenScores[i]);
        }
        return scores;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    List<BgeM3Embedding> toList() {
        List<BgeM3Embedding> embeddings = new ArrayList<>(size());
        for (int i = 0; i < size(); i++) {
            embeddings.add(new BgeM3Embedding(Embedding.from(dense[i]), lexical[i].toMap(), tokens[i].toArrays()));
        }
        return embeddings;
    }

    /** Frees the native memory. */
    @Override
    public void close() {
        Stream.of(tokens).filter(Objects::nonNull).forEach(TokenVectors::close);
    }
}
