package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.ToolExecution;
import dev.rapid4j.RapidChatModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads a contract into a record, and has a tool do what a model cannot with what stands there. */
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
            String task = "Read the essential points of this lease.";
            Lease lease = AiServices.create(LeaseReader.class, chatModel).read(lease());
            System.out.printf("%n> %s%n%s%n", task, lease);

            Converter converter = AiServices.builder(Converter.class)
                    .chatModel(chatModel)
                    .tools(new ExchangeRates())
                    .build();
            String question = "How much are %d euros in Swiss francs?".formatted(lease.monthlyRent());
            System.out.printf("%n> %s%n", question);
            for (ToolExecution execution : converter.answer(question).toolExecutions()) {
                System.out.printf(
                        "the model calls %s(%s), which returns %s%n",
                        execution.request().name(),
                        execution.request().arguments().replaceAll("\\s+", " "),
                        execution.result());
            }
        }
    }

    private static String lease() throws IOException {
        try (InputStream text = ToolsAndRecords.class.getResourceAsStream("lease.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
