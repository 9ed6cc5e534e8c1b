package dev.rapid4j.internal.engine;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.internal.answer.AnswerOptions;
import dev.rapid4j.internal.decoding.SamplingParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import dev.rapid4j.internal.prompt.PromptOptions;
import java.util.List;
import java.util.Optional;

/**
 * A request's parameters, checked and with the defaults in place.
 *
 * @param learnEveryToken whether with a margin every token of the answer learns from the drafter
 * @param lookupDrafting whether tokens are looked up; empty: as the mode has it
 * @param passages how many the drafter reads; at least 1; empty: what its context has room for
 * @param maxOutputTokens at least 1; empty: what the context window has room for, up to a limit
 * @param stopSequences none of them empty
 * @param seed empty: any
 * @param answer what the answer has to be like
 * @param returnThinking whether the response holds what the model thought
 * @param sendThinking whether the model is told what it thought before
 */
public record RequestSettings(
        Mode mode,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        boolean learnEveryToken,
        Optional<Boolean> lookupDrafting,
        DraftContext draftContext,
        Optional<Integer> passages,
        Optional<Integer> maxOutputTokens,
        List<String> stopSequences,
        Optional<Integer> seed,
        AnswerOptions answer,
        boolean returnThinking,
        boolean sendThinking,
        Optional<ProgressListener> progressListener) {

    /** @throws IllegalArgumentException naming the value that is out of its range */
    public RequestSettings {
        checkAtLeastOne("passages", passages);
        checkAtLeastOne("maxOutputTokens", maxOutputTokens);
        for (String stopSequence : stopSequences) {
            if (stopSequence == null || stopSequence.isEmpty()) {
                throw new IllegalArgumentException("stopSequences must not hold an empty text");
            }
        }
        stopSequences = List.copyOf(stopSequences);
        answer.maxThinkingTokens().filter(tokens -> tokens < 0).ifPresent(tokens -> {
            throw new IllegalArgumentException("maxThinkingTokens must be at least 0, but is " + tokens);
        });
    }

    /** What the prompt says besides the conversation. */
    PromptOptions promptOptions() {
        return new PromptOptions(answer.offered(), answer.toldSchema(), answer.thinking(), sendThinking);
    }

    private static void checkAtLeastOne(String name, Optional<Integer> value) {
        value.filter(number -> number < 1).ifPresent(number -> {
            throw new IllegalArgumentException(name + " must be at least 1, but is " + number);
        });
    }
}
