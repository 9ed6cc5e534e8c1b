package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;

/** The same engine and sampling for everything that is compared. */
final class Setup {

    private Setup() {}

    /** Small, and made for registers, but of BGE-M3's kind: passages are found by all three of its views. */
    static RapidEmbeddingModel embeddingModel(ProgressListener progress) {
        return RapidEmbeddingModel.builder()
                .model(LighthouseEmbedding.directory())
                .loadingListener(progress)
                .build();
    }

    /** The lighthouse model as target and as drafter. Its passages are short: an entry has about 64 tokens. */
    static RapidEngine engine(EmbeddingModel embeddingModel, ProgressListener progress) {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(embeddingModel)
                .passageTokens(128)
                .draftContextTokens(1024)
                .progressListener(progress)
                .build();
    }

    /**
     * The target is to learn much from the drafter: over 16,000 tokens this small target is often sure of something
     * wrong.
     */
    static Reader registrar(RapidEngine engine, Mode mode) {
        RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .engine(engine)
                .mode(mode)
                .temperature(0.5)
                .margin(40.0)
                .seed(1)
                .maxOutputTokens(256)
                .build();
        return AiServices.create(Reader.class, model);
    }
}
