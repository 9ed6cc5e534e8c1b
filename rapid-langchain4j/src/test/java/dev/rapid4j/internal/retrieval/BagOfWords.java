package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Texts are alike that share words. Counts words, so its vectors are not normalised. Can be made to misbehave. */
public class BagOfWords implements EmbeddingModel {

    public final List<Integer> batches = new ArrayList<>();

    public UnaryOperator<List<Embedding>> fault = UnaryOperator.identity();

    @Override
    public synchronized Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        batches.add(segments.size());
        return Response.from(fault.apply(segments.stream().map(this::vector).toList()));
    }

    private Embedding vector(TextSegment segment) {
        if (segment.text().matches("[\\p{M}\\p{C}\\p{Z}\\s]*")) {
            throw new IllegalArgumentException("Cannot embed text of which nothing is left, as encoders have it");
        }
        float[] vector = new float[512];
        for (String word : segment.text().toLowerCase(Locale.ROOT).split("\\W+")) {
            vector[Math.floorMod(word.hashCode() * 31, vector.length)]++;
        }
        return Embedding.from(vector);
    }
}
