package dev.rapid4j.docs;

import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidStreamingChatModel;
import java.util.concurrent.CompletableFuture;

/** The code of docs/streaming.md. */
final class Streaming {

    interface Reader {

        @SystemMessage("You answer from the document alone, in one sentence.")
        @UserMessage("{{document}}\n\n{{question}}")
        TokenStream answer(@V("document") String document, @V("question") String question);
    }

    interface Chat {

        String send(String message);
    }

    private Streaming() {}

    static void streamed(EmbeddingModel embeddingModel, String document) {
        RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .target("ollama:qwen2.5:7b")
                .embeddingModel(embeddingModel)
                .build();

        CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
        AiServices.create(Reader.class, model)
                .answer(document, "Who may terminate, and when?")
                .onPartialResponse(System.out::print)
                .onCompleteResponse(complete::complete)
                .onError(complete::completeExceptionally)
                .start();
        System.out.println();
        System.out.println(complete.join().tokenUsage());
    }

    static void conversation(EmbeddingModel embeddingModel, String document) {
        RapidChatModel model = RapidChatModel.builder()
                .target("ollama:qwen2.5:7b")
                .embeddingModel(embeddingModel)
                .build();
        Chat chat = AiServices.builder(Chat.class)
                .chatModel(model)
                .chatMemory(MessageWindowChatMemory.withMaxMessages(100))
                .build();

        System.out.println(chat.send(document + "\n\nWho are the parties?"));
        System.out.println(chat.send("And how long is the notice period?"));
    }

    static void firstSentence(StreamingChatModel model, String prompt) {
        model.chat(prompt, new StreamingChatResponseHandler() {

            private final StringBuilder sentence = new StringBuilder();

            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                sentence.append(partial.text());
                if (sentence.indexOf(".") >= 0) {
                    context.streamingHandle().cancel();
                    System.out.println(sentence);
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                System.out.println(response.aiMessage().text());
            }

            @Override
            public void onError(Throwable error) {
                System.err.println(error.getMessage());
            }
        });
    }
}
