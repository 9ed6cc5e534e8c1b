package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidTokenUsage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A model that answers what a test has written down, in small pieces. */
final class ScriptedAnswers implements StreamingChatModel {

    private static final int PIECE = 4;

    final Deque<AiMessage> answers = new ArrayDeque<>();

    /** So many requests are before the next one, which is refused behind {@link CompletionWriter#KEEP_ALIVE}. */
    OptionalInt refusedBehind = OptionalInt.empty();

    /** What it was asked last. */
    ChatRequest asked;

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        asked = request;
        if (refusedBehind.isPresent()) {
            refuse(handler);
            return;
        }
        AiMessage answer = answers.remove();
        if (answer.thinking() != null) {
            for (String piece : pieces(answer.thinking())) {
                handler.onPartialThinking(new PartialThinking(piece));
            }
        }
        if (answer.text() != null) {
            for (String piece : pieces(answer.text())) {
                handler.onPartialResponse(piece);
            }
        }
        for (int i = 0; i < answer.toolExecutionRequests().size(); i++) {
            ToolExecutionRequest call = answer.toolExecutionRequests().get(i);
            for (String piece : pieces(call.arguments())) {
                handler.onPartialToolCall(PartialToolCall.builder()
                        .index(i)
                        .id(call.id())
                        .name(call.name())
                        .partialArguments(piece)
                        .build());
            }
            handler.onCompleteToolCall(new CompleteToolCall(i, call));
        }
        handler.onCompleteResponse(ChatResponse.builder()
                .aiMessage(answer)
                .finishReason(answer.hasToolExecutionRequests() ? FinishReason.TOOL_EXECUTION : FinishReason.STOP)
                .tokenUsage(new RapidTokenUsage(100, 20, 60, 12, 9))
                .build());
    }

    private void refuse(StreamingChatResponseHandler handler) {
        ((RapidChatRequestParameters) asked.parameters()).progressListener().onQueued(refusedBehind.getAsInt());
        refusedBehind = OptionalInt.empty();
        long later = CompletionWriter.KEEP_ALIVE.toMillis() * 3 / 2;
        CompletableFuture.delayedExecutor(later, TimeUnit.MILLISECONDS)
                .execute(() -> handler.onError(new InvalidRequestException("too many tokens")));
    }

    /** None of a short text: it comes with the whole call. */
    private static String[] pieces(String text) {
        return text.length() <= PIECE ? new String[0] : text.split("(?<=\\G.{" + PIECE + "})");
    }
}
