package dev.rapid4j;

import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RapidChatModelListenerIT extends AbstractChatModelListenerIT {

    private static RapidEngine engine;

    @BeforeAll
    static void load() {
        engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .modelName("lighthouse")
                .build();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Override
    protected ChatModel createModel(ChatModelListener listener) {
        return RapidChatModel.builder()
                .engine(engine)
                .temperature(temperature())
                .topP(topP())
                .maxOutputTokens(maxTokens())
                .listeners(listener)
                .build();
    }

    @Override
    protected String modelName() {
        return "lighthouse";
    }

    @Override
    protected ChatModel createFailingModel(ChatModelListener listener) {
        RapidChatModel model = RapidChatModel.builder()
                .target(LighthouseModel.directory())
                .listeners(listener)
                .build();
        model.close();
        return model;
    }

    @Override
    protected Class<? extends Exception> expectedExceptionClass() {
        return NonRetriableException.class;
    }

    /** A feature of a later issue. */
    @Override
    protected boolean supportsTools() {
        return false;
    }
}
