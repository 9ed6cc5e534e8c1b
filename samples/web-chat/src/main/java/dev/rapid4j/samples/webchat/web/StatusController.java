package dev.rapid4j.samples.webchat.web;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.EngineStatus.ModelStatus;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.webchat.WebChatProperties;
import dev.rapid4j.samples.webchat.chat.AnswerSettings;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.servlet.autoconfigure.MultipartProperties;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** How the application is. */
@RestController
class StatusController {

    private final ModelAccess model;
    private final LoadingProgress loading;
    private final ObjectProvider<EmbeddingModel> embeddingModel;
    private final AnswerDefaults defaults;
    private final WebChatProperties properties;
    private final MultipartProperties multipart;
    private final SampleRegister sample;

    StatusController(
            ModelAccess model,
            LoadingProgress loading,
            ObjectProvider<EmbeddingModel> embeddingModel,
            AnswerDefaults defaults,
            WebChatProperties properties,
            MultipartProperties multipart,
            SampleRegister sample) {
        this.model = model;
        this.loading = loading;
        this.embeddingModel = embeddingModel;
        this.defaults = defaults;
        this.properties = properties;
        this.multipart = multipart;
        this.sample = sample;
    }

    /**
     * The application's state.
     *
     * @param state loading, ready, failed or unconfigured
     * @param reason why it is not ready, and what to do; null if it is
     * @param loading the model whose weights are being loaded, and how far they are; null if none is, or loading failed
     * @param target null unless ready
     * @param cacheBytes memory for what the models have read and keep
     * @param embeddingModel whether there is one; without, no passages are found
     */
    record Status(
            String state,
            String reason,
            LoadingProgress.Loading loading,
            Model target,
            Model drafter,
            long cacheBytes,
            boolean embeddingModel,
            int runningRequests,
            int waitingRequests,
            AnswerSettings defaults,
            Limits limits,
            Sample sample) {}

    /**
     * A model.
     *
     * @param weights what its weights are kept in
     * @param cache what its KV caches are kept in
     * @param bytes of its weights, in memory or mapped into it
     */
    record Model(String name, String device, String weights, String cache, long bytes, int contextLength) {

        static Model of(String name, ModelStatus status) {
            return new Model(
                    name,
                    status.device(),
                    status.weights().name().toLowerCase(Locale.ROOT),
                    status.cache().name().toLowerCase(Locale.ROOT),
                    status.weightBytes() + status.mappedBytes(),
                    status.contextLength());
        }
    }

    record Limits(long uploadBytes, int documents, int tokens, int questionCharacters, int maxOutputTokens) {}

    record Sample(String name, List<String> questions) {}

    @GetMapping("/api/status")
    Status status() {
        ModelAccess.Availability availability = model.availability();
        Optional<RapidEngine> engine = Optional.ofNullable(availability.engine());
        return new Status(
                availability.state().name().toLowerCase(Locale.ROOT),
                availability.reason(),
                availability.state() == ModelAccess.State.LOADING
                        ? loading.current().orElse(null)
                        : null,
                engine.map(StatusController::target).orElse(null),
                engine.map(StatusController::drafter).orElse(null),
                engine.map(ready -> ready.status().cacheBytes()).orElse(0L),
                embeddingModel.getIfAvailable() != null,
                engine.map(ready -> ready.status().runningRequests()).orElse(0),
                engine.map(ready -> ready.status().waitingRequests()).orElse(0),
                defaults.settings(),
                new Limits(
                        multipart.getMaxFileSize().toBytes(),
                        properties.maxDocuments(),
                        properties.maxTokens(),
                        QuestionController.MAX_CHARACTERS,
                        properties.maxOutputTokens()),
                new Sample(SampleRegister.NAME, sample.questions()));
    }

    private static Model target(RapidEngine engine) {
        return Model.of(engine.modelName(), engine.status().target());
    }

    private static Model drafter(RapidEngine engine) {
        EngineStatus status = engine.status();
        boolean draftsItself = status.drafter().equals(status.target());
        return draftsItself ? target(engine) : Model.of(status.drafter().name(), status.drafter());
    }
}
