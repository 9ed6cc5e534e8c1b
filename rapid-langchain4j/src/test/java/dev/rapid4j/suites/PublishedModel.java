package dev.rapid4j.suites;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.testing.RealModels;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Qwen2.5-Coder-0.5B-Instruct, as the suites ask it; loaded once for all of them. */
final class PublishedModel implements BeforeAllCallback {

    /** The suites' questions are short, and so are the answers that suffice. */
    static final RapidChatRequestParameters PARAMETERS = RapidChatRequestParameters.builder()
            .mode(Mode.SPECULATIVE)
            .temperature(0.0)
            .maxOutputTokens(160)
            .build();

    private RapidEngine engine;

    /** The store closes it when all tests are done. */
    @Override
    public void beforeAll(ExtensionContext context) {
        engine = context.getRoot()
                .getStore(ExtensionContext.Namespace.create(PublishedModel.class))
                .computeIfAbsent(RapidEngine.class, unused -> load(), RapidEngine.class);
    }

    private static RapidEngine load() {
        return RapidEngine.builder()
                .target(RealModels.qwenCoder())
                .modelName("qwen2.5-coder-0.5b")
                .build();
    }

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
}
