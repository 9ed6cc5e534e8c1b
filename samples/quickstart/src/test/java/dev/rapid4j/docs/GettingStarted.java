package dev.rapid4j.docs;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.Mode;
import dev.rapid4j.Passage;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.TokenSource;
import java.time.Duration;

/** The code of docs/getting-started.md. */
final class GettingStarted {

    private GettingStarted() {}

    static RapidStreamingChatModel fromOllama() {
        RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .target("ollama:qwen2.5:7b") // as "ollama list" prints it
                .drafter("ollama:qwen2.5:0.5b") // without one the target drafts for itself
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
                .build();
        return model;
    }

    static void dropIn(String document) {
        ChatModel model = RapidChatModel.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct") // of the hub; or "ollama:qwen2.5:7b", a GGUF file, a folder
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel()) // finds the passages for the drafter
                .build();

        Assistant assistant = AiServices.create(Assistant.class, model);
        String answer = assistant.answer(document, "Who keeps the light at Cape Salholm?");
        System.out.println(answer);
    }

    static void streaming(EmbeddingModel embeddingModel, String document) {
        RapidEngine engine = RapidEngine.builder()
                .target("Qwen/Qwen2.5-7B-Instruct")
                .drafter("Qwen/Qwen2.5-1.5B-Instruct")
                .embeddingModel(embeddingModel)
                .build();

        ChatModel chatModel = RapidChatModel.builder().engine(engine).build();
        StreamingChatModel streamingModel = RapidStreamingChatModel.builder()
                .engine(engine)
                .temperature(0.5)
                .timeout(Duration.ofMinutes(5))
                .build();

        AiServices.create(StreamingAssistant.class, streamingModel)
                .answer(document, "Who keeps the light at Cape Salholm?")
                .onPartialResponse(System.out::print)
                .onCompleteResponse(response -> System.out.println())
                .onError(Throwable::printStackTrace)
                .start();
        System.out.println(chatModel.defaultRequestParameters());
    }

    static void metadata(ChatModel model, String document) {
        ChatResponse response = model.chat(ChatRequest.builder()
                .messages(UserMessage.from(
                        TextContent.from(document), TextContent.from("Who keeps the light at Cape Salholm?")))
                .parameters(RapidChatRequestParameters.builder()
                        .mode(Mode.RAPID)
                        .margin(20.0)
                        .passages(4)
                        .build())
                .build());

        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
        for (Passage passage : metadata.passages()) {
            System.out.printf(
                    "characters %d to %d, similarity %.2f%n", passage.start(), passage.end(), passage.score());
        }
    }

    static void origin(StreamingChatModel streamingModel, ChatRequest request) {
        streamingModel.chat(request, new StreamingChatResponseHandler() {

            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                TokenSource source = ((RapidPartialResponse) partial).source();
                System.out.print(source == TokenSource.TARGET ? "[" + partial.text() + "]" : partial.text());
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                System.out.println();
            }

            @Override
            public void onError(Throwable error) {
                error.printStackTrace();
            }
        });
    }
}
