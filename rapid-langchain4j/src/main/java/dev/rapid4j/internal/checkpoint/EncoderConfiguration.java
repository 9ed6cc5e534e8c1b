package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.Pooling;

/**
 * The shape of a text encoder.
 *
 * @param modelType {@code xlm-roberta}, {@code roberta} or {@code bert}
 * @param vocabularySize rows of the embedding table; the tokenizer may have fewer ids
 * @param heads {@code hiddenSize} is a multiple of it
 * @param positions rows of the position table
 * @param firstPosition row of a text's first token: one behind the padding's for (XLM-)RoBERTa, 0 for BERT
 * @param tokenTypes rows of the table of segment types, of which a text has the first
 * @param pooling as the files of sentence-transformers have it; without them CLS where the checkpoint has the heads of
 *     BGE-M3, else the mean, as in sentence-transformers
 * @param normalized whether vectors are to be brought to length 1: as the files of sentence-transformers have it, and
 *     without them yes
 * @param maxTokens most tokens of a text, start and end token included
 */
public record EncoderConfiguration(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int positions,
        int firstPosition,
        int tokenTypes,
        double layerNormEpsilon,
        Activation activation,
        Pooling pooling,
        boolean normalized,
        int maxTokens) {

    EncoderConfiguration withPooling(Pooling pooling) {
        return new EncoderConfiguration(
                modelType,
                vocabularySize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                positions,
                firstPosition,
                tokenTypes,
                layerNormEpsilon,
                activation,
                pooling,
                normalized,
                maxTokens);
    }
}
