package dev.rapid4j.docs;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.rapid4j.RapidStreamingChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

public class AskAboutText {

    interface Assistant {

        @UserMessage("{{document}}\n\n{{question}}")
        TokenStream answer(@V("document") String document, @V("question") String question);
    }

    public static void main(String[] arguments) throws IOException {
        try (RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .target("ollama:qwen2.5:7b") // as "ollama list" prints it; or a GGUF file; a folder; an id of the hub
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel()) // finds the passages for the drafter
                .build()) {
            CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
            AiServices.create(Assistant.class, model)
                    .answer(Files.readString(Path.of("minutes.txt")), "What was decided in March?")
                    .onPartialResponse(System.out::print)
                    .onCompleteResponse(complete::complete)
                    .onError(complete::completeExceptionally)
                    .start();
            complete.join(); // the answer comes on another thread; closing the model would end it
        }
    }
}
