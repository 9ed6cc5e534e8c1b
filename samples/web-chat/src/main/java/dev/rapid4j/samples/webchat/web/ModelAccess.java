package dev.rapid4j.samples.webchat.web;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.embedding.BgeM3EmbeddingModel;
import dev.rapid4j.prompt.OversizedPromptPolicy;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The model, if there is one. */
final class ModelAccess {

    enum State {
        LOADING,
        READY,
        FAILED,
        UNCONFIGURED
    }

    private final CompletableFuture<RapidEngine> loading = CompletableFuture.supplyAsync(ModelAccess::load);

    private static RapidEngine load() {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(BgeM3EmbeddingModel.builder()
                        .model(LighthouseEmbedding.directory())
                        .build())
                .passageTokens(128)
                .draftContextTokens(1024)
                .oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE)
                .maxQueuedRequests(10)
                .build();
    }

    Optional<RapidEngine> engine() {
        return loading.isDone() && !loading.isCompletedExceptionally() ? Optional.of(loading.join()) : Optional.empty();
    }

    State state() {
        if (!loading.isDone()) {
            return State.LOADING;
        }
        return loading.isCompletedExceptionally() ? State.FAILED : State.READY;
    }

    String reason() {
        return switch (state()) {
            case LOADING -> "The model is being loaded.";
            case FAILED ->
                String.valueOf(loading.handle((engine, failure) -> failure).join());
            default -> null;
        };
    }

    StreamingChatModel streamingChatModel() {
        return RapidStreamingChatModel.builder()
                .engine(engine().orElseThrow(
                                () -> new ProblemException(Kind.UNAVAILABLE, "The model is not available", reason())))
                .build();
    }
}
