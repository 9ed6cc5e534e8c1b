package dev.rapid4j;

import static dev.langchain4j.spi.ServiceHelper.loadFactories;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.spi.RapidEmbeddingModelBuilderFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * Embeds texts in this process, with BGE-M3 or another embedding model that Hugging Face publishes: XLM-RoBERTa,
 * RoBERTa, BERT, MPNet and ModernBERT encoders (BGE, E5, GTE, MiniLM), EmbeddingGemma, and decoders that give the last
 * token's vector (Qwen3-Embedding).
 *
 * <pre>{@code
 * try (RapidEmbeddingModel model = RapidEmbeddingModel.builder().build()) {
 *     Embedding embedding = model.embed("Where is the lighthouse?").content();
 * }
 * }</pre>
 *
 * <p>BGE-M3 reads up to 8,192 tokens in more than 100 languages and gives a text in three views: a dense vector of
 * 1,024 dimensions, which is what LangChain4j's methods return; weights of its tokens; and a vector for each token.
 * {@link #embedViews} returns all three, {@link #scoringModel()} ranks texts by them, and RAPID finds passages with
 * them.
 *
 * <p>Longer texts are cut to {@link Builder#maxTokens maxTokens}, see {@link #truncatedInputs()}. Text that looks like
 * a control token is text. Empty text is embedded, too, as the control tokens around it.
 *
 * <p>Texts of one call are put together for passes through the encoder, as many tokens as suit the device, so give many
 * at once. Safe to use from several threads, whose passes take turns. An interrupted thread ends after the pass it is
 * in with a {@link LangChain4jException}, and is still interrupted. {@link #close()} frees all memory.
 */
public final class RapidEmbeddingModel implements EmbeddingModel, AutoCloseable {

    /**
     * Parameter of a request: hears how far it has come, and may cancel it.
     *
     * <pre>{@code
     * EmbeddingRequest.builder()
     *         .textSegments(segments)
     *         .parameters(EmbeddingRequestParameters.builder().set(PROGRESS_LISTENER, listener).build())
     *         .build()
     * }</pre>
     */
    public static final EmbeddingParameter<EmbeddingProgressListener> PROGRESS_LISTENER =
            EncoderEmbeddingModel.PROGRESS_LISTENER;

    private final EncoderEmbeddingModel model;

    private RapidEmbeddingModel(EncoderEmbeddingModel model) {
        this.model = model;
    }

    EncoderEmbeddingModel encoder() {
        return model;
    }

    /**
     * Embeds the texts of a request. Its input type, where the model has prefixes, decides which one is put before
     * them; without an input type there is none, unless the checkpoint names one for that.
     *
     * @throws IllegalStateException if the model is closed, before or meanwhile
     * @throws LangChain4jException if the encoder fails, or the thread is interrupted, which it then still is
     * @throws CancellationException if the {@link #PROGRESS_LISTENER} says so
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        return model.doEmbed(request);
    }

    /**
     * Embeds texts in all three views. Listeners of LangChain4j do not hear of it, as it is none of its requests. The
     * token vectors are large, 4 KB a token for BGE-M3.
     *
     * @param texts any texts, empty ones included
     * @return the views of each, in the same order
     * @throws UnsupportedFeatureException if the checkpoint lacks a head, saying which file is missing
     * @throws IllegalStateException if the model is closed, before or meanwhile
     * @throws LangChain4jException if the encoder fails, or the thread is interrupted, which it then still is
     */
    public List<BgeM3Embedding> embedViews(List<String> texts) {
        return model.embedViews(texts);
    }

    /** Whether the checkpoint has the heads that make lexical weights and token vectors, as BGE-M3 has. */
    public boolean hasAllViews() {
        return model.hasAllViews();
    }

    /** {@link #scoringModel(RankingWeights)} with {@link RankingWeights#DEFAULT}. */
    public ScoringModel scoringModel() {
        return model.scoringModel();
    }

    /**
     * Scores how well a text answers a query, by all three views: for LangChain4j's {@code ReRankingContentAggregator},
     * say. Works as long as this model is open.
     *
     * @throws UnsupportedFeatureException if the checkpoint lacks a head, saying which file is missing
     */
    public ScoringModel scoringModel(RankingWeights weights) {
        return model.scoringModel(weights);
    }

    /** How many texts have been cut to {@link #maxTokens()} so far. */
    public long truncatedInputs() {
        return model.truncatedInputs();
    }

    /** What a token id of {@link BgeM3Embedding#lexicalWeights()} stands for; white space around it may be lost. */
    public String tokenText(int id) {
        return model.tokenText(id);
    }

    /** Most tokens of a text, control tokens included. */
    public int maxTokens() {
        return model.maxTokens();
    }

    /** Dimensions of the dense vectors. */
    @Override
    public int dimension() {
        return model.dimension();
    }

    @Override
    public String modelName() {
        return model.modelName();
    }

    @Override
    public EmbeddingRequestParameters defaultRequestParameters() {
        return model.defaultRequestParameters();
    }

    /** {@link #PROGRESS_LISTENER}, and the input type if the model has a prefix. */
    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return model.supportedParameters();
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return model.listeners();
    }

    @Override
    public ModelProvider provider() {
        return model.provider();
    }

    /**
     * Waits for the pass that is running and frees all memory. Calls that have more to do end with an
     * {@link IllegalStateException}, as later ones do.
     */
    @Override
    public void close() {
        model.close();
    }

    /** A new model; nothing must be given. */
    public static Builder builder() {
        return loadFactories(RapidEmbeddingModelBuilderFactory.class).stream()
                .findFirst()
                .map(Supplier::get)
                .orElseGet(Builder::new);
    }

    /** Builds a {@link RapidEmbeddingModel}; can be extended for a {@link RapidEmbeddingModelBuilderFactory}. */
    public static class Builder {

        private final EncoderEmbeddingModel.Builder encoder = EncoderEmbeddingModel.builder();

        protected Builder() {}

        /**
         * The network: a folder with a Hugging Face checkpoint, or a model of the hub, {@code organisation/name} or
         * {@code organisation/name@revision}; {@code BAAI/bge-m3} by default.
         */
        public Builder model(String folderOrHubId) {
            encoder.model(folderOrHubId);
            return this;
        }

        /** {@link #model(String)} for a folder. */
        public Builder model(Path folder) {
            encoder.model(folder);
            return this;
        }

        /**
         * Where a model that is not a folder comes from; by default the hub that the environment variables describe.
         */
        public Builder hub(Hub hub) {
            encoder.hub(Objects.requireNonNull(hub, "hub").files());
            return this;
        }

        /** The name the model goes by in responses; by default the checkpoint's. */
        public Builder modelName(String modelName) {
            encoder.modelName(modelName);
            return this;
        }

        /** {@code cpu}, {@code cuda}, {@code cuda:N}, or {@code auto}, the default: CUDA if there is a device. */
        public Builder device(String device) {
            encoder.device(device);
            return this;
        }

        /**
         * The type of weights and activations; {@link WeightFormat#AUTO} by default, which is float32 on the CPU and
         * bfloat16 on CUDA. Formats of fewer bits are for decoders.
         */
        public Builder weights(WeightFormat weights) {
            encoder.weights(weights);
            return this;
        }

        /** Threads that work on a pass on the CPU: {@link RapidEngine.Builder#cpuThreads} of the whole process. */
        public Builder cpuThreads(int cpuThreads) {
            encoder.cpuThreads(cpuThreads);
            return this;
        }

        /**
         * How a text's dense vector is made. By default as the checkpoint's {@code modules.json} and
         * {@code 1_Pooling/config.json} say; without them the first token's for BGE-M3, and the mean for other
         * encoders. Give it where these files are missing and the model wants another; a decoder's is
         * {@link Pooling#LAST}.
         */
        public Builder pooling(Pooling pooling) {
            encoder.pooling(pooling);
            return this;
        }

        /**
         * Most tokens of a text, control tokens included; longer texts are cut. By default, and at most, what the
         * checkpoint was made for: 8,192 for BGE-M3.
         */
        public Builder maxTokens(int maxTokens) {
            encoder.maxTokens(maxTokens);
            return this;
        }

        /** Most tokens of a pass; otherwise what suits the device, which takes no more. */
        Builder batchTokens(int batchTokens) {
            encoder.batchTokens(batchTokens);
            return this;
        }

        /**
         * What the model was trained to see before a question, {@code "query: "} for E5; BGE-M3 needs none. Applied to
         * requests with the input type {@link EmbeddingInputType#QUERY}. By default what the checkpoint's
         * {@code config_sentence_transformers.json} has for it, Qwen3-Embedding's instruction for instance.
         */
        public Builder queryPrefix(String prefix) {
            encoder.queryPrefix(prefix);
            return this;
        }

        /** As {@link #queryPrefix} for {@link EmbeddingInputType#DOCUMENT}, {@code "passage: "} for E5. */
        public Builder documentPrefix(String prefix) {
            encoder.documentPrefix(prefix);
            return this;
        }

        /** The input type of requests that have none; by default they get no prefix. */
        public Builder inputType(EmbeddingInputType inputType) {
            encoder.inputType(inputType);
            return this;
        }

        /** Hears how far requests have come that bring no listener of their own. */
        public Builder progressListener(EmbeddingProgressListener listener) {
            encoder.progressListener(listener);
            return this;
        }

        /**
         * Hears of loading: {@link ProgressListener#onLoading(String, String)}, how far it is, and
         * {@link ProgressListener#onLoaded}; it may be the engine's.
         */
        public Builder loadingListener(ProgressListener listener) {
            encoder.loadingListener(new SafeProgress(List.of(listener)));
            return this;
        }

        /** Hear of requests, responses and errors. */
        public Builder listeners(List<EmbeddingModelListener> listeners) {
            encoder.listeners(listeners);
            return this;
        }

        /** {@link #listeners(List)}. */
        public Builder listeners(EmbeddingModelListener... listeners) {
            return listeners(List.of(listeners));
        }

        /**
         * Loads the encoder.
         *
         * @throws IllegalArgumentException if an option does not fit the checkpoint, or the machine lacks the device
         * @throws CheckpointException if the checkpoint cannot be had or used
         * @throws dev.rapid4j.TorchException if the PyTorch engine fails, memory does not suffice, or the thread is
         *     interrupted while weights are loaded, which it then still is
         */
        public RapidEmbeddingModel build() {
            return new RapidEmbeddingModel(encoder.build());
        }
    }
}
