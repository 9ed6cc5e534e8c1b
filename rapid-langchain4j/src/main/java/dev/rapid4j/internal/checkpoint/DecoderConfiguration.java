package dev.rapid4j.internal.checkpoint;

/**
 * The shape of a decoder-only network, whatever the layout of the {@code config.json} it was read from.
 *
 * @param modelType {@code llama}, {@code mistral}, {@code qwen2} or {@code qwen3}
 * @param vocabularySize rows of the embedding table; the tokenizer may have fewer ids
 * @param heads query heads
 * @param keyValueHeads heads of keys and values; {@code heads} is a multiple of it
 * @param headDimension elements of one head; not necessarily {@code hiddenSize / heads}
 * @param contextLength most tokens of a sequence; already cut to the sliding window where there is one, since within
 *     one window sliding and full attention are the same
 * @param tiedEmbeddings whether the embedding table is the output projection too
 * @param attentionInputBias whether the projections to queries, keys and values have a bias
 * @param attentionOutputBias whether the projection behind the attention has a bias
 * @param mlpBias whether the three projections of the feed-forward block have a bias
 * @param queryKeyNorm whether queries and keys of each head go through an RMS norm
 */
public record DecoderConfiguration(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headDimension,
        double rmsNormEpsilon,
        int contextLength,
        boolean tiedEmbeddings,
        boolean attentionInputBias,
        boolean attentionOutputBias,
        boolean mlpBias,
        boolean queryKeyNorm,
        double ropeTheta,
        RotaryScaling rotaryScaling) {

    DecoderConfiguration withTiedEmbeddings(boolean tied) {
        return with(tied, rotaryScaling);
    }

    DecoderConfiguration withRotaryScaling(RotaryScaling scaling) {
        return with(tiedEmbeddings, scaling);
    }

    private DecoderConfiguration with(boolean tied, RotaryScaling scaling) {
        return new DecoderConfiguration(
                modelType,
                vocabularySize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                keyValueHeads,
                headDimension,
                rmsNormEpsilon,
                contextLength,
                tied,
                attentionInputBias,
                attentionOutputBias,
                mlpBias,
                queryKeyNorm,
                ropeTheta,
                scaling);
    }

    /** Elements of the keys and values that a KV cache holds of a token, in all layers. */
    public long cacheElementsPerToken() {
        return 2L * layers * keyValueHeads * headDimension;
    }
}
