package dev.rapid4j.samples.webchat.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the application, over HTTP as a browser's page would do it. */
final class ChatClient {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String BOUNDARY = "x-boundary-x";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;

    ChatClient(int port) {
        address = "http://127.0.0.1:" + port;
    }

    /** A response, with its body as JSON where it is some. */
    record Reply(int status, JsonNode json, String text, HttpResponse<?> response) {

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }
    }

    record Event(int id, String name, JsonNode data) {}

    Reply get(String path) {
        return send(request(path));
    }

    Reply delete(String path) {
        return send(request(path).DELETE());
    }

    Reply post(String path, Map<String, ?> body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    Reply upload(String conversation, String fileName, byte[] content) {
        return upload(conversation, fileName, body -> BodyPublishers.ofByteArray(readAll(body)), content);
    }

    /** Without a length, in chunks. */
    Reply uploadStreamed(String conversation, String fileName, byte[] content) {
        return upload(conversation, fileName, body -> BodyPublishers.ofInputStream(() -> body), content);
    }

    private interface Publishing {

        BodyPublisher of(InputStream body);
    }

    private Reply upload(String conversation, String fileName, Publishing publishing, byte[] content) {
        String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                + fileName.replace("\"", "%22") + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        InputStream body = new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream(head.getBytes(UTF_8)),
                new ByteArrayInputStream(content),
                new ByteArrayInputStream(("\r\n--" + BOUNDARY + "--\r\n").getBytes(UTF_8)))));
        return send(request(conversation + "/documents")
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(publishing.of(body)));
    }

    private static byte[] readAll(InputStream input) {
        try {
            return input.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + path));
    }

    Reply send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(UTF_8));
            String type = response.headers().firstValue("Content-Type").orElse("");
            JsonNode json = type.contains("json") ? JSON.readTree(response.body()) : null;
            return new Reply(response.statusCode(), json, response.body(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Path of a new conversation. */
    String conversation() {
        return "/api/conversations/"
                + post("/api/conversations", Map.of()).json().get("id").asString();
    }

    /** Path of a new conversation about the sample. */
    String conversationAboutSample() {
        String conversation = conversation();
        post(conversation + "/documents/sample", Map.of());
        return conversation;
    }

    /** Paths of the answers. */
    List<String> ask(String conversation, Map<String, ?> question) {
        List<String> answers = new ArrayList<>();
        post(conversation + "/questions", question)
                .json()
                .get("answers")
                .forEach(
                        answer -> answers.add("/api/answers/" + answer.get("id").asString()));
        return answers;
    }

    /** All events behind one, to the end. */
    List<Event> events(String answer, int after) {
        return events(request(answer + "/events").header("Last-Event-ID", String.valueOf(after)), event -> false);
    }

    List<Event> events(String answer) {
        return events(answer, 0);
    }

    /** Events up to the first that is wanted; then hangs up. */
    List<Event> eventsUntil(String answer, Predicate<Event> wanted) {
        return events(request(answer + "/events"), wanted);
    }

    private List<Event> events(HttpRequest.Builder request, Predicate<Event> last) {
        List<Event> events = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                http.send(request.build(), BodyHandlers.ofInputStream()).body(), UTF_8))) {
            int id = 0;
            String name = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    id = Integer.parseInt(line.substring(3));
                } else if (line.startsWith("event:")) {
                    name = line.substring(6);
                } else if (line.startsWith("data:")) {
                    Event event = new Event(id, name, JSON.readTree(line.substring(5)));
                    events.add(event);
                    if (last.test(event)) {
                        break;
                    }
                }
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
