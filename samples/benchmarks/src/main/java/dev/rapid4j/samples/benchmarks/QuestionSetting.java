package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;

/** How a question is answered; what is not said here is the library's default. */
enum QuestionSetting {
    LONG_CONTEXT("LONG_CONTEXT", Mode.LONG_CONTEXT),
    /** With a margin of 0, so that the answer is long context's, and the times compare. */
    AS_IN_PAPER("SPECULATIVE, drafts as in the paper", Mode.SPECULATIVE) {
        @Override
        RapidChatRequestParameters.Builder parameters() {
            return super.parameters()
                    .draftContext(DraftContext.PASSAGE_PROMPT)
                    .draftTokens(10)
                    .lookupDrafting(false);
        }
    },
    SPECULATIVE("SPECULATIVE", Mode.SPECULATIVE),
    STREAMING_DRAFT("STREAMING_DRAFT", Mode.STREAMING_DRAFT),
    RAPID("RAPID", Mode.RAPID);

    private final String description;
    private final Mode mode;

    QuestionSetting(String description, Mode mode) {
        this.description = description;
        this.mode = mode;
    }

    Mode mode() {
        return mode;
    }

    RapidChatRequestParameters.Builder parameters() {
        return RapidChatRequestParameters.builder().mode(mode);
    }

    @Override
    public String toString() {
        return description;
    }
}
