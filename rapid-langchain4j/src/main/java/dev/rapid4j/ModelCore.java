package dev.rapid4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.internal.answer.AnswerListener;
import dev.rapid4j.internal.engine.Request;
import dev.rapid4j.internal.engine.RequestSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** What both kinds of models have in common. */
record ModelCore(
        RapidEngine engine,
        boolean ownsEngine,
        RapidChatRequestParameters defaults,
        Optional<Duration> timeout,
        List<ChatModelListener> listeners,
        RequestLog log) {

    /**
     * Checks a request and prepares it for the engine.
     *
     * @param answer hears the answer piece by piece, on the engine's thread
     * @throws InvalidRequestException if there is no question, a parameter is out of range, or the engine lacks what
     *     the mode needs
     * @throws UnsupportedFeatureException if something is asked for that the engine or the model cannot do
     */
    Request<ChatResponse> prepare(ChatRequest chatRequest, AnswerListener answer) {
        try {
            RequestSettings settings = SettingsReader.read(chatRequest.parameters(), engine.modelName());
            ProgressListener progress =
                    settings.progressListener().map(engine.progress()::and).orElse(engine.progress());
            return engine.pipeline().prepare(chatRequest.messages(), settings, progress, answer);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }

    /** @param whenEnded called once, with the response or the failure, by any thread; it must not block */
    void submit(Request<ChatResponse> request, BiConsumer<ChatResponse, RuntimeException> whenEnded) {
        engine.submit(request, timeout, whenEnded);
    }

    void close() {
        if (ownsEngine) {
            engine.close();
        }
    }
}
