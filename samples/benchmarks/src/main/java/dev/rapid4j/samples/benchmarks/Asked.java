package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatResponseMetadata;
import java.time.Duration;

/**
 * An answer.
 *
 * @param expected word for word
 */
record Asked(String answer, String expected, RapidChatResponseMetadata metadata) {

    boolean right() {
        return answer.equals(expected);
    }

    GenerationStatistics statistics() {
        return metadata.statistics();
    }

    double firstTokenSeconds() {
        Duration firstToken = metadata.timeToFirstToken();
        return seconds(firstToken == null ? wholeAnswer() : firstToken);
    }

    Duration wholeAnswer() {
        return statistics()
                .retrieval()
                .plus(statistics().prefill())
                .plus(statistics().decoding());
    }

    /** Tokens that went through a model, of both prompts. */
    int readTokens() {
        return statistics().targetPromptTokens()
                + statistics().drafterPromptTokens()
                - statistics().cachedTokens();
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
