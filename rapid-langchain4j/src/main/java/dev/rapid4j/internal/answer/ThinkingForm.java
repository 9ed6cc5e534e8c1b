package dev.rapid4j.internal.answer;

import java.util.List;
import java.util.Optional;

/** What stands around that which a model writes for itself before it answers. */
record ThinkingForm(String open, String close) {

    private static final List<ThinkingForm> KNOWN = List.of(
            new ThinkingForm("<think>", "</think>"),
            new ThinkingForm("[THINK]", "[/THINK]"),
            new ThinkingForm("<|START_THINKING|>", "<|END_THINKING|>"));

    /** The form that a chat template shows; empty if the model is not known to think. */
    static Optional<ThinkingForm> of(String template) {
        return KNOWN.stream()
                .filter(form -> template.contains(form.open) || template.contains(form.close))
                .findFirst();
    }
}
