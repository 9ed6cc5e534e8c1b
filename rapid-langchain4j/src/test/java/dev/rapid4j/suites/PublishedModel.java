package dev.rapid4j.suites;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.testing.RealModels;

/** Qwen2.5-Coder-0.5B-Instruct, as the suites ask it. */
final class PublishedModel implements AutoCloseable {

    /** The suites' questions are short, and so are the answers that suffice. */
    static final RapidChatRequestParameters PARAMETERS = RapidChatRequestParameters.builder()
            .mode(Mode.SPECULATIVE)
            .temperature(0.0)
            .maxOutputTokens(512)
            .build();

    private final RapidEngine engine = RapidEngine.builder()
            .target(RealModels.qwenCoder())
            .modelName("qwen2.5-coder-0.5b")
            .build();

    RapidEngine engine() {
        return engine;
    }

    RapidChatModel chatModel() {
        return RapidChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(PARAMETERS)
                .build();
    }

    RapidStreamingChatModel streamingChatModel() {
        return RapidStreamingChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(PARAMETERS)
                .build();
    }

    @Override
    public void close() {
        engine.close();
    }
}
