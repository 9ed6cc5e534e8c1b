package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event.Part;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Stage;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Writes an answer to a client. Its methods throw an {@link IOException} if the client has gone away. */
sealed interface CompletionWriter {

    /** How often a client that hears nothing is written to: nothing else tells whether it is still there. */
    Duration KEEP_ALIVE = Duration.ofSeconds(1);

    /** An answer goes on. */
    void part(int choice, Part part) throws IOException;

    /** There is nothing new. */
    void keepAlive(Stage stage) throws IOException;

    /** An answer is whole. */
    void finish(int choice, ChatResponse response) throws IOException;

    /** All are. */
    void complete(List<ChatResponse> choices) throws IOException;

    /** @throws OpenAiException the failure itself, if the writer has no way to tell it */
    void failed(OpenAiException failure) throws IOException;

    /** Writes answers as server-sent events, a chunk each. */
    final class Streamed implements CompletionWriter {

        private final HttpServletResponse response;
        private final CompletionFormat format;
        private final boolean includeUsage;
        private int begun;

        Streamed(HttpServletResponse response, CompletionFormat format, boolean includeUsage) {
            this.response = response;
            this.format = format;
            this.includeUsage = includeUsage;
        }

        @Override
        public void part(int choice, Part part) throws IOException {
            begin(choice);
            sendIfThere(format.part(choice, part));
        }

        /** What is refused while it is checked is refused by its status, however long that takes. */
        @Override
        public void keepAlive(Stage stage) throws IOException {
            if (stage != Stage.CHECKED || response.isCommitted()) {
                begin(Math.max(0, begun - 1));
                write(": \n\n");
            }
        }

        @Override
        public void finish(int choice, ChatResponse completed) throws IOException {
            begin(choice);
            send(format.finish(choice, completed));
        }

        @Override
        public void complete(List<ChatResponse> choices) throws IOException {
            if (includeUsage) {
                send(format.usage(choices));
            }
            write("data: [DONE]\n\n");
        }

        @Override
        public void failed(OpenAiException failure) throws IOException {
            if (!response.isCommitted()) {
                throw failure;
            }
            write("event: error\n");
            send(failure.error().body());
        }

        private void begin(int choice) throws IOException {
            if (!response.isCommitted()) {
                response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
                response.setHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
            }
            if (choice >= begun) {
                begun = choice + 1;
                sendIfThere(format.begin(choice));
            }
        }

        private void sendIfThere(Optional<Object> data) throws IOException {
            if (data.isPresent()) {
                send(data.get());
            }
        }

        private void send(Object data) throws IOException {
            write("data: " + Json.write(data) + "\n\n");
        }

        private void write(String text) throws IOException {
            response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            response.flushBuffer();
        }
    }

    /** Writes answers in one piece. */
    final class Whole implements CompletionWriter {

        private final HttpServletResponse response;
        private final CompletionFormat format;
        private long lastWritten = System.nanoTime();

        Whole(HttpServletResponse response, CompletionFormat format) {
            this.response = response;
            this.format = format;
        }

        @Override
        public void part(int choice, Part part) throws IOException {
            if (System.nanoTime() - lastWritten >= KEEP_ALIVE.toNanos()) {
                keepAlive(Stage.ACCEPTED);
            }
        }

        @Override
        public void finish(int choice, ChatResponse completed) {}

        /** JSON may begin with white space. Before it is clear that the status is 200, nothing can be written. */
        @Override
        public void keepAlive(Stage stage) throws IOException {
            if (stage == Stage.ACCEPTED) {
                write("\n");
                response.flushBuffer();
                lastWritten = System.nanoTime();
            }
        }

        @Override
        public void complete(List<ChatResponse> choices) throws IOException {
            write(Json.write(format.whole(choices)));
        }

        /**
         * Where white space was written already, this ends in a broken connection, which no client takes for an answer.
         */
        @Override
        public void failed(OpenAiException failure) {
            throw failure;
        }

        private void write(String json) throws IOException {
            response.setContentType(MediaType.APPLICATION_JSON_VALUE);
            OutputStream out = response.getOutputStream();
            out.write(json.getBytes(StandardCharsets.UTF_8));
        }
    }
}
