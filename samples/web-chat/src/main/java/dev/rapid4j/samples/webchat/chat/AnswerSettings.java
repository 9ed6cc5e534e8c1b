package dev.rapid4j.samples.webchat.chat;

import dev.rapid4j.Mode;

/**
 * How an answer is to be written; see {@link dev.rapid4j.RapidChatRequestParameters} for what the values mean.
 *
 * @param seed null for a new one
 */
public record AnswerSettings(
        Mode mode, double margin, int draftTokens, double temperature, int maxOutputTokens, Integer seed) {

    public AnswerSettings withMode(Mode mode) {
        return new AnswerSettings(mode, margin, draftTokens, temperature, maxOutputTokens, seed);
    }

    public AnswerSettings withSeed(int seed) {
        return new AnswerSettings(mode, margin, draftTokens, temperature, maxOutputTokens, seed);
    }
}
