package dev.rapid4j.docs;

import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.rapid4j.RapidChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

public class AskAboutText {

    interface Assistant {

        @UserMessage("{{document}}\n\n{{question}}")
        String answer(@V("document") String document, @V("question") String question);
    }

    public static void main(String[] arguments) throws IOException {
        try (RapidChatModel model = RapidChatModel.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct") // of the hub; or "ollama:qwen2.5:7b", a GGUF file, a folder
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel()) // finds the passages for the drafter
                .build()) {
            Assistant assistant = AiServices.create(Assistant.class, model);
            System.out.println(
                    assistant.answer(Files.readString(Path.of("minutes.txt")), "What was decided in March?"));
        }
    }
}
