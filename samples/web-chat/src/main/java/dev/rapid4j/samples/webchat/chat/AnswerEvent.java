package dev.rapid4j.samples.webchat.chat;

import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.Mode;
import dev.rapid4j.TokenSource;
import dev.rapid4j.samples.webchat.problem.Problem;
import java.util.List;
import java.util.stream.Stream;

/** What happens while an answer is written, in this order. Times are in seconds. */
public sealed interface AnswerEvent {

    /** It waits. @param ahead requests before it */
    record Queued(int ahead) implements Latest {}

    /** Its turn has come. */
    record Started() implements AnswerEvent {}

    /** A document is searched for the first time. */
    record Indexing(int done, int total) implements Latest {}

    /**
     * What the drafter reads of the documents.
     *
     * @param fromCache whether all documents had been indexed before
     */
    record Passages(List<Passage> passages, double seconds, boolean fromCache) implements AnswerEvent {

        /** Characters {@code start} to {@code end} of a document. */
        public record Passage(String document, int start, int end, double score) {}
    }

    /** The prompt is read. */
    record Prefill(int read, int total) implements Latest {}

    /** What the model thought next, before it answers. */
    record Thinking(String text) implements AnswerEvent {

        Thinking and(Thinking next) {
            return new Thinking(text + next.text);
        }
    }

    /** What was written next. */
    record Text(List<Piece> pieces) implements AnswerEvent {

        /** As the model wrote it, mostly a token. */
        public record Piece(String text, TokenSource source) {}

        Text and(Text next) {
            return new Text(Stream.concat(pieces.stream(), next.pieces.stream()).toList());
        }
    }

    /** The figures after another round. */
    record Progress(
            double tokensPerSecond,
            double acceptanceRate,
            int emittedTokens,
            int draftedTokens,
            int acceptedTokens,
            int lookupAcceptedTokens,
            int rounds,
            int roundsWithoutDraft,
            int cachedTokens,
            int restoredTokens,
            int promptTokens,
            int drafterPromptTokens,
            double seconds)
            implements Latest {}

    /**
     * The answer is complete.
     *
     * @param mode how it was written, which may be simpler than what was asked for
     * @param shortened whether the target did not read the middle of the documents
     * @param waitedSeconds from the question until its turn came; all other times begin there
     * @param timeToFirstToken null if there was none
     */
    record Done(
            FinishReason finishReason,
            Mode mode,
            Integer seed,
            boolean shortened,
            double waitedSeconds,
            Double timeToFirstToken,
            double seconds,
            double retrievalSeconds,
            double prefillSeconds,
            double decodingSeconds,
            double tokensPerSecond,
            double acceptanceRate,
            int emittedTokens,
            int draftedTokens,
            int acceptedTokens,
            int lookupAcceptedTokens,
            int rounds,
            int roundsWithoutDraft,
            int cachedTokens,
            int restoredTokens,
            int promptTokens,
            int drafterPromptTokens)
            implements Last {}

    /** Somebody stopped it, or nobody listened any more. */
    record Stopped() implements Last {}

    /** It could not be written to its end. */
    record Failed(Problem problem) implements Last {}

    /** An event of which only the latest is of interest. */
    sealed interface Latest extends AnswerEvent {}

    /** After these nothing follows. */
    sealed interface Last extends AnswerEvent {}
}
