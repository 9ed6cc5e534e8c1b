package dev.rapid4j.internal.tokenizer;

import dev.rapid4j.internal.json.JsonText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A {@code tokenizer.json}, as its guarded twin, in which nobody can write a control token.
 *
 * <p>In the twin every control token goes by an alias that is drawn anew each time and that no text can contain, while
 * its id and everything else stay. To the twin {@code <|im_end|>} in a document is ordinary text, wherever the library
 * would otherwise find it: among the added tokens, in the vocabulary of the model, or by merges.
 *
 * @param guardedJson the twin, without truncation and padding
 * @param tokens with their texts as published
 * @param unknownId of the token that stands for text that has no other
 * @param cutRules where a text may be cut for the twin
 * @param frame the tokens around a text, for an encoder's tokenizer
 */
record TokenizerFile(
        String guardedJson,
        List<ControlToken> controlTokens,
        PublishedTokens tokens,
        OptionalInt unknownId,
        CutRules cutRules,
        Optional<TokenFrame> frame) {

    /**
     * An added token that is not merely a word or white space.
     *
     * @param conditional whether the library takes its text for the token only in some surroundings
     * @param unknown whether the library uses it for text that has no other token, too
     * @param stripping whether white space beside it becomes part of it
     * @param separating whether the library takes a text apart in front of it before all else, so that what stands on
     *     the one side is read as if nothing stood on the other
     */
    record ControlToken(
            String content,
            String alias,
            boolean normalized,
            boolean conditional,
            boolean unknown,
            boolean stripping,
            boolean separating) {}

    static TokenizerFile read(Path file, int modelVocabularySize, Tokenizer.Network network) {
        return TokenizerReader.read(file, modelVocabularySize, network);
    }

    static TokenizerFile read(JsonText json, int modelVocabularySize, Tokenizer.Network network) {
        return TokenizerReader.read(json, modelVocabularySize, network);
    }
}
