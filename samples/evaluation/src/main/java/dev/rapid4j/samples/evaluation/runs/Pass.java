package dev.rapid4j.samples.evaluation.runs;

import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * A response, and what it took.
 *
 * @param mode how it was written; not always the method's, see {@link dev.rapid4j.RapidChatResponseMetadata#mode() the
 *     metadata}
 * @param promptTokens of the whole prompt, whatever was left out of it
 * @param shortened whether the middle of the prompt was left out
 * @param passages the drafter has read; 0 if it did not read passages
 * @param timeToFirstToken nothing if there is no token
 */
public record Pass(
        Mode mode,
        String response,
        FinishReason finishReason,
        int promptTokens,
        boolean shortened,
        int passages,
        int seed,
        Optional<Duration> timeToFirstToken,
        GenerationStatistics statistics) {}
