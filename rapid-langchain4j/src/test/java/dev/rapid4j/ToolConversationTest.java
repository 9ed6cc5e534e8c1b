package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A question about a long text, a tool's call and its result: the text is asked about twice, and read once. */
class ToolConversationTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(40, 7);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"qwen2.5", "llama-3.1", "turns"})
    void theTextIsNotReadAgainAfterATool(String template) throws IOException {
        Path checkpoint = TestCheckpoints.lighthouseWith(folder.resolve(template), "", text -> text);
        Files.writeString(
                checkpoint.resolve("chat_template.jinja"),
                Golden.json("chats.json").path("templates").path(template).asText());
        UserMessage question = UserMessage.from(
                TextContent.from(REGISTER.text()),
                TextContent.from(REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 3)
                        .get(0)
                        .text()));
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("call00001")
                .name("clock")
                .arguments("{\"zone\": \"CET\"}")
                .build();
        List<ChatMessage> later =
                List.of(question, AiMessage.from(call), ToolExecutionResultMessage.from(call, "12:00"));

        try (RapidChatModel model = RapidChatModel.builder()
                .target(checkpoint)
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(256)
                .maxOutputTokens(5)
                .mode(Mode.RAPID)
                .draftContext(DraftContext.PASSAGE_PROMPT)
                .build()) {
            RapidChatResponseMetadata first = metadata(model, List.of(question));
            RapidChatResponseMetadata second = metadata(model, later);

            assertThat(first.passages()).isNotEmpty();
            assertThat(second.passages()).isEqualTo(first.passages());
            assertThat(second.statistics().targetPromptTokens())
                    .isGreaterThan(first.statistics().targetPromptTokens());
            assertThat(second.statistics().cachedTokens())
                    .isGreaterThanOrEqualTo(first.statistics().targetPromptTokens()
                            + first.statistics().drafterPromptTokens()
                            - 4);
        }
    }

    private static RapidChatResponseMetadata metadata(RapidChatModel model, List<ChatMessage> messages) {
        return (RapidChatResponseMetadata) model.chat(messages).metadata();
    }
}
