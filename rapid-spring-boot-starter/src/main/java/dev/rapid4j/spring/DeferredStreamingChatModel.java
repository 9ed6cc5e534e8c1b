package dev.rapid4j.spring;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import java.util.List;
import java.util.Set;

/**
 * A {@link RapidStreamingChatModel} that can be had before its engine; its requests wait. If the engine cannot be had,
 * or refuses a request, the handler is told. Not final: Spring's proxies extend it.
 */
class DeferredStreamingChatModel implements StreamingChatModel {

    private final RapidEngineLoader loader;
    private final RapidProperties.ModelProperties properties;
    private final List<ChatModelListener> listeners;

    DeferredStreamingChatModel(
            RapidEngineLoader loader, RapidProperties.ModelProperties properties, List<ChatModelListener> listeners) {
        this.loader = loader;
        this.properties = properties;
        this.listeners = listeners;
    }

    @Override
    public void chat(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
        FollowedRequest followed = FollowedRequest.of(request, options);
        StreamingChatModel.super.chat(followed.request(), followed.options(), handler);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        try {
            model(loader.engine(properties.timeout())).doChat(request, handler);
        } catch (RuntimeException e) {
            // what a streaming model throws, LangChain4j's listeners do not hear
            withLoggingExceptions(() -> handler.onError(e));
        }
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

    private RapidStreamingChatModel model(RapidEngine engine) {
        return RapidStreamingChatModel.builder()
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
