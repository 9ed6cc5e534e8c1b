package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.TokenStream;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * An answer and what it took.
 *
 * @param firstToken from the question to the first piece of the answer
 * @param total from the question to the end of the answer
 */
record Answer(boolean right, Duration firstToken, Duration total, GenerationStatistics statistics) {

    /** Asks, passes on the pieces as they come, and waits for the end. */
    static Answer stream(Registrar registrar, String register, Question question, Consumer<String> pieces) {
        long start = System.nanoTime();
        CompletableFuture<Long> first = new CompletableFuture<>();
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        TokenStream stream = registrar.answer(register, question.text());
        stream.onPartialResponse(piece -> {
                    first.complete(System.nanoTime());
                    pieces.accept(piece);
                })
                .onCompleteResponse(response::complete)
                .onError(response::completeExceptionally)
                .start();
        ChatResponse complete = response.join();
        long end = System.nanoTime();
        return new Answer(
                question.answer().equals(complete.aiMessage().text()),
                Duration.ofNanos(first.getNow(end) - start),
                Duration.ofNanos(end - start),
                ((RapidChatResponseMetadata) complete.metadata()).statistics());
    }
}
