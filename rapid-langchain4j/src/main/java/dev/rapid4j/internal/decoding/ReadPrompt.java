package dev.rapid4j.internal.decoding;

/** Of which prompt a model reads the tokens, and as what: one model may read two, one after the other. */
enum ReadPrompt {
    WHOLE_BY_TARGET("whole prompt, as target"),
    WHOLE_BY_DRAFTER("whole prompt, as drafter"),
    PASSAGES_BY_DRAFTER("prompt of passages, as drafter");

    private final String text;

    ReadPrompt(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
