package dev.rapid4j.samples.webchat.web;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import dev.rapid4j.samples.webchat.web.ChatClient.Event;
import dev.rapid4j.samples.webchat.web.ChatClient.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.JsonNode;

/** The application with the bundled model, over HTTP. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "langchain4j.rapid.max-parallel-requests=1",
            "langchain4j.rapid.max-queued-requests=2",
            // answers are the same every time
            "langchain4j.rapid.streaming-chat-model.temperature=0",
            "web-chat.max-documents=3"
        })
@Timeout(180)
class WebChatTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(3_000, 7);
    private static final byte[] TEXT = REGISTER.text().getBytes(UTF_8);
    private static final byte[] PDF = pdf();
    private static final Question ENTRY = REGISTER.questions(Kind.ENTRY, 1, 1).get(0);
    private static final Question FACT = REGISTER.questions(Kind.FACT, 1, 1).get(0);

    @LocalServerPort
    private int port;

    @Autowired
    private MovableClock clock;

    private ChatClient client;

    static final class MovableClock extends Clock {

        private volatile Duration passed = Duration.ZERO;

        void pass(Duration time) {
            passed = passed.plus(time);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(passed);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @TestConfiguration
    static class Time {

        @Bean
        @Primary
        MovableClock movableClock() {
            return new MovableClock();
        }
    }

    private static byte[] pdf() {
        try {
            return Files.readAllBytes(Path.of("../reading/src/test/resources/dev/rapid4j/samples/reading/pages.pdf"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void awaitModel() {
        client = new ChatClient(port);
        await().until(() ->
                client.get("/api/status").json().get("state").asString().equals("ready"));
    }

    @Test
    void theStatusTellsWhatTheModelsAreKeptIn() {
        JsonNode status = client.get("/api/status").json();
        assertThat(status.get("target").get("weights").asString()).isIn("float32", "bfloat16");
        assertThat(status.get("target").get("cache").asString()).isIn("float32", "bfloat16");
        assertThat(status.get("loading").isNull()).isTrue();
        assertThat(status.get("defaults").get("mode").asString()).isEqualTo("RAPID");
    }

    private static Stream<JsonNode> pieces(List<Event> events) {
        return events.stream()
                .filter(event -> event.name().equals("text"))
                .flatMap(
                        event -> StreamSupport.stream(event.data().get("pieces").spliterator(), false));
    }

    private static String text(List<Event> events) {
        return pieces(events).map(piece -> piece.get("text").asString()).collect(joining());
    }

    private static Event last(List<Event> events) {
        return events.get(events.size() - 1);
    }

    private static boolean isFirst(List<Event> events, String earlier, String later) {
        List<String> names = events.stream().map(Event::name).toList();
        return names.contains(earlier) && names.indexOf(earlier) < names.indexOf(later);
    }

    private String state(String conversation) {
        return client.get(conversation).json().at("/turns/0/answers/0/state").asString();
    }

    @Test
    void aConversationIsAnsweredFromItsDocumentAndReadsItOnce() {
        String conversation = client.conversation();
        JsonNode document = client.upload(conversation, "register.txt", TEXT).json();
        List<Event> events = client.events(
                client.ask(conversation, Map.of("question", ENTRY.text())).get(0));

        assertThat(text(events)).isEqualTo(ENTRY.answer());
        assertThat(events.get(0).name()).isEqualTo("started");
        assertThat(isFirst(events, "indexing", "passages")).isTrue();
        assertThat(isFirst(events, "passages", "prefill")).isTrue();
        assertThat(isFirst(events, "prefill", "text")).isTrue();
        assertThat(isFirst(events, "progress", "done")).isTrue();
        assertThat(pieces(events))
                .anyMatch(piece -> piece.get("source").asString().equals("DRAFTER"));
        assertThat(events.stream().map(Event::id))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, events.size()).boxed().toList());

        JsonNode passage = events.stream()
                .filter(event -> event.name().equals("passages"))
                .findFirst()
                .orElseThrow()
                .data()
                .at("/passages/0");
        assertThat(passage.get("document")).isEqualTo(document.get("id"));
        String shown = client.get("%s/documents/%s/text?start=%s&end=%s"
                        .formatted(
                                conversation,
                                passage.get("document").asString(),
                                passage.get("start"),
                                passage.get("end")))
                .text();
        assertThat(shown)
                .isEqualTo(REGISTER.text()
                        .substring(
                                passage.get("start").asInt(), passage.get("end").asInt()));

        JsonNode done = last(events).data();
        assertThat(done.get("mode").asString()).isEqualTo("RAPID");
        assertThat(done.get("cachedTokens").asInt())
                .isLessThan(document.get("tokens").asInt());
        List<Event> followUp = client.events(
                client.ask(conversation, Map.of("question", FACT.text())).get(0));
        assertThat(text(followUp)).isEqualTo(FACT.answer());
        assertThat(last(followUp).data().get("cachedTokens").asInt())
                .isGreaterThan(document.get("tokens").asInt());
        assertThat(last(followUp).data().get("timeToFirstToken").asDouble())
                .isLessThan(done.get("timeToFirstToken").asDouble());

        JsonNode restored = client.get(conversation).json();
        assertThat(restored.at("/documents/0")).isEqualTo(document);
        assertThat(restored.at("/turns/0/question").asString()).isEqualTo(ENTRY.text());
        JsonNode answer = restored.at("/turns/0/answers/0");
        List<String> pieces = new ArrayList<>();
        answer.get("pieces").forEach(piece -> pieces.add(piece.get("text").asString()));
        assertThat(String.join("", pieces)).isEqualTo(ENTRY.answer());
        assertThat(answer.get("state").asString()).isEqualTo("done");
        assertThat(answer.get("result")).isEqualTo(done);
        assertThat(answer.get("lastEventId").asInt()).isEqualTo(events.size());
    }

    @Test
    void aStreamIsResumedFromWithinWhatThereIs() {
        String answer = client.ask(client.conversation(), Map.of("question", "What is a lighthouse?"))
                .get(0);
        List<Event> all = client.events(answer);
        Event last = all.get(all.size() - 1);
        assertThat(client.events(answer, -5)).isEqualTo(all);
        assertThat(client.events(answer, last.id())).containsExactly(last);
        assertThat(client.events(answer, Integer.MAX_VALUE)).containsExactly(last);
    }

    @Test
    void aStreamIsResumedBehindTheLastEventThatCame() {
        String conversation = client.conversation();
        client.upload(conversation, "register.txt", TEXT);
        String answer =
                client.ask(conversation, Map.of("question", ENTRY.text())).get(0);
        List<Event> before = client.eventsUntil(answer, event -> event.name().equals("text"));
        List<Event> after = client.events(answer, last(before).id());
        List<Event> both = new ArrayList<>(before);
        both.addAll(after);
        assertThat(client.events(answer)).isEqualTo(both);
        assertThat(text(both)).isEqualTo(ENTRY.answer());
        int last = last(both).id();
        assertThat(client.events(answer, last - 1)).containsExactly(last(both));
    }

    @Test
    void comparedAnswersHaveTheSameSeedAndTheFirstBecomesHistory() {
        String conversation = client.conversation();
        client.upload(conversation, "register.txt", TEXT);
        List<String> answers = client.ask(conversation, Map.of("question", ENTRY.text(), "compare", true));
        assertThat(answers).hasSize(2);
        CompletableFuture<List<Event>> other = CompletableFuture.supplyAsync(() -> client.events(answers.get(1)));
        JsonNode rapid = last(client.events(answers.get(0))).data();
        JsonNode longContext = last(other.join()).data();
        assertThat(rapid.get("mode").asString()).isEqualTo("RAPID");
        assertThat(longContext.get("mode").asString()).isEqualTo("LONG_CONTEXT");
        assertThat(longContext.get("seed")).isEqualTo(rapid.get("seed"));
        assertThat(isFirst(other.join(), "queued", "started")).isTrue();
        assertThat(client.get(conversation).json().at("/turns/0/answers")).hasSize(2);
    }

    @Test
    void anAnswerIsStoppedWhileItsPromptIsRead() {
        String conversation = client.conversation();
        client.upload(conversation, "long.txt", register(100).getBytes(UTF_8));
        String answer = client.ask(conversation, Map.of("question", "Who?", "mode", "LONG_CONTEXT"))
                .get(0);
        client.eventsUntil(answer, event -> event.name().equals("prefill"));

        Reply second = client.post(conversation + "/questions", Map.of("question", "And now?"));
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.json().get("detail").asString()).contains("stop it");

        assertThat(client.delete(answer).status()).isEqualTo(204);
        assertThat(last(client.events(answer)).name()).isEqualTo("stopped");
        assertThat(client.events(answer)).noneMatch(event -> event.name().equals("text"));
        assertThat(state(conversation)).isEqualTo("stopped");
        // the document comes with the next question
        List<Event> next = client.events(
                client.ask(conversation, Map.of("question", "Who?")).get(0));
        assertThat(last(next).data().get("promptTokens").asInt()).isGreaterThan(5_000);
    }

    private static String register(int seed) {
        return LighthouseRegister.ofTokens(12_000, seed).text();
    }

    @Test
    void everybodyWaitsInTurnAndWhoFindsNoRoomIsToldSo() {
        List<String> conversations = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (int user = 0; user < 3; user++) {
            String conversation = client.conversation();
            client.upload(conversation, "long.txt", register(200 + user).getBytes(UTF_8));
            conversations.add(conversation);
        }
        String late = client.conversation();
        client.upload(late, "short.txt", TEXT);
        for (String conversation : conversations) {
            answers.add(
                    client.ask(conversation, Map.of("question", ENTRY.text())).get(0));
        }
        Reply refused = client.post(late + "/questions", Map.of("question", ENTRY.text()));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotNull();
        assertThat(client.get(late).json().get("turns")).isEmpty();

        List<Event> third =
                client.eventsUntil(answers.get(2), event -> event.name().equals("queued"));
        assertThat(last(third).data().get("ahead").asInt()).isEqualTo(2);
        client.delete(answers.get(0));
        assertThat(client.eventsUntil(answers.get(1), event -> event.name().equals("started")))
                .isNotEmpty();
        client.delete(answers.get(1));
        client.delete(answers.get(2));
        assertThat(text(client.events(
                        client.ask(late, Map.of("question", ENTRY.text())).get(0))))
                .isEqualTo(ENTRY.answer());
    }

    @Test
    void whoHasGoneIsNotAnsweredForAndOthersAre() {
        String running = client.conversation();
        client.upload(running, "long.txt", register(300).getBytes(UTF_8));
        String waiting = client.conversation();
        client.upload(waiting, "short.txt", TEXT);
        String answer = client.ask(running, Map.of("question", ENTRY.text(), "mode", "LONG_CONTEXT"))
                .get(0);
        client.ask(waiting, Map.of("question", ENTRY.text()));
        CompletableFuture<Void> listening = new CompletableFuture<>();
        CompletableFuture<List<Event>> listener =
                CompletableFuture.supplyAsync(() -> client.eventsUntil(answer, event -> {
                    listening.complete(null);
                    return false;
                }));
        listening.join();
        clock.pass(Duration.ofSeconds(20));
        await().until(() -> state(waiting).equals("stopped"));
        assertThat(last(listener.join()).name()).isEqualTo("done");
    }

    @Test
    void aConnectionThatBreaksIsNoticed() {
        String conversation = client.conversation();
        // reading it has to take longer than noticing
        String register = LighthouseRegister.ofTokens(56_000, 400).text();
        client.upload(conversation, "long.txt", register.getBytes(UTF_8));
        String answer = client.ask(conversation, Map.of("question", ENTRY.text(), "mode", "LONG_CONTEXT"))
                .get(0);
        client.eventsUntil(answer, event -> event.name().equals("prefill"));
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            clock.pass(Duration.ofSeconds(5));
            assertThat(state(conversation)).isEqualTo("stopped");
        });
    }

    @Test
    void conversationsThatNobodyUsesAreForgotten() {
        String conversation = client.conversation();
        assertThat(client.get(conversation).status()).isEqualTo(200);
        clock.pass(Duration.ofMinutes(31));
        assertThat(client.get(conversation).status()).isEqualTo(404);
        assertThat(client.get(conversation).json().get("detail").asString()).contains("30 minutes");
        assertThat(client.delete(conversation).status()).isEqualTo(204);
        assertThat(client.get("/api/answers/none/events").status()).isEqualTo(404);
    }

    @Test
    void documentsOfAllKindsAreTaken() {
        String conversation = client.conversation();
        String script = "# <script>alert('Ö')</script>\n\n" + REGISTER.text();
        JsonNode markdown = client.upload(conversation, "../<img src=x onerror=alert(1)>.md", script.getBytes(UTF_16))
                .json();
        assertThat(markdown.get("name").asString()).isEqualTo("<img src=x onerror=alert(1)>.md");
        assertThat(markdown.get("characters").asInt()).isEqualTo(script.length());
        Reply text = client.get(
                conversation + "/documents/" + markdown.get("id").asString() + "/text?end=" + script.length());
        assertThat(text.text()).isEqualTo(script);
        assertThat(text.header("Content-Type")).isEqualTo("text/plain;charset=UTF-8");
        assertThat(text.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(text.header("Cache-Control")).isEqualTo("no-store");

        JsonNode pdf = client.upload(conversation, "a.bin", PDF).json();
        assertThat(client.get(conversation + "/documents/" + pdf.get("id").asString() + "/text")
                        .text())
                .startsWith("Page 1 line 0:");
        assertThat(client.post(conversation + "/documents/sample", Map.of()).status())
                .isEqualTo(201);
        Reply fourth = client.upload(conversation, "a.txt", TEXT);
        assertThat(fourth.status()).isEqualTo(429);
        assertThat(client.delete(conversation + "/documents/"
                                + markdown.get("id").asString())
                        .status())
                .isEqualTo(204);
        assertThat(client.get(conversation).json().get("documents")).hasSize(2);
    }

    @Test
    void documentsThatCannotBeReadAreRefusedWithWhatToDo() {
        String conversation = client.conversation();
        assertThat(client.upload(conversation, "a.txt", new byte[0]).status()).isEqualTo(422);
        Reply cut = client.upload(conversation, "a.pdf", Arrays.copyOf(PDF, PDF.length / 2));
        assertThat(cut.status()).isEqualTo(422);
        assertThat(cut.json().get("detail").asString()).contains("cut short");
        Reply zip = client.upload(conversation, "a.txt", "PK\3\4 and so on".getBytes(UTF_8));
        assertThat(zip.status()).isEqualTo(415);
        assertThat(zip.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(client.get(conversation).json().get("documents")).isEmpty();
    }

    @Test
    void aBrokenUploadIsTheClientsFault() {
        Reply reply = client.send(client.request(client.conversation() + "/documents")
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(BodyPublishers.ofString("--x\r\nbroken")));
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().get("detail").asString()).contains("Send it again");
    }

    @Test
    void whatIsTooLargeIsRefusedWithOrWithoutALength() {
        String conversation = client.conversation();
        byte[] large = new byte[50_000_001];
        Arrays.fill(large, (byte) 'a');
        assertThat(client.upload(conversation, "a.txt", large)
                        .json()
                        .get("detail")
                        .asString())
                .contains("50 MB");
        assertThat(client.uploadStreamed(conversation, "a.txt", large).status()).isEqualTo(413);
        Reply tokens =
                client.upload(conversation, "a.txt", "word ".repeat(1_000_000).getBytes(UTF_8));
        assertThat(tokens.status()).isEqualTo(413);
        assertThat(tokens.json().get("detail").asString()).contains("tokens");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"question":" "}                              | question
            {"question":"Who?","margin":101}              | margin
            {"question":"Who?","draftTokens":-1}          | draftTokens
            {"question":"Who?","temperature":-1}          | temperature
            {"question":"Who?","maxOutputTokens":1000000} | maxOutputTokens
            {"question":"Who?","mode":"NONE"}             | mode
            {"question":"Who?","mode":0}                  | mode
            {"question":"Who?","margn":3}                 | margn
            {"question":"Who?","draftTokens":2.5}         | draftTokens
            {"question":"Who?","temperature":"0.5"}       | temperature
            {"question":"Who?","temperature":1e400}       | temperature
            {"question":"Who?","seed":99999999999}        | seed
            {"question":["Who?"]}                         | question
            {"question":                                  | JSON
            """)
    void badQuestionsAreRefusedByTheNameOfWhatIsBad(String body, String hint) {
        Reply reply = client.send(client.request(client.conversation() + "/questions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().get("detail").asString()).contains(hint);
    }

    @Test
    void actuatorShowsHealthAndMetricsOnly() {
        assertThat(client.get("/actuator/health").status()).isEqualTo(200);
        assertThat(client.get("/actuator/metrics").status()).isEqualTo(200);
        assertThat(client.get("/actuator/env").status()).isEqualTo(404);
    }
}
