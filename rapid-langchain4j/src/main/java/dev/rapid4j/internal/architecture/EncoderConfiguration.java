package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Optional;

/**
 * The shape of a text encoder.
 *
 * @param modelType {@code xlm-roberta}, {@code roberta}, {@code bert}, {@code mpnet}, {@code modernbert} or
 *     {@code gemma3_text}
 * @param vocabularySize rows of the embedding table; the tokenizer may have fewer ids
 * @param embeddingScale what embeddings are multiplied by
 * @param maxTokens most tokens of a text, start and end token included
 */
public record EncoderConfiguration(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        Attention attention,
        FeedForward feedForward,
        Norms norms,
        Positions positions,
        double embeddingScale,
        List<Layer> layers,
        int maxTokens,
        Output output) {

    /** Start, end, and something between them. */
    public static final int MIN_TOKENS = 3;

    /**
     * @param keyValueHeads {@code heads} is a multiple of it
     * @param bias whether the four projections have one
     * @param scale what scores are multiplied by
     */
    public record Attention(int heads, int keyValueHeads, int headDimension, boolean bias, double scale) {}

    /**
     * @param gated whether what goes through the activation is multiplied by another projection
     * @param bias whether the projections have one
     */
    public record FeedForward(int width, Activation activation, boolean gated, boolean bias) {}

    /**
     * @param rootMeanSquare RMS norms whose weight is added to 1, else layer norms
     * @param ofSums whether the norm behind a block is of its sum with what went in
     * @param bias of layer norms
     */
    public record Norms(boolean rootMeanSquare, boolean ofSums, boolean bias, double epsilon) {}

    /**
     * How a token knows where it stands; beside this there are rotary embeddings, see {@link Layer}.
     *
     * @param rows of the position table; 0 without one
     * @param first row of a text's first token: one behind the padding's for (XLM-)RoBERTa and MPNet
     * @param tokenTypes rows of the table of segment types, of which the second text of a pair has the second where
     *     there is one; 0 without the table
     * @param buckets of relative positions, for each of which a head has a bias; 0 without these
     */
    public record Positions(int rows, int first, int tokenTypes, int buckets) {

        static final Positions NONE = new Positions(0, 0, 0, 0);
    }

    /**
     * @param window tokens to either side that a token sees; 0 for all
     * @param theta base of the rotary embedding; 0 without one
     */
    public record Layer(int window, double theta) {}

    /**
     * What becomes of the tokens' vectors.
     *
     * @param pooling as the files of sentence-transformers have it; without them CLS where the checkpoint has the heads
     *     of BGE-M3, else the mean, as in sentence-transformers; of a reranker what its classifier reads
     * @param projections that the pooled vector goes through
     * @param normalized whether vectors are to be brought to length 1: as the files of sentence-transformers have it,
     *     and without them yes
     * @param scorer the activation in the head of a reranker; of others empty
     */
    public record Output(
            Pooling pooling, List<Projection> projections, boolean normalized, Optional<Activation> scorer) {

        public Output {
            projections = List.copyOf(projections);
        }

        public Output withPooling(Pooling pooling) {
            return new Output(pooling, projections, normalized, scorer);
        }
    }

    /**
     * A layer of sentence-transformers behind the pooling.
     *
     * @param folder that it lies in
     * @param tanh whether the hyperbolic tangent follows
     */
    public record Projection(String folder, int inputs, int outputs, boolean bias, boolean tanh) {}

    public EncoderConfiguration {
        layers = List.copyOf(layers);
    }

    /** Numbers of a text's vector. */
    public int dimension() {
        List<Projection> projections = output.projections();
        return projections.isEmpty()
                ? hiddenSize
                : projections.get(projections.size() - 1).outputs();
    }

    /**
     * What a {@code config.json} describes, with the mean of the tokens' vectors where it is to embed texts.
     *
     * @param task what the network is to do
     * @throws CheckpointException if that is not supported, or not known
     */
    public static EncoderConfiguration read(JsonFile config, EncoderTask task) {
        return EncoderArchitecture.read(config, task);
    }

    public EncoderConfiguration withOutput(int maxTokens, Output output) {
        return new EncoderConfiguration(
                modelType,
                vocabularySize,
                hiddenSize,
                attention,
                feedForward,
                norms,
                positions,
                embeddingScale,
                layers,
                maxTokens,
                output);
    }
}
