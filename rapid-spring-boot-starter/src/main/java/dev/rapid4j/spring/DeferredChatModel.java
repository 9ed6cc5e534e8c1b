package dev.rapid4j.spring;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import java.util.List;
import java.util.Set;

/**
 * A {@link RapidChatModel} that can be had before its engine; its requests wait. Not final: Spring's proxies extend it.
 */
class DeferredChatModel implements ChatModel {

    private final RapidEngineLoader loader;
    private final RapidProperties.ModelProperties properties;
    private final List<ChatModelListener> listeners;

    DeferredChatModel(
            RapidEngineLoader loader, RapidProperties.ModelProperties properties, List<ChatModelListener> listeners) {
        this.loader = loader;
        this.properties = properties;
        this.listeners = listeners;
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatRequestOptions options) {
        FollowedRequest followed = FollowedRequest.of(request, options);
        return ChatModel.super.chat(followed.request(), followed.options());
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return model(loader.engine(properties.timeout())).doChat(request);
    }

    /** The defaults, with the model's name once the engine is loaded. */
    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return loader.state() instanceof EngineState.Ready ready
                ? model(ready.engine()).defaultRequestParameters()
                : properties.parameters();
    }

    /** Those of every model, so that nobody who asks has to wait for one. */
    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    private RapidChatModel model(RapidEngine engine) {
        return RapidChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(properties.parameters())
                .timeout(properties.timeout())
                .listeners(listeners)
                .logRequests(properties.logRequests())
                .logResponses(properties.logResponses())
                .logTexts(properties.logTexts())
                .build();
    }
}
