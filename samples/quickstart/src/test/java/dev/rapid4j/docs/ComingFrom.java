package dev.rapid4j.docs;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.RapidChatModel;

/** The code of docs/coming-from.md. */
final class ComingFrom {

    private ComingFrom() {}

    static ChatModel ollama(EmbeddingModel embeddingModel) {
        ChatModel model = RapidChatModel.builder()
                .target("ollama:qwen2.5:7b") // the name of OllamaChatModel's modelName, behind "ollama:"
                .embeddingModel(embeddingModel)
                .temperature(0.0)
                .build();
        return model;
    }
}
