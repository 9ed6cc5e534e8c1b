package dev.rapid4j.internal.embedding;

import static dev.langchain4j.internal.Utils.copy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.BgeM3Embedding;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.Pooling;
import dev.rapid4j.RankingWeights;
import dev.rapid4j.internal.checkpoint.EmbeddingCheckpoint;
import dev.rapid4j.internal.checkpoint.EmbeddingDecoder;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.checkpoint.SentencePrompts;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.model.CacheIdentity;
import dev.rapid4j.internal.model.TextDecoder;
import dev.rapid4j.internal.model.TextEncoder;
import dev.rapid4j.internal.model.TextNetwork;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.Torch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@link dev.rapid4j.RapidEmbeddingModel} does, and {@link #views} beside it: several views of texts, kept in
 * native memory to rank them by questions.
 */
public final class EncoderEmbeddingModel implements EmbeddingModel, AutoCloseable {

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
            new EmbeddingParameter<>("rapid.progressListener", EmbeddingProgressListener.class);

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEmbeddingModel");
    private static final EmbeddingProgressListener SILENT = (embedded, total) -> {};

    private final EmbeddingCheckpoint checkpoint;
    private final String modelName;
    private final Tokenizer tokenizer;
    private final int dimension;
    private final Key identity;
    private final int maxTokens;
    private final int controlTokens;
    private final EncoderPasses passes;
    private final TextNetwork network;
    private final Optional<String> queryPrefix;
    private final Optional<String> documentPrefix;
    private final Optional<String> otherPrefix;
    private final EmbeddingRequestParameters defaults;
    private final List<EmbeddingModelListener> listeners;
    private final AtomicLong truncated = new AtomicLong();

    private EncoderEmbeddingModel(Builder builder) {
        // all that is cheap to check comes before the weights
        Device device = Device.of(builder.device);
        EmbeddingCheckpoint published = builder.open();
        checkpoint = builder.pooling.map(published::withPooling).orElse(published);
        modelName = builder.modelName.orElse(checkpoint.name());
        SentencePrompts prompts = checkpoint.prompts();
        queryPrefix = builder.queryPrefix.or(prompts::query);
        documentPrefix = builder.documentPrefix.or(prompts::document);
        otherPrefix = prompts.other();
        listeners = builder.listeners;
        defaults = EmbeddingRequestParameters.builder()
                .inputType(builder.inputType.orElse(null))
                .set(PROGRESS_LISTENER, builder.progressListener.orElse(null))
                .build();
        if (builder.inputType.isPresent() && !hasPrefix()) {
            throw new IllegalArgumentException(
                    "inputType is of no consequence without a queryPrefix or documentPrefix; give the prefixes that"
                            + " the model was trained with, or no inputType");
        }
        tokenizer = checkpoint.openTokenizer();
        try {
            controlTokens =
                    tokenizer.encodeForEncoder("", checkpoint.maxTokens()).ids().length;
            maxTokens = maxTokens(builder.maxTokens, controlTokens + 1);
            builder.cpuThreads.ifPresent(Torch::setThreads);
            LOG.info("Loading {} on {}", checkpoint.name(), device);
            builder.loadingListener.onLoading(checkpoint.name(), device.toString());
            long start = System.nanoTime();
            network = load(checkpoint, device, builder);
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            dimension = network.dimension();
            // at once, as the files may be replaced later
            identity = CacheIdentity.of(checkpoint, network)
                    .with(List.of(maxTokens, queryPrefix, documentPrefix, otherPrefix, defaults.inputType() + "")
                            .toString());
            passes = new EncoderPasses(network, "embedding model", builder.batchTokens.orElse(network.tokenBudget()));
            LOG.info(
                    "Loaded {}: {} MB in {} ms",
                    checkpoint.name(),
                    ByteSizes.megabytes(network.weightBytes()),
                    elapsed.toMillis());
            builder.loadingListener.onLoaded(checkpoint.name(), network.weightBytes(), elapsed);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private static TextNetwork load(EmbeddingCheckpoint checkpoint, Device device, Builder builder) {
        return checkpoint instanceof EmbeddingDecoder decoder
                ? TextDecoder.load(decoder, device, builder.weights, builder.loadingListener)
                : TextEncoder.load((EncoderCheckpoint) checkpoint, device, builder.weights, builder.loadingListener);
    }

    private int maxTokens(OptionalInt wanted, int least) {
        int most = checkpoint.maxTokens();
        int tokens = wanted.orElse(most);
        if (tokens < least || tokens > most) {
            throw new IllegalArgumentException("maxTokens must be from %,d to %,d, the most that %s reads, but is %,d"
                    .formatted(least, most, checkpoint.name(), tokens));
        }
        return tokens;
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
        List<int[]> sequences = encode(
                request.inputs().stream().map(EmbeddingInput::text).toList(), Optional.ofNullable(request.inputType()));
        EmbeddingProgressListener listener = Optional.ofNullable(
                        request.parameters().parameter(PROGRESS_LISTENER))
                .orElse(SILENT);
        Embedding[] embeddings = new Embedding[sequences.size()];
        passes.forEachBatch(sequences, listener, (indices, batch) -> {
            float[][] vectors = network.embed(batch);
            for (int i = 0; i < indices.length; i++) {
                embeddings[indices[i]] = Embedding.from(vectors[i]);
            }
        });
        return EmbeddingResponse.builder()
                .embeddings(Arrays.asList(embeddings))
                .modelName(modelName)
                .tokenUsage(tokenUsage(sequences))
                .build();
    }

    /** As LangChain4j's other models in the process count: without the control tokens. */
    TokenUsage tokenUsage(List<int[]> sequences) {
        return new TokenUsage(sequences.stream()
                .mapToInt(sequence -> sequence.length - controlTokens)
                .sum());
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
        Optional<EmbeddingInputType> inputType = Optional.ofNullable(defaults.inputType());
        EmbeddingProgressListener listener =
                Optional.ofNullable(defaults.parameter(PROGRESS_LISTENER)).orElse(SILENT);
        try (TextViews views = views(texts, inputType, ElementType.FLOAT32, listener)) {
            return views.toList();
        }
    }

    /**
     * Embeds texts in all three views, to rank them by questions.
     *
     * @param inputType whether these are questions or passages
     * @param listener hears how far it has come, and may cancel it
     * @return the views, to be closed by the caller
     * @throws UnsupportedFeatureException if the checkpoint lacks a head, saying which file is missing
     * @throws IllegalStateException if the model is closed, before or meanwhile
     * @throws LangChain4jException if the encoder fails, or the thread is interrupted, which it then still is
     * @throws CancellationException if the listener says so
     */
    public TextViews views(List<String> texts, EmbeddingInputType inputType, EmbeddingProgressListener listener) {
        return views(texts, Optional.of(inputType), ElementType.FLOAT16, listener);
    }

    private TextViews views(
            List<String> texts,
            Optional<EmbeddingInputType> inputType,
            ElementType tokenVectorType,
            EmbeddingProgressListener listener) {
        checkHeads("");
        return views(encode(texts, inputType), tokenVectorType, listener);
    }

    private TextViews views(List<int[]> sequences, ElementType tokenVectorType, EmbeddingProgressListener listener) {
        return TextViews.of(passes, (TextEncoder) network, sequences, tokenVectorType, tokenizer::isSpecial, listener);
    }

    /** The views of what {@link #encode} gave, to rank texts by; to be closed by the caller. */
    TextViews views(List<int[]> sequences) {
        return views(sequences, ElementType.FLOAT16, SILENT);
    }

    /**
     * Views that {@link TextViews#copyTo} has put into memory outside the heap.
     *
     * @param texts how many
     * @return to be closed by the caller
     * @throws IllegalArgumentException if that is not what is there
     */
    public TextViews restoreViews(int texts, ByteBuffer from) {
        return TextViews.restore(passes, (TextEncoder) network, texts, from, ElementType.FLOAT16);
    }

    /** What its vectors depend on beside the texts. */
    public Key identity() {
        return identity;
    }

    /** Whether the checkpoint has the heads that make lexical weights and token vectors, as BGE-M3 has. */
    public boolean hasAllViews() {
        return checkpoint instanceof EncoderCheckpoint encoder && encoder.hasLexicalHead() && encoder.hasTokenHead();
    }

    private void checkHeads(String instead) {
        if (!hasAllViews()) {
            List<String> missing = new ArrayList<>();
            if (!(checkpoint instanceof EncoderCheckpoint encoder) || !encoder.hasLexicalHead()) {
                missing.add("sparse_linear.pt");
            }
            if (!(checkpoint instanceof EncoderCheckpoint encoder) || !encoder.hasTokenHead()) {
                missing.add("colbert_linear.pt");
            }
            throw new UnsupportedFeatureException(checkpoint.directory() + " has no " + String.join(" and no ", missing)
                    + ", so there are only dense vectors; "
                    + instead
                    + "put the file there if the model has one, as BAAI/bge-m3 does");
        }
    }

    /** {@link #scoringModel(RankingWeights)} with {@link RankingWeights#DEFAULT}. */
    public ScoringModel scoringModel() {
        return scoringModel(RankingWeights.DEFAULT);
    }

    /**
     * Scores how well a text answers a query, by all three views: for LangChain4j's {@code ReRankingContentAggregator},
     * say. Works as long as this model is open.
     *
     * @throws UnsupportedFeatureException if the checkpoint lacks a head, saying which file is missing
     */
    public ScoringModel scoringModel(RankingWeights weights) {
        Objects.requireNonNull(weights, "weights");
        checkHeads(
                "to score texts by these take scoringModel() of a RapidEngine that has this model, or a reranker with"
                        + " RapidScoringModel, or ");
        return new ViewScoringModel(this, weights);
    }

    /** Tokens of texts, as they go through the encoder. */
    List<int[]> encode(List<String> texts, Optional<EmbeddingInputType> inputType) {
        String prefix = (inputType.isPresent() ? prefix(inputType.get()) : otherPrefix).orElse("");
        List<int[]> sequences = new ArrayList<>(texts.size());
        for (String text : texts) {
            passes.checkGoesOn();
            EncoderInput input = tokenizer.encodeForEncoder(prefix + text, maxTokens, passes::checkGoesOn);
            if (input.truncated() && truncated.getAndIncrement() == 0) {
                LOG.warn(
                        "{} reads {} tokens at most, and a text has more: what is behind them is ignored. Split long"
                                + " texts. This is said once, truncatedInputs() counts on",
                        modelName,
                        maxTokens);
            }
            sequences.add(input.ids());
        }
        return sequences;
    }

    private Optional<String> prefix(EmbeddingInputType inputType) {
        return switch (inputType) {
            case QUERY -> queryPrefix;
            case DOCUMENT -> documentPrefix;
        };
    }

    private boolean hasPrefix() {
        return queryPrefix.isPresent() || documentPrefix.isPresent();
    }

    /** How many texts have been cut to {@link #maxTokens()} so far. */
    public long truncatedInputs() {
        return truncated.get();
    }

    /** What a token id of {@link BgeM3Embedding#lexicalWeights()} stands for; white space around it may be lost. */
    public String tokenText(int id) {
        return tokenizer.decode(new int[] {id}, false);
    }

    /** Most tokens of a text, control tokens included. */
    public int maxTokens() {
        return maxTokens;
    }

    /** Dimensions of the dense vectors. */
    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public String modelName() {
        return modelName;
    }

    @Override
    public EmbeddingRequestParameters defaultRequestParameters() {
        return defaults;
    }

    /** {@link #PROGRESS_LISTENER}, and the input type if the model has a prefix. */
    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return hasPrefix()
                ? Set.of(PROGRESS_LISTENER, EmbeddingRequestParameters.INPUT_TYPE)
                : Set.of(PROGRESS_LISTENER);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /**
     * Waits for the pass that is running and frees all memory. Calls that have more to do end with an
     * {@link IllegalStateException}, as later ones do.
     */
    @Override
    public void close() {
        passes.close();
        tokenizer.close();
    }

    /** A new model; nothing must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** The options that {@link dev.rapid4j.RapidEmbeddingModel.Builder} describes. */
    public static final class Builder extends NetworkOptions<EmbeddingCheckpoint, Builder> {

        private Optional<String> modelName = Optional.empty();
        private Optional<Pooling> pooling = Optional.empty();
        private OptionalInt batchTokens = OptionalInt.empty();
        private Optional<String> queryPrefix = Optional.empty();
        private Optional<String> documentPrefix = Optional.empty();
        private Optional<EmbeddingInputType> inputType = Optional.empty();
        private Optional<EmbeddingProgressListener> progressListener = Optional.empty();
        private List<EmbeddingModelListener> listeners = List.of();

        private Builder() {
            super("BAAI/bge-m3", EmbeddingCheckpoint::open, EmbeddingCheckpoint::open);
        }

        @Override
        Builder self() {
            return this;
        }

        public Builder modelName(String modelName) {
            if (modelName == null || modelName.isBlank()) {
                throw new IllegalArgumentException("modelName must not be blank");
            }
            this.modelName = Optional.of(modelName);
            return this;
        }

        public Builder pooling(Pooling pooling) {
            this.pooling = Optional.of(Objects.requireNonNull(pooling, "pooling"));
            return this;
        }

        public Builder batchTokens(int batchTokens) {
            this.batchTokens = OptionalInt.of(batchTokens);
            return this;
        }

        public Builder queryPrefix(String prefix) {
            this.queryPrefix = Optional.of(Objects.requireNonNull(prefix, "queryPrefix"));
            return this;
        }

        public Builder documentPrefix(String prefix) {
            this.documentPrefix = Optional.of(Objects.requireNonNull(prefix, "documentPrefix"));
            return this;
        }

        public Builder inputType(EmbeddingInputType inputType) {
            this.inputType = Optional.of(Objects.requireNonNull(inputType, "inputType"));
            return this;
        }

        public Builder progressListener(EmbeddingProgressListener listener) {
            this.progressListener = Optional.of(Objects.requireNonNull(listener, "progressListener"));
            return this;
        }

        public Builder listeners(List<EmbeddingModelListener> listeners) {
            this.listeners = copy(listeners);
            return this;
        }

        public Builder listeners(EmbeddingModelListener... listeners) {
            return listeners(List.of(listeners));
        }

        public EncoderEmbeddingModel build() {
            return new EncoderEmbeddingModel(this);
        }
    }
}
