package dev.rapid4j.samples.webchat.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.samples.webchat.RunningServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Import;

/**
 * OpenAI's Python client against the running server. The Python that {@code RAPID_OPENAI_PYTHON} names must have it;
 * {@code .ci/with-openai ./mvnw -pl samples/web-chat -am test -Dtest=OpenAiPythonTest
 * -Dsurefire.failIfNoSpecifiedTests=false} brings it along.
 */
@Import(ScriptedAnswers.class)
@Timeout(120)
class OpenAiPythonTest extends RunningServer {

    private static final String PYTHON = System.getenv("RAPID_OPENAI_PYTHON");

    @Autowired
    private ScriptedAnswers scripted;

    @Autowired
    private EmbeddingModel embeddingModel;

    @Test
    void findsWhatItExpects() throws Exception {
        assumeTrue(
                PYTHON != null,
                "no Python with OpenAI's client: run the build by .ci/with-openai, which sets RAPID_OPENAI_PYTHON");
        AiMessage calling = AiMessage.from(ToolExecutionRequest.builder()
                .id("call_1")
                .name("exchange_rate")
                .arguments("{\"currency\": \"EUR\"}")
                .build());
        scripted.answers.addAll(List.of(
                calling,
                AiMessage.from("It is worth 1.08."),
                calling,
                AiMessage.from("{\"name\": \"Ada\"}"),
                AiMessage.builder().thinking("Or two?").text("One.").build(),
                AiMessage.from("Two."),
                AiMessage.from("there was a lighthouse.")));
        Process client = new ProcessBuilder(
                        PYTHON,
                        "src/test/python/openai_client.py",
                        address("/v1"),
                        KEY,
                        engine.modelName(),
                        embeddingModel.modelName())
                .redirectErrorStream(true)
                .start();
        String output = new String(client.getInputStream().readAllBytes(), UTF_8);
        assertThat(output).isEqualToIgnoringNewLines("all as expected");
        assertThat(client.waitFor()).isZero();
    }
}
