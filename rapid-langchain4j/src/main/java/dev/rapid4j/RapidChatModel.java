package dev.rapid4j;

import static dev.langchain4j.spi.ServiceHelper.loadFactories;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.internal.answer.AnswerListener;
import dev.rapid4j.spi.RapidChatModelBuilderFactory;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Answers questions about long texts by retrieval-augmented speculative decoding, in this process, from a Hugging Face
 * checkpoint.
 *
 * <pre>{@code
 * ChatModel model = RapidChatModel.builder()
 *         .target("Qwen/Qwen2.5-1.5B-Instruct")
 *         .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
 *         .build();
 * }</pre>
 *
 * <p>Give the long text as a {@link dev.langchain4j.data.message.TextContent} of its own, or with the question before
 * or behind it, see {@link dev.rapid4j.LongTextSelector}. The response's metadata is a
 * {@link RapidChatResponseMetadata}.
 *
 * <p>Safe to use from several threads; requests are answered in order of arrival. Besides LangChain4j's exceptions for
 * bad requests, a request ends with a {@link dev.langchain4j.exception.RateLimitException} if too many are waiting, a
 * {@link dev.langchain4j.exception.TimeoutException}, a {@link dev.langchain4j.exception.NonRetriableException} if the
 * engine is or gets closed, an {@link dev.langchain4j.exception.InternalServerException} if it fails, or a
 * {@link dev.langchain4j.exception.LangChain4jException} if the calling thread is interrupted, which it then still is.
 */
public final class RapidChatModel implements ChatModel, AutoCloseable {

    private final ModelCore core;

    private RapidChatModel(Builder builder) {
        core = builder.core(RapidChatModel.class);
    }

    @Override
    public ChatResponse doChat(ChatRequest chatRequest) {
        return core.log()
                .request(chatRequest)
                .endingWith(() -> core.engine().await(core.prepare(chatRequest, AnswerListener.NONE), core.timeout()));
    }

    /** The engine, for instance to build a streaming model with it. */
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
        return loadFactories(RapidChatModelBuilderFactory.class).stream()
                .findFirst()
                .map(Supplier::get)
                .orElseGet(Builder::new);
    }

    /** Builds a {@link RapidChatModel}; can be extended for a {@link RapidChatModelBuilderFactory}. */
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
        public RapidChatModel build() {
            return new RapidChatModel(this);
        }
    }
}
