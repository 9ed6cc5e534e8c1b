package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.TokenCache;
import java.util.Arrays;

/** A model's view of a conversation: the tokens that stand, and a KV cache that holds a prefix of them. */
final class Sequence {

    private final LanguageModel model;
    private final TokenCache cache;
    private final int[] tokens;
    private final int promptLength;
    private int length;

    Sequence(LanguageModel model, TokenCache cache, int[] prompt, int maxTokens) {
        this.model = model;
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
        model.prefill(cache, Arrays.copyOfRange(tokens, cached, length - 1), done -> {
            listener.onPrefill(cached + done, length);
            listener.checkCancelled();
        });
        return cached;
    }

    /**
     * Rolls the cache back to what stands, and tells what it lacks: at least the last token, whose logits are wanted
     * next.
     */
    int[] pending() {
        return Arrays.copyOfRange(tokens, rollBack(), length);
    }

    private int rollBack() {
        cache.truncate(cache.commonPrefix(tokens, length - 1));
        return cache.length();
    }

    int promptLength() {
        return promptLength;
    }

    /** The tokens that were appended to the prompt. */
    int[] answer() {
        return Arrays.copyOfRange(tokens, promptLength, length);
    }

    int answerLength() {
        return length - promptLength;
    }

    void append(int token) {
        tokens[length++] = token;
    }
}
