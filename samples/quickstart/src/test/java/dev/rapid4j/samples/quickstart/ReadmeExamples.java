package dev.rapid4j.samples.quickstart;

import dev.langchain4j.data.embedding.Embedding;
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
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.V;
import dev.rapid4j.BgeM3Embedding;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Mode;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.Passage;
import dev.rapid4j.Precision;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.RapidStreamingChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The code of the README, so that it compiles; {@link ReadmeTest} holds the two together. */
final class ReadmeExamples {

    private ReadmeExamples() {}

    interface Assistant {

        @dev.langchain4j.service.UserMessage("{{document}}\n\n{{question}}")
        String answer(@V("document") String document, @V("question") String question);
    }

    interface StreamingAssistant {

        @dev.langchain4j.service.UserMessage("{{document}}\n\n{{question}}")
        TokenStream answer(@V("document") String document, @V("question") String question);
    }

    static void dropIn(String document) {
        ChatModel model = RapidChatModel.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct") // a folder, or an id of the Hugging Face hub
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel()) // finds the passages for the drafter
                .build();

        Assistant assistant = AiServices.create(Assistant.class, model);
        String answer = assistant.answer(document, "Who keeps the light at Cape Salholm?");
        System.out.println(answer);
    }

    static void embedding() {
        try (RapidEmbeddingModel model = RapidEmbeddingModel.builder().build()) { // BAAI/bge-m3, from the hub
            Embedding embedding =
                    model.embed("Who keeps the light at Cape Salholm?").content();
            System.out.println(embedding.dimension()); // 1024

            BgeM3Embedding views =
                    model.embedViews(List.of("The tower was built in 1893.")).get(0);
            views.lexicalWeights()
                    .forEach((token, weight) -> System.out.println(model.tokenText(token) + ": " + weight));
        }
    }

    static EmbeddingModel anotherEncoder() {
        return RapidEmbeddingModel.builder()
                .model("intfloat/multilingual-e5-small")
                .queryPrefix("query: ")
                .documentPrefix("passage: ")
                .build();
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
        System.out.printf(
                "%.0f tokens/s, %.0f %% of the drafted tokens accepted, %d prompt tokens found in the cache%n",
                metadata.statistics().tokensPerSecond(),
                100 * metadata.statistics().acceptanceRate(),
                metadata.statistics().cachedTokens());
    }

    static void origin(StreamingChatModel streamingModel, ChatRequest request) {
        streamingModel.chat(request, new StreamingChatResponseHandler() {

            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                boolean drafted = ((RapidPartialResponse) partial).drafted();
                System.out.print(drafted ? partial.text() : "[" + partial.text() + "]");
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

    static RapidEngine cuda(EmbeddingModel embeddingModel) {
        return RapidEngine.builder()
                .target(Path.of("/models/Llama-3.1-8B-Instruct"))
                .targetDevice("cuda:0")
                .drafter("meta-llama/Llama-3.1-70B-Instruct") // "upward speculation": a larger model drafts
                .drafterDevice("cuda:1")
                .drafterPrecision(Precision.BFLOAT16)
                .embeddingModel(embeddingModel)
                .build();
    }

    static RapidEngine longTexts(EmbeddingModel embeddingModel) {
        return RapidEngine.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct")
                .embeddingModel(embeddingModel)
                .longTextSelector(LongTextSelector.byLayout(2_000))
                .oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE)
                .build();
    }
}
