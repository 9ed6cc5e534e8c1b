package dev.rapid4j.internal.decoding;

/** Proposes nothing, but has the prompt read over which the target decodes alone. */
final class SilentDrafter implements Drafter {

    private final PromptReading prompt;

    /** @param prompt closed with this */
    SilentDrafter(PromptReading prompt) {
        this.prompt = prompt;
    }

    @Override
    public void startReading() {
        prompt.startReading();
    }

    @Override
    public int read(GenerationListener listener) {
        return prompt.read(listener);
    }

    @Override
    public int promptTokens() {
        return prompt.sequence().promptLength();
    }

    @Override
    public void discardWhenClosed() {
        prompt.discardWhenClosed();
    }

    @Override
    public void close() {
        prompt.close();
    }
}
