package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import java.io.IOException;
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
        return load(mode, options.device());
    }

    /** {@link #load(Mode)} on another device than that of the options. */
    LoadedEngine load(Mode mode, String device) {
        RapidEngine.Builder builder = RapidEngine.builder()
                .target(target)
                .targetDevice(device)
                .targetWeights(options.weights())
                .cacheType(options.cacheType())
                .embeddingModel(embeddingModel)
                .passageTokens(options.passageTokens())
                .draftContextTokens(options.draftContextTokens());
        Optional<String> drafter = mode == Mode.NAIVE_SPECULATIVE ? draft.or(() -> Optional.of(target)) : draft;
        drafter.ifPresent(builder::drafter);
        return LoadedEngine.load(builder, drafter.isPresent(), options);
    }

    @Override
    public void close() throws IOException {
        embeddingModel.close();
        if (random.isPresent()) {
            random.get().close();
        }
    }
}
