package dev.rapid4j.internal.checkpoint;

import java.util.List;

/**
 * The shape of a decoder-only network, whatever the layout of the {@code config.json} it was read from.
 *
 * @param modelType as {@link Architecture#modelType} names it
 * @param vocabularySize rows of the embedding table; the tokenizer may have fewer ids
 * @param contextLength most tokens of a sequence
 * @param tiedEmbeddings whether the embedding table is the output projection too
 * @param rotaries the kinds of rotary position embeddings, at least one; most networks have one for all layers
 * @param layers in their order
 */
public record DecoderConfiguration(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int contextLength,
        boolean tiedEmbeddings,
        Attention attention,
        FeedForward feedForward,
        Norms norms,
        Multipliers multipliers,
        List<Rotary> rotaries,
        List<Layer> layers) {

    public DecoderConfiguration {
        rotaries = List.copyOf(rotaries);
        layers = List.copyOf(layers);
    }

    /**
     * The attention of all layers.
     *
     * @param heads query heads
     * @param keyValueHeads heads of keys and values; {@code heads} is a multiple of it
     * @param headDimension elements of one head; not necessarily the hidden size over the heads
     * @param inputBias whether the projections to queries, keys and values have a bias
     * @param outputBias whether the projection behind the attention has a bias
     * @param scale what scores are multiplied by
     * @param softCap scores s become {@code softCap * tanh(s / softCap)}; 0 leaves them as they are
     * @param sinks whether each head has a learned logit that takes part in the softmax, for no value
     */
    public record Attention(
            int heads,
            int keyValueHeads,
            int headDimension,
            boolean inputBias,
            boolean outputBias,
            QueryKeyNorm queryKeyNorm,
            double scale,
            double softCap,
            boolean sinks) {}

    /** How queries and keys are normalised before they are rotated. */
    public enum QueryKeyNorm {
        NONE,
        /** Each head by itself, with the same weights. */
        HEAD,
        /** All heads as one vector. */
        WHOLE
    }

    /**
     * The feed-forward block of all layers.
     *
     * @param width between its projections
     * @param gated whether there is a gate, {@code down(activation(gate(x)) * up(x))}, or
     *     {@code down(activation(up(x)))}
     * @param bias whether its projections have a bias
     */
    public record FeedForward(int width, Activation activation, boolean gated, boolean bias) {}

    /**
     * Norms, and where they stand.
     *
     * @param centred whether the mean is subtracted (LayerNorm), or not (RMSNorm)
     * @param bias whether they have one
     * @param offset whether their weights are added to 1
     * @param beforeBlocks whether what goes into attention and feed-forward is normalised
     * @param afterBlocks whether what comes out of them is, before it is added to the residual
     * @param parallel whether attention and feed-forward have the same input, and their results are added together
     */
    public record Norms(
            boolean centred,
            boolean bias,
            boolean offset,
            double epsilon,
            boolean beforeBlocks,
            boolean afterBlocks,
            boolean parallel) {

        /** As in Llama. */
        public static Norms rms(double epsilon) {
            return new Norms(false, false, false, epsilon, true, false, false);
        }
    }

    /**
     * What is multiplied, where 1 changes nothing.
     *
     * @param embedding rows of the embedding table
     * @param residual what is added to the residual
     * @param logits the logits
     * @param logitSoftCap logits z become {@code logitSoftCap * tanh(z / logitSoftCap)} behind that; 0 leaves them as
     *     they are
     */
    public record Multipliers(double embedding, double residual, double logits, double logitSoftCap) {

        public static final Multipliers NONE = new Multipliers(1, 1, 1, 0);
    }

    /**
     * Rotary position embeddings.
     *
     * @param dimension elements of a head that are turned, its first ones
     */
    public record Rotary(double theta, RotaryScaling scaling, int dimension) {}

    /**
     * What one layer has of its own.
     *
     * @param window how many tokens each attends to, itself among them; 0 is all before it
     * @param rotary place in {@link DecoderConfiguration#rotaries}, or -1 for no position embedding
     */
    public record Layer(int window, int rotary) {}

    DecoderConfiguration withTiedEmbeddings(boolean tied) {
        return with(tied, rotaries);
    }

    DecoderConfiguration withRotaries(List<Rotary> others) {
        return with(tiedEmbeddings, others);
    }

    private DecoderConfiguration with(boolean tied, List<Rotary> others) {
        return new DecoderConfiguration(
                modelType,
                vocabularySize,
                hiddenSize,
                contextLength,
                tied,
                attention,
                feedForward,
                norms,
                multipliers,
                others,
                layers);
    }

    /** Elements of the keys and values that a KV cache holds of a token, in all layers. */
    public long cacheElementsPerToken() {
        return 2L * layers.size() * attention.keyValueHeads() * attention.headDimension();
    }
}
