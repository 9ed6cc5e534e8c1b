package dev.rapid4j.docs;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;

/** The OpenAI client of docs/web-chat.md. */
final class OpenAiExample {

    private OpenAiExample() {}

    static String answer(String document, String question) {
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl("http://127.0.0.1:8080/v1")
                .apiKey("any") // unless web-chat.api-key is set
                .modelName("lighthouse") // what /v1/models says
                .build();
        String answer = model.chat(UserMessage.from(TextContent.from(document), TextContent.from(question)))
                .aiMessage()
                .text();
        return answer;
    }
}
