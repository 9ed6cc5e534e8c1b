package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.TokenCache;
import dev.rapid4j.internal.text.LogInterval;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model's view of a conversation: the tokens that stand, and a KV cache that holds a prefix of them. */
final class Sequence {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /**
     * With as many drafted tokens as there may be, fewer than the 128 from which on 8-bit products are less exact
     * (docs/design.md, section 7).
     */
    private static final int MOST_PENDING = 63;

    private final LanguageModel model;
    private final TokenCache cache;
    private final ReadPrompt read;
    private final int[] tokens;
    private final int promptLength;
    private int length;
    /** So many tokens the cache is known to hold; what stands in a sequence stays. */
    private int agreed;

    Sequence(LanguageModel model, ReadPrompt read, TokenCache cache, int[] prompt, int maxTokens) {
        this.model = model;
        this.read = read;
        this.cache = cache;
        this.tokens = Arrays.copyOf(prompt, prompt.length + maxTokens);
        this.promptLength = prompt.length;
        this.length = prompt.length;
    }

    LanguageModel model() {
        return model;
    }

    TokenCache cache() {
        return cache;
    }

    /**
     * Reads all tokens but the last, as far as the cache does not hold them already.
     *
     * @return how many it held
     */
    int prefill(GenerationListener listener) {
        int cached = rollBack();
        listener.checkCancelled();
        listener.onPrefill(cached, length);
        LogInterval interval = new LogInterval();
        model.prefill(cache, Arrays.copyOfRange(tokens, cached, length - 1), done -> {
            if (interval.isOver()) {
                LOG.info("{} has read {} of {} tokens of the {}", model.name(), cached + done, length, read);
            }
            listener.onPrefill(cached + done, length);
            listener.checkCancelled();
        });
        return cached;
    }

    /**
     * Takes from the disk, before the tokens are read, what the cache lacks.
     *
     * @return how many tokens
     */
    int extend(CachePool pool, GenerationListener listener) {
        int cached = rollBack();
        listener.checkCancelled();
        pool.extend(cache.keysAndValues(), tokens, length - 1, listener);
        return Math.max(0, cache.length() - cached);
    }

    /**
     * Of a model that was not asked for long, reads all tokens but the last, a chunk at a time; about what a round can
     * add is left to be read with what follows.
     *
     * @param listener asked between chunks whether to go on
     */
    void catchUp(GenerationListener listener) {
        int cached = rollBack();
        if (length - cached > MOST_PENDING) {
            model.prefill(cache, Arrays.copyOfRange(tokens, cached, length - 1), done -> listener.checkCancelled());
        }
    }

    /**
     * Rolls the cache back to what stands, and tells what it lacks: at least the last token, whose logits are wanted
     * next.
     */
    int[] pending() {
        return Arrays.copyOfRange(tokens, rollBack(), length);
    }

    /** How much of what stands the cache holds. */
    Reader reader() {
        int cached = rollBack();
        return new Reader(length - cached, cached);
    }

    private int rollBack() {
        agreed = cache.commonPrefix(tokens, agreed, length - 1);
        cache.truncate(agreed);
        return agreed;
    }

    /** Tokens that stand. */
    int length() {
        return length;
    }

    int promptLength() {
        return promptLength;
    }

    /** The tokens that were appended to the prompt, as far as they have a part in the choice of the next. */
    int[] emitted(SamplingParameters sampling) {
        return sampling.penalises() ? Arrays.copyOfRange(tokens, promptLength, length) : new int[0];
    }

    /** The tokens that were appended to the prompt. */
    List<Integer> answer() {
        return Arrays.stream(tokens, promptLength, length).boxed().toList();
    }

    int answerLength() {
        return length - promptLength;
    }

    void append(int token) {
        tokens[length++] = token;
    }
}
