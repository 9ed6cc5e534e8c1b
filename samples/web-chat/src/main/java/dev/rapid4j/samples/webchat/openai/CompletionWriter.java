package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.response.ChatResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Writes an answer to a client. All methods throw an {@link IOException} if it has gone away. */
abstract class CompletionWriter {

    private final HttpServletResponse response;

    private CompletionWriter(HttpServletResponse response) {
        this.response = response;
    }

    /** The answer in chunks, as server-sent events. */
    static CompletionWriter streamed(HttpServletResponse response, ChatCompletion.Head head, boolean includeUsage) {
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        return new Streamed(response, head, includeUsage);
    }

    /** The answer in one piece. */
    static CompletionWriter whole(HttpServletResponse response, ChatCompletion.Head head) {
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        return new Whole(response, head);
    }

    /** The answer goes on. */
    abstract void text(String text) throws IOException;

    /** There is nothing new, and the client might be gone: only writing tells. */
    abstract void keepAlive() throws IOException;

    abstract void complete(ChatResponse response) throws IOException;

    /** Something was sent already, so that the status cannot tell of the error any more. */
    abstract void failed(OpenAiError error) throws IOException;

    final void write(byte[]... pieces) throws IOException {
        OutputStream out = response.getOutputStream();
        for (byte[] piece : pieces) {
            out.write(piece);
        }
        response.flushBuffer();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final class Streamed extends CompletionWriter {

        private static final byte[] ERROR = utf8("event: error\n");
        private static final byte[] DATA = utf8("data: ");
        private static final byte[] END = utf8("\n\n");
        private static final byte[] COMMENT = utf8(": \n\n");

        private final ChatCompletion.Head head;
        private final boolean includeUsage;
        private boolean begun;

        Streamed(HttpServletResponse response, ChatCompletion.Head head, boolean includeUsage) {
            super(response);
            this.head = head;
            this.includeUsage = includeUsage;
        }

        @Override
        void text(String text) throws IOException {
            begin();
            data(head.text(text));
        }

        private void begin() throws IOException {
            if (!begun) {
                begun = true;
                data(head.role());
            }
        }

        @Override
        void keepAlive() throws IOException {
            write(COMMENT);
        }

        @Override
        void complete(ChatResponse response) throws IOException {
            begin();
            data(head.finish(response));
            if (includeUsage) {
                data(head.usage(response));
            }
            write(DATA, utf8("[DONE]"), END);
        }

        @Override
        void failed(OpenAiError error) throws IOException {
            write(ERROR, DATA, Json.write(error.body()), END);
        }

        private void data(ChatCompletion chunk) throws IOException {
            write(DATA, Json.write(chunk), END);
        }
    }

    private static final class Whole extends CompletionWriter {

        private static final byte[] WHITESPACE = utf8("\n");

        private final ChatCompletion.Head head;

        Whole(HttpServletResponse response, ChatCompletion.Head head) {
            super(response);
            this.head = head;
        }

        /** JSON may begin with white space. */
        @Override
        void text(String text) throws IOException {
            write(WHITESPACE);
        }

        @Override
        void keepAlive() {
            // before the first text the request may still turn out to be a bad one, which only a status can tell
        }

        @Override
        void complete(ChatResponse response) throws IOException {
            write(Json.write(head.whole(response)));
        }

        @Override
        void failed(OpenAiError error) throws IOException {
            throw new IOException(error.message());
        }
    }
}
