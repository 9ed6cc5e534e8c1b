package dev.rapid4j.internal.retrieval;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** Counts tokens with the tokenizer of qwen2-tiny, and how often it was asked for how many characters. */
public final class QwenTokens implements TokenCountEstimator {

    private static final HuggingFaceTokenizer TOKENIZER = load();

    public long characters;

    private static HuggingFaceTokenizer load() {
        try (InputStream in = QwenTokens.class.getResourceAsStream("/golden/qwen2-tiny/tokenizer.json")) {
            return HuggingFaceTokenizer.newInstance(in, Map.of("addSpecialTokens", "false", "truncation", "false"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int estimateTokenCountInText(String text) {
        characters += text.length();
        return TOKENIZER.encode(text, false, false).getIds().length;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        throw new UnsupportedOperationException();
    }
}
