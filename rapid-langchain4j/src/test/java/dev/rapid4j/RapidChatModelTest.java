package dev.rapid4j;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import org.junit.jupiter.api.Test;

class RapidChatModelTest {

    @Test
    void smoke() {
        LighthouseRegister register = LighthouseRegister.generate(60, 1);
        try (RapidChatModel model = RapidChatModel.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(1024)
                .build()) {
            for (var question : register.questions(LighthouseRegister.Kind.ENTRY, 5, 3)) {
                ChatResponse response = model.chat(
                        UserMessage.from(TextContent.from(register.text()), TextContent.from(question.text())));
                System.out.println(
                        question.text() + "\n -> " + response.aiMessage().text() + "\n == " + question.answer());
                System.out.println(response.metadata());
            }
        }
    }
}
