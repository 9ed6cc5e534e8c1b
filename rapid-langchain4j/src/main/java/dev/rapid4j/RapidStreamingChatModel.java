package dev.rapid4j;

import static dev.langchain4j.spi.ServiceHelper.loadFactories;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rapid4j.internal.engine.Request;
import dev.rapid4j.internal.engine.StreamDelivery;
import dev.rapid4j.spi.RapidStreamingChatModelBuilderFactory;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * {@link RapidChatModel} for answers that are shown while they are written.
 *
 * <p>A handler is called by one thread of its own, one call at a time: however slow it is, and even if it waits for
 * another answer or closes the engine, nobody else is held up. A request that cannot be answered at all
 * ({@link dev.langchain4j.exception.UnsupportedFeatureException},
 * {@link dev.langchain4j.exception.InvalidRequestException} for its messages or parameters) is refused by an exception;
 * all later failures go to {@code onError}. As in LangChain4j's other models, a handler's exception is passed to its
 * {@code onError} and the answer goes on; and after {@code StreamingHandle.cancel()} the handler is not called again.
 */
public final class RapidStreamingChatModel implements StreamingChatModel, AutoCloseable {

    private final ModelCore core;

    private RapidStreamingChatModel(Builder builder) {
        core = builder.core(RapidStreamingChatModel.class);
    }

    @Override
    public void doChat(ChatRequest chatRequest, StreamingChatResponseHandler handler) {
        RequestLog.Entry entry = core.log().request(chatRequest);
        StreamDelivery delivery = new StreamDelivery(handler);
        Request<ChatResponse> request = entry.unlessRefused(() -> core.prepare(chatRequest, delivery));
        delivery.of(request);
        request.progress().onRequested(delivery);
        core.submit(request, (response, failure) -> {
            entry.end(response, failure);
            delivery.end(response, failure);
        });
    }

    /** The engine, for instance to build another model with it. */
    public RapidEngine engine() {
        return core.engine();
    }

    @Override
    public RapidChatRequestParameters defaultRequestParameters() {
        return core.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return core.listeners();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    /** Closes the engine if this model has loaded it; otherwise does nothing. */
    @Override
    public void close() {
        core.close();
    }

    /** Options of a model; only the target, or an engine, must be given. */
    public static Builder builder() {
        return loadFactories(RapidStreamingChatModelBuilderFactory.class).stream()
                .findFirst()
                .map(Supplier::get)
                .orElseGet(Builder::new);
    }

    /**
     * Builds a {@link RapidStreamingChatModel}; can be extended for a {@link RapidStreamingChatModelBuilderFactory}.
     */
    public static class Builder extends ModelOptions<Builder> {

        protected Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Loads the engine, unless one was given.
         *
         * @throws IllegalArgumentException if an option is missing, out of range or contradicts another
         * @throws dev.langchain4j.exception.UnsupportedFeatureException if the default parameters ask for something the
         *     engine cannot do
         * @throws dev.rapid4j.CheckpointException if a checkpoint cannot be had or used
         * @throws dev.rapid4j.TorchException if the PyTorch engine fails
         */
        public RapidStreamingChatModel build() {
            return new RapidStreamingChatModel(this);
        }
    }
}
