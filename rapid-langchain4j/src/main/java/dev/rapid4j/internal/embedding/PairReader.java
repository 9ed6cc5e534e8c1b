package dev.rapid4j.internal.embedding;

import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.tokenizer.Tokenizer.EncodedText;
import java.util.function.Function;

/** How a question and a text become the tokens that a reranker reads. */
interface PairReader {

    /**
     * Of texts that go with a question.
     *
     * @param step called after every few thousand characters; what it throws ends the work
     */
    Function<String, EncoderInput> texts(String question, Runnable step);

    /** Of an encoder: the two with control tokens around and between them; of what is too long the longer is cut. */
    static PairReader ofEncoder(Tokenizer tokenizer, int maxTokens) {
        return (question, step) -> {
            EncodedText first = tokenizer.encodePart(question, maxTokens, step);
            return text ->
                    tokenizer.encodePairForEncoder(first, tokenizer.encodePart(text, maxTokens, step), maxTokens);
        };
    }
}
