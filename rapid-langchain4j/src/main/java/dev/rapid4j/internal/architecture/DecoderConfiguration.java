package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Optional;

/**
 * The shape of a decoder-only network, whatever the layout of the {@code config.json} it was read from.
 *
 * @param modelType the {@code model_type} of its family
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
     * @param interleavedHeads whether the rows of a head's two halves are published in turns, as of networks that turn
     *     neighbours; the program turns the first half of every head with the second
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
            boolean sinks,
            boolean interleavedHeads) {

        private Attention withInterleavedHeads(boolean interleaved) {
            return new Attention(
                    heads,
                    keyValueHeads,
                    headDimension,
                    inputBias,
                    outputBias,
                    queryKeyNorm,
                    scale,
                    softCap,
                    sinks,
                    interleaved);
        }
    }

    /** How queries and keys are normalised before they are rotated. */
    public enum QueryKeyNorm {
        NONE,
        /** Each head by itself, with the same weights. */
        HEAD,
        /** Each head by itself, with weights of its own. */
        EACH_HEAD,
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
     * @param experts what layers with {@link Layer#experts} have in its place
     */
    public record FeedForward(
            int width, Activation activation, boolean gated, boolean bias, Optional<Experts> experts) {

        private FeedForward withSeparateGates() {
            return new FeedForward(width, activation, gated, bias, experts.map(Experts::withSeparateGates));
        }
    }

    /**
     * A mixture of experts, each of which is a gated feed-forward block: a router chooses some for each token.
     *
     * @param count of them in a layer
     * @param chosen of them for a token
     * @param width between an expert's projections
     * @param normalised whether the shares of the chosen ones add up to 1; else they are what the softmax over all
     *     gives
     * @param bias whether the router and the experts' projections have a bias
     * @param interleaved whether the rows of gate and up are published as one weight, in which they take turns
     * @param denseWidth of a block that all tokens go through beside their experts; 0 for none
     * @param denseGate whether what comes out of that is multiplied by the sigmoid of a projection to one number
     */
    public record Experts(
            int count,
            int chosen,
            int width,
            boolean normalised,
            boolean bias,
            boolean interleaved,
            int denseWidth,
            boolean denseGate) {

        /** Without biases, each projection by itself, and nothing beside them. */
        static Experts of(int count, int chosen, int width, boolean normalised) {
            return new Experts(count, chosen, width, normalised, false, false, 0, false);
        }

        /** The block beside them. */
        FeedForward denseBlock() {
            return new FeedForward(denseWidth, Activation.SILU, true, false, Optional.empty());
        }

        /** And with rows of gate and up in turns. */
        Experts withBiases() {
            return new Experts(count, chosen, width, normalised, true, true, denseWidth, denseGate);
        }

        private Experts withSeparateGates() {
            return new Experts(count, chosen, width, normalised, bias, false, denseWidth, denseGate);
        }

        Experts withDenseBlock(int itsWidth, boolean gate) {
            return new Experts(count, chosen, width, normalised, bias, interleaved, itsWidth, gate);
        }
    }

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
     * @param experts whether it has the experts of {@link FeedForward}
     */
    public record Layer(int window, int rotary, boolean experts) {}

    /**
     * What a {@code config.json} describes, in the layout of transformers 4.x or 5.x.
     *
     * @throws CheckpointException if that is not supported, or not known
     */
    public static DecoderConfiguration read(JsonFile config) {
        return ConfigurationReader.read(config);
    }

    DecoderConfiguration withTiedEmbeddings(boolean tied) {
        return with(tied, attention, feedForward, norms, rotaries);
    }

    /**
     * The same network as GGUF files have it: with norms that hold the 1 already, and gates apart.
     *
     * @param interleavedHeads as in {@link Attention}
     */
    public DecoderConfiguration inGguf(boolean interleavedHeads, List<Rotary> others) {
        Norms whole = new Norms(
                norms.centred, norms.bias, false, norms.epsilon, norms.beforeBlocks, norms.afterBlocks, norms.parallel);
        return with(
                tiedEmbeddings,
                attention.withInterleavedHeads(interleavedHeads),
                feedForward.withSeparateGates(),
                whole,
                others);
    }

    private DecoderConfiguration with(
            boolean tied, Attention attention, FeedForward feedForward, Norms norms, List<Rotary> rotaries) {
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
                rotaries,
                layers);
    }

    /** Elements of the keys and values that a KV cache holds of a token, in all layers. */
    public long cacheElementsPerToken() {
        return 2L * layers.size() * attention.keyValueHeads() * attention.headDimension();
    }
}
