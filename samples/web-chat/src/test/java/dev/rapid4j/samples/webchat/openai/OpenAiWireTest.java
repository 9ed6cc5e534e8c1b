package dev.rapid4j.samples.webchat.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import dev.rapid4j.samples.webchat.RunningServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes over the wire. */
class OpenAiWireTest extends RunningServer {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(1_500, 8);
    private static final Question QUESTION =
            REGISTER.questions(Kind.ENTRY, 1, 1).get(0);

    private String body(String more) {
        return """
                {"model": "%s", "messages": [{"role": "user", "content": [
                  {"type": "text", "text": %s}, {"type": "text", "text": "%s"}]}]%s}""".formatted(engine.modelName(), Json.write(REGISTER.text()), QUESTION.text(), more);
    }

    private HttpResponse<String> send(String body) throws Exception {
        return http.send(completion(body), BodyHandlers.ofString());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void chunksAreThoseOfOpenAi() throws Exception {
        HttpResponse<String> response = send(body(", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        List<String> events = response.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
        assertThat(events).last().isEqualTo("[DONE]");
        List<JsonNode> chunks = events.subList(0, events.size() - 1).stream()
                .map(OpenAiWireTest::json)
                .toList();
        assertThat(chunks)
                .allSatisfy(
                        chunk -> assertThat(chunk.path("object").stringValue()).isEqualTo("chat.completion.chunk"));
        assertThat(chunks.stream().map(chunk -> chunk.path("id").stringValue()).distinct())
                .hasSize(1);
        assertThat(chunks.get(0).at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
        assertThat(chunks.get(0).at("/choices/0/finish_reason").isNull()).isTrue();
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asString("")));
        assertThat(text).hasToString(QUESTION.answer());
        JsonNode finish = chunks.get(chunks.size() - 2);
        assertThat(finish.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
        assertThat(finish.at("/rapid/mode").stringValue()).isEqualTo("RAPID");
        assertThat(finish.at("/rapid/passages").size()).isPositive();
        JsonNode usage = chunks.get(chunks.size() - 1);
        assertThat(usage.path("choices").isEmpty()).isTrue();
        int accepted = usage.at("/usage/completion_tokens_details/accepted_prediction_tokens")
                .intValue();
        assertThat(accepted)
                .isPositive()
                .isLessThanOrEqualTo(usage.at("/usage/completion_tokens").intValue());
    }

    @Test
    void aSecondQuestionFindsItsTextRead() throws Exception {
        send(body(""));
        JsonNode usage = json(send(body("")).body()).path("usage");
        assertThat(usage.at("/prompt_tokens_details/cached_tokens").intValue())
                .isGreaterThan(1_000)
                .isLessThanOrEqualTo(usage.path("prompt_tokens").intValue());
    }

    @Test
    void ignoresWhatDoesNoHarm() throws Exception {
        HttpResponse<String> response =
                send(body(", \"user\": \"me\", \"store\": true, \"metadata\": {\"a\": \"b\"}, \"n\": 1,"
                        + " \"tools\": [], \"response_format\": {\"type\": \"text\"}, \"modalities\": [\"text\"], \"logprobs\": false,"
                        + " \"stop\": null, \"stream\": null, \"brand_new\": [1], \"max_tokens\": 3"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(json(response.body()).at("/choices/0/finish_reason").stringValue())
                .isEqualTo("length");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            "n": 2                                           | n
            "tools": [{"type": "function"}]                  | tools
            "tool_choice": "required"                        | tool_choice
            "functions": [{"name": "f"}]                     | functions
            "response_format": {"type": "json_object"}       | response_format
            "modalities": ["text", "audio"]                  | modalities
            "audio": {"voice": "alloy"}                      | audio
            "logprobs": true                                 | logprobs
            "logit_bias": {"50256": -100}                    | logit_bias
            "rapid": {"mode": "FASTEST"}                     | rapid.mode
            "rapid": {"mode": 0}                             | rapid.mode
            "rapid": {"margn": 3}                            | rapid.margn
            "rapid": {"margin": 101}                         | rapid.margin
            "rapid": {"draft_tokens": 2.5}                   | rapid.draft_tokens
            "rapid": []                                      | rapid
            "temperature": "hot"                             | temperature
            "temperature": "0.5"                             | temperature
            "temperature": 1e400                             | temperature
            "top_p": -1                                      | top_p
            "max_tokens": 0                                  | max_tokens
            "max_completion_tokens": 99999999999             | max_completion_tokens
            "seed": 18446744073709551616                     | seed
            "seed": 1e400                                    | seed
            "seed": 1.5                                      | seed
            "stream": "true"                                 | stream
            "stop": ""                                       | stop
            "stop": ["a", 1]                                 | stop[1]
            "stop": [["a"]]                                  | stop[0]
            "modalities": [null]                             | modalities
            "messages": {}                                   | messages
            "messages": [[]]                                 | messages[0]
            "messages": [{"role": 1, "content": "Who?"}]     | messages[0].role
            "messages": []                                   | messages
            "messages": [{"content": "Who?"}]                | messages[0].role
            "messages": [{"role": "wizard", "content": "?"}] | messages[0].role
            "messages": [{"role": "tool", "content": "?"}]   | messages[0].role
            "messages": [{"role": "user"}]                   | messages[0].content
            "messages": [{"role": "user", "content": [{"type": "input_audio"}]}] | messages[0].content[0].type
            """)
    void namesTheFieldThatCannotBe(String field, String param) throws Exception {
        HttpResponse<String> response = send("""
                {"model": "%s", "messages": [{"role": "user", "content": "Who?"}], %s}""".formatted(engine.modelName(), field));
        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = json(response.body()).path("error");
        assertThat(error.path("type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).isNotBlank();
    }

    @Test
    void aMisspeltParameterOfRapidsIsToldWhatThereIs() throws Exception {
        assertThat(send(body(", \"rapid\": {\"draftTokens\": 3}")).body())
                .contains(
                        "unknown_parameter",
                        "confidence_threshold, draft_context, draft_tokens, learn_every_token, lookup_drafting, margin, mode, passages, plausibility");
        assertThat(send(body(", \"rapid\": {\"%s\": 3}".formatted("x".repeat(40_000))))
                        .body())
                .hasSizeLessThan(1_000);
    }

    @Test
    void aSeedIsToldItsRange() throws Exception {
        assertThat(send(body(", \"seed\": 9223372036854775808")).body())
                .contains("-9223372036854775808 to 9223372036854775807");
        assertThat(send(body(", \"max_tokens\": 1, \"seed\": 9223372036854775807"))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource
    void jsonBeyondWhatIsReadIsToldTheLimit(String field, String limit) throws Exception {
        HttpResponse<String> response = send(body(", " + field));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response.body()).at("/error/type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(json(response.body()).at("/error/message").stringValue())
                .contains(limit)
                .doesNotContain("`");
    }

    static Stream<Arguments> jsonBeyondWhatIsReadIsToldTheLimit() {
        return Stream.of(
                arguments("\"brand_new\": " + "[".repeat(1_000) + "]".repeat(1_000), "500"),
                arguments("\"tools\": " + "{\"a\":".repeat(1_000) + "0" + "}".repeat(1_000), "500"),
                arguments("\"seed\": " + "9".repeat(1_001), "1000"),
                arguments("\"temperature\": 0." + "9".repeat(1_001), "1000"),
                arguments("\"" + "n".repeat(50_001) + "\": 1", "50000"),
                arguments("\"rapid\": {\"" + "n".repeat(50_001) + "\": 1}", "50000"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "3", "{\"model\": ", "{\"confidential\" \"text\"}", "{} {}"})
    void aBodyThatIsNoRequestIsNotRepeated(String body) throws Exception {
        HttpResponse<String> response = send(body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response.body()).at("/error/type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(response.body()).doesNotContain("confidential");
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() throws Exception {
        HttpResponse<String> response = send(" ".repeat((1 << 20) + 1));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(json(response.body()).at("/error/code").stringValue()).isEqualTo("request_too_large");
    }

    @Test
    void listsItsOneModel() throws Exception {
        JsonNode list = json(http.send(request("/v1/models").build(), BodyHandlers.ofString())
                .body());
        assertThat(list.at("/data/0/id").stringValue()).isEqualTo(engine.modelName());
        for (String name : List.of("rapid4j/lighthouse", "rapid4j%2Flighthouse")) {
            HttpResponse<String> model = http.send(request("/v1/models/" + name).build(), BodyHandlers.ofString());
            assertThat(json(model.body())).isEqualTo(list.at("/data/0"));
        }
        HttpResponse<String> other = http.send(request("/v1/models/gpt-4o").build(), BodyHandlers.ofString());
        assertThat(other.statusCode()).isEqualTo(404);
        assertThat(json(other.body()).at("/error/code").stringValue()).isEqualTo("model_not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/embeddings", "/chat/completions"})
    void whatDoesNotExistIsToldInOpenAisForm(String path) throws Exception {
        HttpResponse<String> response = http.send(request("/v1" + path).build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response.body()).at("/error/type").stringValue()).isEqualTo("invalid_request_error");
    }

    @Test
    void aClientThatGoesAwayWhileItWaitsMakesRoom() throws Exception {
        brake.stop();
        Socket first = post(body(""));
        await().until(() -> engine.status().running());
        Socket second = post(body(", \"stream\": true"));
        await().until(() -> engine.status().waitingRequests() == 1);
        second.close();
        await().atMost(Duration.ofSeconds(5)).until(() -> engine.status().waitingRequests() == 0);
        first.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatGoesAwayInTheMiddleEndsItsAnswer(boolean stream) throws Exception {
        JsonNode whole = json(send(body("")).body());
        brake.slowDown();
        Socket client = post(body(", \"stream\": %s, \"rapid\": {\"mode\": \"LONG_CONTEXT\"}".formatted(stream)));
        assertThat(client.getInputStream().read()).isEqualTo('H');
        client.close();
        awaitIdle(Duration.ofSeconds(10));
        assertThat(brake.emittedTokens())
                .isPositive()
                .isLessThan(whole.at("/usage/completion_tokens").intValue() - 10);
    }

    private Socket post(String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                + "\r\nContent-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n";
        Socket client = new Socket("localhost", port());
        OutputStream out = client.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(content);
        return client;
    }
}
