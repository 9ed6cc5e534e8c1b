package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The embedding model, if there is one: that which finds the passages. */
@Component
class ServedEmbeddingModel {

    /** They wait for each other, and hold their texts meanwhile. */
    private static final int MAX_REQUESTS = 8;

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration MISSING = Duration.ofMinutes(1);

    private final ServedModel model;
    private final ObjectProvider<EmbeddingModel> embeddingModel;
    private final Semaphore places = new Semaphore(MAX_REQUESTS);

    ServedEmbeddingModel(ServedModel model, ObjectProvider<EmbeddingModel> embeddingModel) {
        this.model = model;
        this.embeddingModel = embeddingModel;
    }

    /** Empty if there is none. To be asked for when the engine is loaded, which needs it. */
    Optional<String> name() {
        return Optional.ofNullable(embeddingModel.getIfAvailable()).map(EmbeddingModel::modelName);
    }

    /** @throws OpenAiException if there is no model, or not yet, or it has another name */
    void check(String given) {
        model.engine();
        String name = name().orElseThrow(() -> OpenAiException.unavailable(
                "No embedding model is configured: set langchain4j.rapid.embedding-model.model to a checkpoint's folder or hub id",
                MISSING));
        ServedModel.check(given, name);
    }

    /**
     * Texts longer than the model reads are cut.
     *
     * @param type {@code null} if it is not said
     * @param dimensions {@code null} for the model's
     * @throws OpenAiException if too many ask at once, or the model has other dimensions
     */
    EmbeddingResponse embed(List<String> texts, EmbeddingInputType type, Integer dimensions) {
        EmbeddingModel used = embeddingModel.getObject();
        if (dimensions != null && dimensions != used.dimension()) {
            throw OpenAiException.unsupported("dimensions", "This model's vectors have " + used.dimension());
        }
        // a model without it makes no difference
        boolean tells = used.supportedParameters().contains(EmbeddingRequestParameters.INPUT_TYPE);
        return inPlace(() -> used.embed(EmbeddingRequest.builder()
                .inputs(texts.stream().map(EmbeddingInput::from).toList())
                .inputType(tells ? type : null)
                .build()));
    }

    /**
     * How well each text answers a query, by the ranking that finds passages. Texts longer than the model reads are
     * cut.
     *
     * @throws OpenAiException if too many ask at once
     */
    Response<List<Double>> score(List<String> texts, String query) {
        ScoringModel scoring = model.engine().scoringModel();
        return inPlace(
                () -> scoring.scoreAll(texts.stream().map(TextSegment::from).toList(), query));
    }

    private <T> T inPlace(Supplier<T> work) {
        if (!places.tryAcquire()) {
            throw OpenAiException.rateLimit("Too many requests for embeddings at once", RETRY);
        }
        try {
            return work.get();
        } finally {
            places.release();
        }
    }
}
