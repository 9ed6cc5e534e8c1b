package dev.rapid4j.docs;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;
import java.nio.file.Path;
import java.time.LocalDate;

/** The code of docs/modes-and-options.md and docs/cpu-and-cuda.md. */
final class ModesAndOptions {

    private ModesAndOptions() {}

    static RapidEngine longTexts(EmbeddingModel embeddingModel) {
        RapidEngine engine = RapidEngine.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct")
                .embeddingModel(embeddingModel)
                .longTextSelector(LongTextSelector.byLayout(2_000))
                .oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE)
                .build();
        return engine;
    }

    static void keepDocumentsRead(EmbeddingModel embeddingModel, String contract) {
        try (RapidEngine engine = RapidEngine.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct")
                .embeddingModel(embeddingModel)
                .cacheDirectory(Path.of("/var/lib/contracts/read"))
                .cacheDirectoryBytes(20_000_000_000L)
                .build()) {
            engine.preload(contract); // reads it before anybody asks, or takes it from the disk
            RapidChatModel model = RapidChatModel.builder().engine(engine).build();
            model.chat(UserMessage.from(TextContent.from(contract), TextContent.from("When does it end?")));
            engine.forget(contract); // from memory and disk, with its questions and answers
        }
    }

    static final class Calendar {

        @Tool("Returns today's date")
        String today() {
            return LocalDate.now().toString();
        }
    }

    static void readAheadWithTools(RapidEngine engine, String contract) {
        engine.preload(ChatRequest.builder()
                .messages(UserMessage.from(contract))
                .toolSpecifications(ToolSpecifications.toolSpecificationsFrom(new Calendar()))
                .build());
    }

    static RapidEngine cuda(EmbeddingModel embeddingModel) {
        RapidEngine engine = RapidEngine.builder()
                .target(Path.of("/models/Llama-3.1-8B-Instruct"))
                .targetDevice("cuda:0")
                .drafter("meta-llama/Llama-3.1-70B-Instruct") // "upward speculation": a larger model drafts
                .drafterDevice("cuda:1-7") // its 80 layers in a row over seven GPUs
                .drafterWeights(WeightFormat.BFLOAT16)
                .embeddingModel(embeddingModel)
                .build();
        return engine;
    }
}
