package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event.Part;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An answer, for the thread that waits for it; once closed, it is not written any further. */
final class PendingAnswer implements AutoCloseable {

    /** What has happened. */
    sealed interface Event {

        /** Some of the answer. */
        sealed interface Part extends Event {

            record Text(String text) implements Part {}

            record Thinking(String text) implements Part {}

            /**
             * @param index of the call
             * @param begins whether this is its first piece
             * @param arguments what comes next of them
             */
            record Call(int index, boolean begins, String id, String tool, String arguments) implements Part {}
        }

        record Complete(ChatResponse response) implements Event {}

        record Failed(Throwable failure) implements Event {}
    }

    /** How far a request has come of which there is no answer yet. */
    enum Stage {
        /** Others are before it. */
        QUEUED,
        /** Its prompt is being made, which may prove to be too long. */
        CHECKED,
        /** It can be answered, as far as can be foreseen: something is being read. */
        ACCEPTED
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile Optional<StreamingHandle> handle = Optional.empty();
    private volatile Stage stage = Stage.CHECKED;

    private final boolean severalCalls;

    private PendingAnswer(boolean severalCalls) {
        this.severalCalls = severalCalls;
    }

    /** @param severalCalls whether an answer may call more than one tool; else those after the first are left out */
    static PendingAnswer ask(StreamingChatModel model, ChatRequest request, boolean severalCalls) {
        PendingAnswer answer = new PendingAnswer(severalCalls);
        RapidChatRequestParameters parameters = RapidChatRequestParameters.builder()
                .overrideWith(request.parameters())
                .progressListener(answer.new Progress())
                .build();
        model.chat(
                ChatRequest.builder()
                        .messages(request.messages())
                        .parameters(parameters)
                        .build(),
                answer.new Handler());
        return answer;
    }

    /** The next event, or none within the time. */
    Optional<Event> next(Duration time) throws InterruptedException {
        return Optional.ofNullable(events.poll(time.toNanos(), TimeUnit.NANOSECONDS));
    }

    Stage stage() {
        return stage;
    }

    @Override
    public void close() {
        handle.ifPresent(StreamingHandle::cancel);
    }

    private final class Progress implements ProgressListener {

        @Override
        public void onRequested(StreamingHandle given) {
            handle = Optional.of(given);
        }

        @Override
        public void onQueued(int ahead) {
            stage = ahead > 0 ? Stage.QUEUED : Stage.CHECKED;
        }

        @Override
        public void onIndexing(int done, int total) {
            stage = Stage.ACCEPTED;
        }

        @Override
        public void onPrefill(int read, int total) {
            stage = Stage.ACCEPTED;
        }
    }

    private final class Handler implements StreamingChatResponseHandler {

        private int begun;

        @Override
        public void onPartialResponse(String text) {
            events.add(new Part.Text(text));
        }

        @Override
        public void onPartialThinking(PartialThinking thinking) {
            events.add(new Part.Thinking(thinking.text()));
        }

        @Override
        public void onPartialToolCall(PartialToolCall call) {
            add(call.index(), call.id(), call.name(), call.partialArguments());
        }

        /** One that came in no pieces. */
        @Override
        public void onCompleteToolCall(CompleteToolCall call) {
            ToolExecutionRequest request = call.toolExecutionRequest();
            if (call.index() >= begun) {
                add(call.index(), request.id(), request.name(), request.arguments());
            }
        }

        private void add(int index, String id, String tool, String arguments) {
            if (index == 0 || severalCalls) {
                events.add(new Part.Call(index, index >= begun, id, tool, arguments));
            }
            begun = Math.max(begun, index + 1);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            events.add(new Event.Complete(severalCalls ? response : withFirstCall(response)));
        }

        private static ChatResponse withFirstCall(ChatResponse response) {
            AiMessage answer = response.aiMessage();
            return response.toBuilder()
                    .aiMessage(answer.toBuilder()
                            .toolExecutionRequests(answer.toolExecutionRequests().stream()
                                    .limit(1)
                                    .toList())
                            .build())
                    .build();
        }

        @Override
        public void onError(Throwable failure) {
            events.add(new Event.Failed(failure));
        }
    }
}
