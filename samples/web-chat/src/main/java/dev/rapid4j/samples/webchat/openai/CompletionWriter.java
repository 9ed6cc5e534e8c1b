package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.response.ChatResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Writes an answer to a client. Its methods throw an {@link IOException} if the client has gone away. */
sealed interface CompletionWriter {

    /** How often a client that hears nothing is written to: nothing else tells whether it is still there. */
    Duration KEEP_ALIVE = Duration.ofSeconds(1);

    /** The answer goes on. */
    void text(String text) throws IOException;

    /**
     * There is nothing new.
     *
     * @param accepted whether the request can be answered, as far as can be foreseen
     */
    void keepAlive(boolean accepted) throws IOException;

    void complete(ChatResponse response) throws IOException;

    /** @throws OpenAiException the failure itself, if the writer has no way to tell it */
    void failed(OpenAiException failure) throws IOException;

    /** Writes an answer as server-sent events, a chunk each. */
    record Streamed(HttpServletResponse response, ChatCompletion.Head head, boolean includeUsage)
            implements CompletionWriter {

        @Override
        public void text(String text) throws IOException {
            begin();
            send(head.text(text));
        }

        @Override
        public void keepAlive(boolean accepted) throws IOException {
            begin();
            write(": \n\n");
        }

        @Override
        public void complete(ChatResponse completed) throws IOException {
            begin();
            send(head.finish(completed));
            if (includeUsage) {
                send(head.usage(completed));
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

        private void begin() throws IOException {
            if (!response.isCommitted()) {
                response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
                response.setHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
                send(head.role());
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

    /** Writes an answer in one piece. */
    final class Whole implements CompletionWriter {

        private final HttpServletResponse response;
        private final ChatCompletion.Head head;
        private long lastWritten = System.nanoTime();

        Whole(HttpServletResponse response, ChatCompletion.Head head) {
            this.response = response;
            this.head = head;
        }

        @Override
        public void text(String text) throws IOException {
            if (System.nanoTime() - lastWritten >= KEEP_ALIVE.toNanos()) {
                keepAlive(true);
            }
        }

        /** JSON may begin with white space. Before it is clear that the status is 200, nothing can be written. */
        @Override
        public void keepAlive(boolean accepted) throws IOException {
            if (accepted) {
                write("\n");
                response.flushBuffer();
                lastWritten = System.nanoTime();
            }
        }

        @Override
        public void complete(ChatResponse completed) throws IOException {
            write(Json.write(head.whole(completed)));
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
