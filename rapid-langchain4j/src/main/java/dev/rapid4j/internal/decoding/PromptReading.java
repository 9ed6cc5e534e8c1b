package dev.rapid4j.internal.decoding;

/** A prompt in a KV cache on loan from the pool, for one generation. */
interface PromptReading extends AutoCloseable {

    Sequence sequence();

    /** Begins to read on another thread, if there is anything to read; {@link #read} waits for it then. */
    void startReading();

    /**
     * Has the prompt in the cache but for its last token when it returns.
     *
     * @return how many of its tokens were there before
     */
    int read(GenerationListener listener);

    /** The cache is not kept for later requests: the engine has failed on it, or it holds no whole prompt. */
    void discardWhenClosed();

    @Override
    void close();
}
