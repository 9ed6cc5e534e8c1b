package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import java.util.concurrent.CountDownLatch;

/** An engine that answers nobody until this is closed. */
final class BusyEngine implements AutoCloseable {

    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    BusyEngine(RapidEngine engine) throws InterruptedException {
        ProgressListener holdUp = new ProgressListener() {
            @Override
            public void onPrefill(int read, int total) {
                busy.countDown();
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        RapidStreamingChatModel.builder()
                .engine(engine)
                .build()
                .chat(
                        ChatRequest.builder()
                                .messages(UserMessage.from("Wait."))
                                .parameters(RapidChatRequestParameters.builder()
                                        .maxOutputTokens(1)
                                        .progressListener(holdUp)
                                        .build())
                                .build(),
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onCompleteResponse(ChatResponse response) {}

                            @Override
                            public void onError(Throwable error) {}
                        });
        busy.await();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
