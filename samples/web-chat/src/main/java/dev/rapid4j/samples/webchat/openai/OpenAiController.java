package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * OpenAI's {@code /v1/chat/completions}, {@code /v1/completions} and {@code /v1/models}.
 *
 * <p>A request keeps its thread until it is answered. Those that wait are no more than the engine's queue has places:
 * the others are refused at once. Of several answers to a request, each waits when the one before it is done.
 */
@RestController
@RequestMapping("/v1")
class OpenAiController {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAiController.class);

    private final ServedModel model;
    private final ServedEmbeddingModel embeddingModel;
    private final RequestBodies bodies;
    private final Instant started = Instant.now();

    OpenAiController(ServedModel model, ServedEmbeddingModel embeddingModel, RequestBodies bodies) {
        this.model = model;
        this.embeddingModel = embeddingModel;
        this.bodies = bodies;
    }

    @PostMapping("/chat/completions")
    void complete(HttpServletRequest request, HttpServletResponse response) throws InterruptedException {
        ChatCompletionRequest asked = Json.read(bodies.read(request), ChatCompletionRequest.class);
        RapidEngine engine = model.engine(asked.model());
        CompletionFormat format = ChatCompletion.Format.of(asked.model(), tokensOf(engine));
        answer(asked.toChatRequests(), asked.callsSeveral(), writer(asked, response, format));
    }

    @PostMapping("/completions")
    void completeText(HttpServletRequest request, HttpServletResponse response) throws InterruptedException {
        TextCompletionRequest asked = TextCompletionRequest.read(bodies.read(request));
        ChatCompletionRequest first = asked.first();
        RapidEngine engine = model.engine(first.model());
        CompletionFormat format =
                TextCompletion.Format.of(first.model(), first.toChatRequests().size(), tokensOf(engine));
        answer(asked.chatRequests(), true, writer(first, response, format));
    }

    private static ToIntFunction<String> tokensOf(RapidEngine engine) {
        return engine.tokenCountEstimator()::estimateTokenCountInText;
    }

    private static CompletionWriter writer(
            ChatCompletionRequest asked, HttpServletResponse response, CompletionFormat format) {
        return asked.streamed()
                ? new CompletionWriter.Streamed(response, format, asked.includesUsage())
                : new CompletionWriter.Whole(response, format);
    }

    private void answer(List<ChatRequest> choices, boolean severalCalls, CompletionWriter writer)
            throws InterruptedException {
        StreamingChatModel streaming = model.streaming();
        List<ChatResponse> responses = new ArrayList<>();
        try {
            for (ChatRequest choice : choices) {
                try (PendingAnswer answer = PendingAnswer.ask(streaming, choice, severalCalls)) {
                    Optional<ChatResponse> response = write(responses.size(), answer, writer);
                    if (response.isEmpty()) {
                        return;
                    }
                    responses.add(response.get());
                }
            }
            writer.complete(responses);
        } catch (IOException e) {
            LOG.debug("A client has gone away, its answer ends here", e);
        }
    }

    /** @return the whole answer; empty if there is none, which has been written then */
    private Optional<ChatResponse> write(int choice, PendingAnswer answer, CompletionWriter writer)
            throws IOException, InterruptedException {
        while (true) {
            Event event = answer.next(CompletionWriter.KEEP_ALIVE).orElse(null);
            if (event == null) {
                writer.keepAlive(answer.stage());
            } else if (event instanceof Event.Part part) {
                writer.part(choice, part);
            } else if (event instanceof Event.Complete complete) {
                model.remember(complete.response());
                writer.finish(choice, complete.response());
                return Optional.of(complete.response());
            } else if (event instanceof Event.Failed failed) {
                writer.failed(Failures.toOpenAi(failed.failure(), model.lastAnswer()));
                return Optional.empty();
            }
        }
    }

    @GetMapping("/models")
    ResponseEntity<String> models() {
        return json(ModelList.of(list()));
    }

    private List<ModelList.Model> list() {
        RapidEngine engine = model.engine();
        ModelList.Model chat = ModelList.Model.of(engine.modelName(), started, engine.contextLength());
        return Stream.concat(
                        Stream.of(chat),
                        embeddingModel.name().stream().map(name -> ModelList.Model.of(name, started, null)))
                .toList();
    }

    /** Names of models of the hub have a slash. */
    @GetMapping("/models/{*name}")
    ResponseEntity<String> model(@PathVariable String name) {
        return json(list().stream()
                .filter(candidate -> candidate.id().equals(name.substring(1)))
                .findFirst()
                .orElseThrow(() ->
                        ServedModel.unknown(name.substring(1), model.engine().modelName())));
    }

    @RequestMapping("/**")
    void unknown(HttpServletRequest request) {
        throw OpenAiException.invalid(
                HttpStatus.NOT_FOUND,
                null,
                "unknown_url",
                "Unknown request URL: " + request.getMethod() + " " + request.getRequestURI());
    }

    private static ResponseEntity<String> json(Object body) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(body));
    }
}
