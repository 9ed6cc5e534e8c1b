package dev.rapid4j.internal.answer;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What stands around that which a model writes for itself before it answers. */
public record ThinkingForm(String open, String close) {

    private static final List<ThinkingForm> KNOWN = List.of(
            new ThinkingForm("<think>", "</think>"),
            new ThinkingForm("[THINK]", "[/THINK]"),
            new ThinkingForm("<|START_THINKING|>", "<|END_THINKING|>"));

    private static final ThinkingForm CHANNEL = new ThinkingForm("<|channel|>analysis<|message|>", "<|end|>");

    /** Whether thinking has begun in what a chat template writes last, and is not over. */
    public static boolean isOpen(String opening) {
        return Stream.concat(KNOWN.stream(), Stream.of(CHANNEL)).anyMatch(form -> form.opens(opening));
    }

    boolean opens(String opening) {
        return opening.lastIndexOf(open) > opening.lastIndexOf(close);
    }

    /** The form that a chat template shows; empty if the model is not known to think. */
    static Optional<ThinkingForm> of(String template) {
        return KNOWN.stream()
                .filter(form -> template.contains(form.open) || template.contains(form.close))
                .findFirst();
    }
}
