package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.CacheRows;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Some tokens of the target's prompt as they stand in its own KV cache, at their positions there, copied once it has
 * read the prompt; and the prompt's last token behind them. What was left out is not attended to; the answer is.
 */
final class CopiedRows implements PromptReading {

    private final KeyValueCache whole;
    private final BitSet chosen;
    private final CacheRows rows;
    private final PooledSequence pooled;

    /**
     * @param target whose prompt need not have been read yet
     * @param chosen tokens of the prompt, all before the last
     * @param room as {@link #need} says
     */
    CopiedRows(CachePool caches, Sequence target, GenerationRequest request, BitSet chosen, KeyValueCache room) {
        this.whole = target.cache().keysAndValues();
        this.chosen = chosen;
        int[] prompt = request.prompts().target();
        // the last token is not in the target's cache, but the first one to be read from here
        int[] seen = IntStream.concat(chosen.stream(), IntStream.of(prompt.length - 1))
                .map(token -> prompt[token])
                .toArray();
        this.rows = new CacheRows(room);
        this.pooled = new PooledSequence(
                caches, new Sequence(target.model(), ReadPrompt.WHOLE_BY_TARGET, rows, seen, request.maxTokens()));
        pooled.discardWhenClosed();
    }

    static CacheNeed need(LanguageModel target, GenerationRequest request, BitSet chosen) {
        return CacheNeed.forRows(target, chosen.cardinality() + 1 + request.maxTokens());
    }

    @Override
    public Sequence sequence() {
        return pooled.sequence();
    }

    @Override
    public void startReading() {}

    /** Takes from the target's cache what there is to read, so the target must have read its prompt. */
    @Override
    public int read(GenerationListener listener) {
        rows.copy(whole, chosen);
        return 0;
    }

    @Override
    public void discardWhenClosed() {}

    @Override
    public void close() {
        pooled.close();
    }
}
