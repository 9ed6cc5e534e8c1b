package dev.rapid4j.samples.webchat.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import dev.rapid4j.samples.webchat.RunningServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes over the wire. */
class OpenAiWireTest extends RunningServer {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(1_500, 8);
    private static final Question QUESTION =
            REGISTER.questions(Kind.ENTRY, 1, 1).get(0);

    @Autowired
    private EmbeddingModel embeddingModel;

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
            "n": 0                                           | n
            "n": 9                                           | n
            "tools": {}                                      | tools
            "tools": [null]                                  | tools[0].type
            "tools": [{"type": "web_search"}]                | tools[0].type
            "tools": [{"type": "function"}]                  | tools[0].function.name
            "tools": [{"type": "function", "function": {"name": "a b"}}] | tools[0].function.name
            "tools": [{"type": "function", "function": {"name": "f", "parameters": []}}] | tools[0].function.parameters
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}] | tools[0].function.parameters
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"oneOf": []}}}] | tools[0].function.parameters.oneOf
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": {"a": 3}}}}] | tools[0].function.parameters.properties
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"required": [1]}}}] | tools[0].function.parameters.required
            "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}] | tools[1].function.name
            "tool_choice": "required"                        | tool_choice
            "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "always" | tool_choice
            "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "function", "function": {"name": "g"}} | tool_choice.function.name
            "functions": [{"name": "f"}]                     | functions
            "response_format": {"type": "xml"}               | response_format.type
            "response_format": {"type": "json_schema"}       | response_format.json_schema.schema
            "response_format": {"type": "json_schema", "json_schema": {"schema": "a"}} | response_format.json_schema.schema
            "top_logprobs": 3                                | top_logprobs
            "parallel_tool_calls": "no"                      | parallel_tool_calls
            "rapid": {"max_thinking_tokens": -1}             | rapid.max_thinking_tokens
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
            "messages": [{"role": "tool", "content": "?"}]   | messages[0].tool_call_id
            "messages": [{"role": "tool", "content": "?", "tool_call_id": "a"}] | messages[0].tool_call_id
            "messages": [{"role": "user", "content": "?", "tool_calls": [{"id": "a"}]}] | messages[0].tool_calls
            "messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}] | messages[0].tool_calls[0]
            "messages": [{"role": "function", "content": "?"}] | messages[0].role
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
    void givesSeveralAnswersOneBehindTheOther() throws Exception {
        JsonNode one = json(send(body("")).body());
        JsonNode three = json(send(body(", \"n\": 3")).body());
        assertThat(three.path("choices")
                        .valueStream()
                        .map(choice -> choice.path("index").intValue()))
                .containsExactly(0, 1, 2);
        assertThat(three.path("choices")
                        .valueStream()
                        .map(choice -> choice.at("/message/content").stringValue()))
                .containsOnly(QUESTION.answer());
        assertThat(three.at("/usage/prompt_tokens")).isEqualTo(one.at("/usage/prompt_tokens"));
        assertThat(three.at("/usage/completion_tokens").intValue())
                .isEqualTo(3 * one.at("/usage/completion_tokens").intValue());

        String hot = ", \"n\": 2, \"temperature\": 2, \"seed\": 7, \"max_tokens\": 20, \"stream\": true";
        String open = "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"Who?\"}]%s}";
        List<JsonNode> chunks = send(open.formatted(engine.modelName(), hot))
                .body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
        assertThat(text(chunks, 0)).isNotEmpty().isNotEqualTo(text(chunks, 1));
        assertThat(chunks.stream()
                        .filter(chunk -> chunk.at("/choices/0/finish_reason").isString()))
                .hasSize(2);
    }

    private static String text(List<JsonNode> chunks, int choice) {
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            if (chunk.at("/choices/0/index").intValue() == choice) {
                text.append(chunk.at("/choices/0/delta/content").asString(""));
            }
        }
        return text.toString();
    }

    @Test
    void completesAPromptAsAnAnswerToIt() throws Exception {
        String prompt = Json.write(REGISTER.text() + "\n\n" + QUESTION.text());
        String body = "{\"model\": \"%s\", \"prompt\": [%s, \"Who?\"], \"max_tokens\": 100%s}";
        HttpResponse<String> whole = post("/v1/completions", body.formatted(engine.modelName(), prompt, ""));
        JsonNode completion = json(whole.body());
        assertThat(completion.path("object").stringValue()).isEqualTo("text_completion");
        assertThat(completion.at("/choices/0/text").stringValue()).isEqualTo(QUESTION.answer());
        assertThat(completion.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
        assertThat(completion.at("/choices/1/index").intValue()).isEqualTo(1);
        assertThat(completion.at("/usage/prompt_tokens").intValue()).isGreaterThan(1_000);

        HttpResponse<String> streamed = post(
                "/v1/completions",
                body.formatted(engine.modelName(), prompt, ", \"stream\": true, \"stop\": \"never\""));
        StringBuilder text = new StringBuilder();
        streamed.body().lines().filter(line -> line.startsWith("data: {")).forEach(line -> {
            JsonNode choice = json(line.substring("data: ".length())).at("/choices/0");
            if (choice.path("index").intValue() == 0) {
                text.append(choice.path("text").stringValue());
            }
        });
        assertThat(text).hasToString(QUESTION.answer());
        assertThat(streamed.body()).endsWith("data: [DONE]\n\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            "prompt": [1, 2, 3]                 | prompt
            "prompt": []                        | prompt
            "prompt": ["a", "b", "c"], "n": 3   | prompt
            "prompt": "a", "suffix": "b"        | suffix
            "prompt": "a", "echo": true         | echo
            "prompt": "a", "logprobs": 5        | logprobs
            "prompt": "a", "best_of": 3         | best_of
            "prompt": "a", "temperature": 7     | temperature
            """)
    void aCompletionThatCannotBeIsToldWhy(String fields, String param) throws Exception {
        assertRefused("/v1/completions", engine.modelName(), fields, param);
    }

    private void assertRefused(String path, String model, String fields, String param) throws Exception {
        HttpResponse<String> response = post(path, "{\"model\": \"%s\", %s}".formatted(model, fields));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response.body()).at("/error/param").stringValue()).isEqualTo(param);
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return http.send(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    @Test
    void aCompletionIsShortUnlessItIsToBeLong() throws Exception {
        HttpResponse<String> response = post(
                "/v1/completions",
                "{\"model\": \"%s\", \"prompt\": %s}"
                        .formatted(engine.modelName(), Json.write(REGISTER.text() + "\n\n" + QUESTION.text())));
        assertThat(json(response.body()).at("/usage/completion_tokens").intValue())
                .isEqualTo(16);
    }

    @Test
    void embedsTexts() throws Exception {
        String body = "{\"model\": \"%s\", \"input\": %s%s}";
        JsonNode numbers = json(post(
                        "/v1/embeddings",
                        body.formatted(embeddingModel.modelName(), "[\"A tower\", \"A light\"]", ", \"user\": \"me\""))
                .body());
        assertThat(numbers.path("object").stringValue()).isEqualTo("list");
        float[] expected = embeddingModel.embed("A light").content().vector();
        JsonNode vector = numbers.at("/data/1/embedding");
        assertThat(vector.size()).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(vector.get(i).floatValue()).isCloseTo(expected[i], within(1e-5f));
        }
        assertThat(numbers.at("/data/1/index").intValue()).isEqualTo(1);
        assertThat(numbers.at("/usage/prompt_tokens").intValue()).isPositive();

        JsonNode base64 = json(post(
                        "/v1/embeddings",
                        body.formatted(
                                embeddingModel.modelName(),
                                "\"A light\"",
                                ", \"encoding_format\": \"base64\", \"input_type\": \"query\", \"dimensions\": "
                                        + expected.length))
                .body());
        FloatBuffer decoded = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(base64.at("/data/0/embedding").stringValue()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        assertThat(decoded.get(0)).isCloseTo(expected[0], within(1e-5f));
        assertThat(decoded.remaining()).isEqualTo(expected.length);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            "input": []                                     | input
            "input": [1, 2]                                 | input
            "input": [["a"]]                                | input
            "input": ["a", " "]                             | input
            "user": "me"                                    | input
            "input": "a", "encoding_format": "int8"         | encoding_format
            "input": "a", "dimensions": 3                   | dimensions
            "input": "a", "input_type": "poem"              | input_type
            """)
    void textsThatCannotBeEmbeddedAreRefused(String fields, String param) throws Exception {
        assertRefused("/v1/embeddings", embeddingModel.modelName(), fields, param);
        String many = "\"input\": [" + "\"a\",".repeat(2_048) + "\"a\"]";
        assertRefused("/v1/embeddings", embeddingModel.modelName(), many, "input");
    }

    @Test
    void ranksDocumentsByAQuery() throws Exception {
        List<String> entries =
                REGISTER.lighthouses().stream().map(Lighthouse::place).toList();
        String body = "{\"model\": \"%s\", \"query\": %s, \"documents\": [%s, {\"text\": %s}, %s]%s}"
                .formatted(
                        embeddingModel.modelName(),
                        Json.write(entries.get(1)),
                        Json.write("something else"),
                        Json.write(entries.get(1)),
                        Json.write(entries.get(2)),
                        "%s");
        JsonNode ranking = json(post("/v1/rerank", body.formatted("")).body());
        assertThat(ranking.path("results").size()).isEqualTo(3);
        assertThat(ranking.at("/results/0/index").intValue()).isEqualTo(1);
        assertThat(ranking.at("/results/0/relevance_score").doubleValue())
                .isGreaterThan(ranking.at("/results/1/relevance_score").doubleValue())
                .isBetween(0.0, 1.0);
        assertThat(ranking.at("/results/0/document").isMissingNode()).isTrue();
        JsonNode best = json(post("/v1/rerank", body.formatted(", \"top_n\": 1, \"return_documents\": true"))
                .body());
        assertThat(best.path("results").size()).isEqualTo(1);
        assertThat(best.at("/results/0/document/text").stringValue()).isEqualTo(entries.get(1));
    }

    @Test
    void ranksByAllThatFindsPassages() throws Exception {
        List<Lighthouse> lighthouses = REGISTER.lighthouses();
        String documents =
                Json.write(lighthouses.stream().map(Lighthouse::entry).toList());
        for (Lighthouse lighthouse : lighthouses) {
            // dense vectors blur names of persons
            JsonNode ranking =
                    json(post("/v1/rerank", """
                    {"model": "%s", "query": "Which light does %s keep?", "documents": %s, "top_n": 1}""".formatted(embeddingModel.modelName(), lighthouse.keeper(), documents))
                            .body());
            assertThat(ranking.at("/results/0/index").intValue()).isEqualTo(lighthouses.indexOf(lighthouse));
            assertThat(ranking.at("/usage/total_tokens").intValue()).isGreaterThan(1_000);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            "documents": ["a"]                              | query
            "query": "a"                                    | documents
            "query": "a", "documents": []                   | documents
            "query": "a", "documents": [null]               | documents
            "query": "a", "documents": [{"title": "b"}]     | documents
            "query": "a", "documents": ["\\u0001\\u0002"]    | documents
            "query": "a", "documents": ["b"], "top_n": 0    | top_n
            """)
    void documentsThatCannotBeRankedAreRefused(String fields, String param) throws Exception {
        assertRefused("/v1/rerank", embeddingModel.modelName(), fields, param);
    }

    @Test
    void eachModelDoesItsOwnWork() throws Exception {
        String name = embeddingModel.modelName();
        assertThat(post("/v1/embeddings", "{\"model\": \"%s\", \"input\": \"a\"}".formatted(engine.modelName()))
                        .body())
                .contains("model_not_found", name);
        assertThat(send("{\"model\": \"%s\", \"messages\": []}".formatted(name)).body())
                .contains("model_not_found", engine.modelName());
    }

    @Test
    void aMisspeltParameterOfRapidsIsToldWhatThereIs() throws Exception {
        assertThat(send(body(", \"rapid\": {\"draftTokens\": 3}")).body())
                .contains(
                        "unknown_parameter",
                        "confidence_threshold, draft_context, draft_tokens, learn_every_token, lookup_drafting, margin, max_thinking_tokens, mode, passages, plausibility, thinking");
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
                arguments("\"tool_choice\": " + "{\"a\":".repeat(1_000) + "0" + "}".repeat(1_000), "500"),
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
    void listsItsModels() throws Exception {
        JsonNode list = json(http.send(request("/v1/models").build(), BodyHandlers.ofString())
                .body());
        assertThat(list.at("/data/0/id").stringValue()).isEqualTo(engine.modelName());
        assertThat(list.at("/data/1/id").stringValue()).isEqualTo(embeddingModel.modelName());
        for (String name : List.of("rapid4j/lighthouse", "rapid4j%2Flighthouse")) {
            HttpResponse<String> model = http.send(request("/v1/models/" + name).build(), BodyHandlers.ofString());
            assertThat(json(model.body())).isEqualTo(list.at("/data/0"));
        }
        HttpResponse<String> other = http.send(request("/v1/models/gpt-4o").build(), BodyHandlers.ofString());
        assertThat(other.statusCode()).isEqualTo(404);
        assertThat(json(other.body()).at("/error/code").stringValue()).isEqualTo("model_not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/embeddings", "/chat/completions", "/images/generations"})
    void whatDoesNotExistIsToldInOpenAisForm(String path) throws Exception {
        HttpResponse<String> response = http.send(request("/v1" + path).build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response.body()).at("/error/type").stringValue()).isEqualTo("invalid_request_error");
    }

    @Test
    void aClientThatGoesAwayWhileItWaitsMakesRoom() throws Exception {
        brake.stop();
        Socket first = post(body(""));
        await().until(() -> engine.status().runningRequests() > 0);
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
