package dev.rapid4j.docs;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.RapidChatModel;

/** The code of docs/tools-and-json.md. */
final class ToolsAndJson {

    private ToolsAndJson() {}

    record Invoice(String number, double total, boolean paid) {}

    interface Clerk {

        Invoice read(String text);
    }

    static final class Exchange {

        @Tool("Returns how many dollars one euro is worth on a day")
        double dollars(@P("the day, such as 2026-03-31") String day) {
            return 1.08;
        }
    }

    interface Accountant {

        String answer(String question);
    }

    static void records(String text) {
        ChatModel model =
                RapidChatModel.builder().target("Qwen/Qwen2.5-1.5B-Instruct").build();
        Invoice invoice = AiServices.create(Clerk.class, model).read(text);
        System.out.println(invoice.total());
    }

    static void tools(ChatModel model) {
        Accountant accountant = AiServices.builder(Accountant.class)
                .chatModel(model)
                .tools(new Exchange())
                .build();
        System.out.println(accountant.answer("How many dollars were 250 euros on 31 March 2026?"));
    }

    static void required(StreamingChatModel streamingModel) {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("How many dollars were 250 euros on 31 March 2026?"))
                .toolSpecifications(ToolSpecifications.toolSpecificationsFrom(new Exchange()))
                .toolChoice(ToolChoice.REQUIRED)
                .build();

        streamingModel.chat(request, new StreamingChatResponseHandler() {

            @Override
            public void onPartialToolCall(PartialToolCall partial) {
                System.out.print(partial.partialArguments()); // of the call index(), id(), name()
            }

            @Override
            public void onCompleteToolCall(CompleteToolCall complete) {
                System.out.println(" for " + complete.toolExecutionRequest().name());
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                System.out.println(response.finishReason()); // TOOL_EXECUTION
            }

            @Override
            public void onError(Throwable error) {
                error.printStackTrace();
            }
        });
    }

    static RapidChatModel thinking() {
        RapidChatModel model = RapidChatModel.builder()
                .target("Qwen/Qwen3-1.7B")
                .maxThinkingTokens(512)
                .returnThinking(true)
                .build();
        return model;
    }
}
