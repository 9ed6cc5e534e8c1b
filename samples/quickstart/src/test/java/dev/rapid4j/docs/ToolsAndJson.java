package dev.rapid4j.docs;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.chat.ChatModel;
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

    static RapidChatModel thinking() {
        RapidChatModel model = RapidChatModel.builder()
                .target("Qwen/Qwen3-1.7B")
                .maxThinkingTokens(512)
                .returnThinking(true)
                .build();
        return model;
    }
}
