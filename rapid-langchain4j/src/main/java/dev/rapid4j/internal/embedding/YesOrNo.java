package dev.rapid4j.internal.embedding;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.PairDecoderCheckpoint;
import dev.rapid4j.internal.checkpoint.PairDecoderCheckpoint.Answers;
import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.tokenizer.Tokenizer.EncodedText;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** What Qwen3-Reranker was trained to see: the request to judge, and a pair. Its model card has it. */
record YesOrNo(Tokenizer tokenizer, int maxTokens, int[] before, int[] behind) implements PairReader {

    private static final String BEFORE = """
            <|im_start|>system
            Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that \
            the answer can only be "yes" or "no".<|im_end|>
            <|im_start|>user
            """;

    private static final String BEHIND = """
            <|im_end|>
            <|im_start|>assistant
            <think>

            </think>

            """;

    private static final String PAIR = """
            <Instruct>: Given a web search query, retrieve relevant passages that answer the query
            <Query>: %s
            <Document>: %s""";

    static YesOrNo of(Tokenizer tokenizer, int maxTokens) {
        return new YesOrNo(tokenizer, maxTokens, trusted(tokenizer, BEFORE), trusted(tokenizer, BEHIND));
    }

    private static int[] trusted(Tokenizer tokenizer, String text) {
        return tokenizer.encode(List.of(new TextSpan(text, true)));
    }

    /**
     * The tokens that answer.
     *
     * @throws CheckpointException if the vocabulary has none for them, or the checkpoint names others
     */
    static Answers answers(PairDecoderCheckpoint checkpoint, Tokenizer tokenizer) {
        Answers answers = new Answers(token(checkpoint, tokenizer, "yes"), token(checkpoint, tokenizer, "no"));
        if (!checkpoint.answers().orElse(answers).equals(answers)) {
            throw new CheckpointException(
                    "%s compares the logits of other tokens than those of \"yes\" and \"no\" (%s), so it was trained with another question than Qwen3-Reranker's, which alone is supported"
                            .formatted(checkpoint.name(), checkpoint.answers().get()));
        }
        return answers;
    }

    private static int token(PairDecoderCheckpoint checkpoint, Tokenizer tokenizer, String answer) {
        int[] ids = tokenizer.encode(answer);
        if (ids.length != 1) {
            throw new CheckpointException(
                    "%s has no token for \"%s\", by whose logit Qwen3-Reranker scores; take another reranker"
                            .formatted(checkpoint.name(), answer));
        }
        return ids[0];
    }

    /** Of what is too long the end is cut. */
    @Override
    public Function<String, EncoderInput> texts(String question, Runnable step) {
        int room = Math.max(0, maxTokens - before.length - behind.length);
        return text -> {
            EncodedText pair = tokenizer.encodePart(PAIR.formatted(question, text), room, step);
            int[] kept = Arrays.copyOf(pair.ids(), Math.min(pair.ids().length, room));
            int[] ids =
                    Stream.of(before, kept, behind).flatMapToInt(Arrays::stream).toArray();
            return new EncoderInput(ids, ids.length, kept.length < pair.ids().length || !pair.complete());
        };
    }
}
