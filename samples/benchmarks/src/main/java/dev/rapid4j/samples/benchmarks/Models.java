package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** What engines are loaded from. The embedding model is loaded already, and libtorch with it. */
record Models(
        Optional<RandomCheckpoint> random,
        String target,
        Optional<String> draft,
        RapidEmbeddingModel embeddingModel,
        EngineOptions options)
        implements AutoCloseable {

    /**
     * Loads an engine, which is soon closed again.
     *
     * @throws IllegalArgumentException if the target cannot read so many tokens, with question and answer
     */
    void requireContexts(Collection<Integer> contexts) {
        try (LoadedEngine engine = load(Mode.LONG_CONTEXT)) {
            contexts.forEach(context -> Measurement.requireRange("--context", context, engine.mostContextTokens()));
        }
    }

    /** What answers, in words. */
    String description() {
        return "Target %s, drafter %s; temperature %s."
                .formatted(
                        target,
                        draft.orElse("the same (for NAIVE_SPECULATIVE loaded once more)"),
                        options.temperature());
    }

    /**
     * Loads an engine. The target drafts for itself if there is no drafter, except in naive speculation, which needs
     * one and gets the same checkpoint once more.
     */
    LoadedEngine load(Mode mode) {
        return LoadedEngine.load(builder(mode), hasOwnDrafter(mode), options);
    }

    /** As {@link #load(Mode)}, on another device than that of the options. */
    LoadedEngine load(Mode mode, String device) {
        return LoadedEngine.load(builder(mode).targetDevice(device), hasOwnDrafter(mode), options);
    }

    /** As {@link #load(Mode)}; what the engine has read goes to a folder when it is closed. */
    LoadedEngine load(Mode mode, Path cacheDirectory) {
        return LoadedEngine.load(
                builder(mode).cacheDirectory(cacheDirectory).cacheBytes(Long.MAX_VALUE), hasOwnDrafter(mode), options);
    }

    /** As {@link #load(Mode)}, to answer so many requests at once, and to keep all that it has read. */
    LoadedEngine loadForSeveral(Mode mode, int requests) {
        return LoadedEngine.load(
                builder(mode).maxParallelRequests(requests).cacheBytes(Long.MAX_VALUE), hasOwnDrafter(mode), options);
    }

    private boolean hasOwnDrafter(Mode mode) {
        return drafter(mode).isPresent();
    }

    private Optional<String> drafter(Mode mode) {
        return mode == Mode.NAIVE_SPECULATIVE ? draft.or(() -> Optional.of(target)) : draft;
    }

    private RapidEngine.Builder builder(Mode mode) {
        RapidEngine.Builder builder = RapidEngine.builder()
                .target(target)
                .targetDevice(options.device())
                .targetWeights(options.weights())
                .cacheType(options.cacheType())
                .embeddingModel(embeddingModel)
                .passageTokens(options.passageTokens())
                .draftContextTokens(options.draftContextTokens());
        drafter(mode).ifPresent(builder::drafter);
        return builder;
    }

    @Override
    public void close() throws IOException {
        embeddingModel.close();
        if (random.isPresent()) {
            random.get().close();
        }
    }
}
