package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.model.CacheEnds;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.Arrays;
import java.util.Optional;

/**
 * The target drafts for itself (MagicDec, arXiv 2408.11049) over a few rows of its own KV cache, copied once it has
 * read the prompt: those of the first tokens and of the last ones. What stands between is not attended to; the answer
 * is.
 */
final class StreamingDrafter implements Drafter {

    /**
     * So many first tokens are kept: they draw much of the attention whatever they say, and without them the rest makes
     * no sense (StreamingLLM, arXiv 2309.17453). As many as in the code of MagicDec's authors.
     */
    private static final int ATTENTION_SINKS = 16;

    private final KeyValueCache whole;
    private final CacheEnds ends;
    private final ModelDrafter drafter;
    private final int sinks;
    private final int window;

    /**
     * @param target whose prompt need not have been read yet
     * @param contextTokens most tokens of the prompt to attend to, at least 1
     */
    StreamingDrafter(
            CachePool caches,
            Sequence target,
            GenerationRequest request,
            int contextTokens,
            int[] endTokens,
            int vocabulary) {
        this.whole = target.cache().keysAndValues();
        int[] prompt = request.prompts().target();
        int promptTokens = Math.min(prompt.length, contextTokens);
        // the last token is not in the cache, but the first one to be read from here
        int cached = promptTokens - 1;
        this.sinks = Math.min(cached, ATTENTION_SINKS);
        this.window = cached - sinks;
        int[] seen = Arrays.copyOf(prompt, promptTokens);
        System.arraycopy(prompt, prompt.length - 1 - window, seen, sinks, window + 1);
        LanguageModel model = target.model();
        int maxTokens = request.limits().maxTokens();
        this.ends = new CacheEnds(caches.take(model, new int[0], promptTokens + maxTokens));
        PooledSequence drafting = new PooledSequence(caches, new Sequence(model, ends, seen, maxTokens));
        drafting.discardWhenClosed();
        this.drafter = new ModelDrafter(drafting, request, endTokens, vocabulary);
    }

    @Override
    public void startReading() {}

    /** Takes from the target's cache what there is to read, so the target must have read its prompt. */
    @Override
    public int read(GenerationListener listener) {
        ends.copy(whole, sinks, window);
        return 0;
    }

    @Override
    public int promptTokens() {
        return drafter.promptTokens();
    }

    @Override
    public Optional<Reader> reader() {
        return drafter.reader();
    }

    @Override
    public Draft draft(int length, double[] uniforms) {
        return drafter.draft(length, uniforms);
    }

    @Override
    public void append(int token) {
        drafter.append(token);
    }

    @Override
    public void discardWhenClosed() {}

    @Override
    public void close() {
        drafter.close();
    }
}
