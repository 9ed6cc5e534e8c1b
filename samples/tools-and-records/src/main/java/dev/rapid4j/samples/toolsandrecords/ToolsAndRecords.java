package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.RapidChatModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads a contract into a record, and answers a question about it with a tool. */
public final class ToolsAndRecords {

    private static final String USUAL_MODEL = "Qwen/Qwen2.5-Coder-0.5B-Instruct";

    private ToolsAndRecords() {}

    /** @param arguments the model, if another than the usual one: as {@code ollama:...}, a file, a folder or an id */
    public static void main(String[] arguments) throws IOException {
        String model = arguments.length == 0 ? USUAL_MODEL : arguments[0];
        System.out.printf("A lease of 1,500 tokens, read by %s.%n", model);
        try (RapidChatModel chatModel = RapidChatModel.builder()
                .target(model)
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
                .build()) {
            LeaseReader reader = AiServices.builder(LeaseReader.class)
                    .chatModel(chatModel)
                    .tools(new ExchangeRates())
                    .build();
            String lease = lease();
            System.out.printf("%n> %s%n%s%n", "Read the essential points of this lease.", reader.read(lease));
            String question = "How much is the monthly rent in Swiss francs?";
            System.out.printf("%n> %s%n", question);
            System.out.println(reader.answer(lease, question));
        }
    }

    private static String lease() throws IOException {
        try (InputStream text = ToolsAndRecords.class.getResourceAsStream("lease.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
