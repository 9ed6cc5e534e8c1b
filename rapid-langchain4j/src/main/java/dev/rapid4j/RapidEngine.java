package dev.rapid4j;

import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.Generator;
import dev.rapid4j.internal.decoding.StoredCaches;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.engine.Checkpoints;
import dev.rapid4j.internal.engine.KnownDocuments;
import dev.rapid4j.internal.engine.LangChain4jExceptions;
import dev.rapid4j.internal.engine.MissingEmbeddingModel;
import dev.rapid4j.internal.engine.Models;
import dev.rapid4j.internal.engine.PassageFinder;
import dev.rapid4j.internal.engine.Pipeline;
import dev.rapid4j.internal.engine.PromptEncoder;
import dev.rapid4j.internal.engine.PromptFitter;
import dev.rapid4j.internal.engine.Request;
import dev.rapid4j.internal.engine.RequestQueue;
import dev.rapid4j.internal.engine.RequestSettings;
import dev.rapid4j.internal.engine.Resources;
import dev.rapid4j.internal.engine.TargetAloneNotice;
import dev.rapid4j.internal.engine.TokenCounter;
import dev.rapid4j.internal.model.CacheIdentity;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.Placement;
import dev.rapid4j.internal.prompt.PromptTemplate;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Torch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/**
 * Target and drafter, loaded, with all they need: tokenizer, chat template, passages of recent texts, KV caches of
 * recent conversations, and the queue of requests. Several {@link RapidChatModel}s and {@link RapidStreamingChatModel}s
 * may share one.
 *
 * <p>Requests are answered in order of arrival, some of them at the same time
 * ({@link Builder#maxParallelRequests(int)}), each as if it were alone. {@link #close()} ends those that run or wait
 * and frees all memory.
 */
public final class RapidEngine implements AutoCloseable {

    private final Pipeline pipeline;
    private final KnownDocuments documents;
    private final RequestQueue queue;
    private final ProgressListener progress;
    private final Optional<EmbeddingModel> embeddingModel;
    private final int embeddingBatchSize;

    private RapidEngine(Pipeline pipeline, RequestQueue queue, ProgressListener progress, LoadingOptions<?> options) {
        this.pipeline = pipeline;
        this.documents = new KnownDocuments(pipeline, options.embeddingModel.isPresent());
        this.queue = queue;
        this.progress = progress;
        this.embeddingModel = options.embeddingModel;
        this.embeddingBatchSize = options.embeddingBatchSize;
    }

    static RapidEngine load(LoadingOptions<?> options) {
        if (options.target == null) {
            throw new IllegalArgumentException(
                    "target is missing: give a folder, a GGUF file, or a model of the hub (organisation/name)");
        }
        Resources resources = new Resources();
        try {
            ProgressListener progress = new SafeProgress(options.progressListeners);
            Pipeline pipeline = pipeline(options, progress, resources);
            return new RapidEngine(
                    pipeline,
                    new RequestQueue(
                            "rapid-" + pipeline.modelName(),
                            options.maxParallelRequests.orElseGet(() -> parallelRequests(pipeline.models())),
                            options.maxQueuedRequests,
                            pipeline.generator()::undisturbed,
                            resources::close),
                    progress,
                    options);
        } catch (Throwable e) {
            resources.close();
            throw e;
        }
    }

    private static Pipeline pipeline(LoadingOptions<?> options, ProgressListener progress, Resources resources) {
        Hub hub = options.hub.orElseGet(Hub::fromEnvironment);
        // all that is cheap to check comes before the weights
        Devices targetDevices = Devices.of(options.targetDevice);
        Devices drafterDevices = options.drafterDevice.map(Devices::of).orElse(targetDevices);
        Placement targetPlace = new Placement(targetDevices, options.targetWeights, options.cacheType);
        Placement drafterPlace =
                new Placement(drafterDevices, options.drafterWeights.orElse(options.targetWeights), options.cacheType);
        Checkpoint target = options.target.apply(hub);
        Checkpoints checkpoints = new Checkpoints(
                target, options.drafter.map(source -> source.apply(hub)).orElse(target));
        PromptTemplate template = checkpoints.chatTemplate(options.chatTemplateVariables);
        Optional<DiskCache> disk =
                options.cacheDirectory.map(directory -> DiskCache.open(directory, options.cacheDirectoryBytes));
        Tokenizer tokenizer = resources.add(target.openTokenizer());
        checkpoints.checkSameVocabulary(tokenizer);
        PromptEncoder encoder = new PromptEncoder(template, tokenizer);
        PassageFinder passages = new PassageFinder(
                resources.add(retriever(options, new TokenCounter(encoder), disk)),
                new RetrievalSettings(
                        RetrievalSettings.forDraftContext(options.draftContextTokens, options.passageTokens)
                                .maxPassages(),
                        options.minSimilarity),
                options.passagesIntroduction);

        options.cpuThreads.ifPresent(Torch::setThreads);
        Models models =
                Models.load(checkpoints, targetPlace, drafterPlace, options.maxContextTokens, progress, resources);
        long cacheBytes = options.cacheBytes.orElseGet(() -> cacheBytes(models.target()));
        Optional<StoredCaches> stored =
                disk.map(files -> new StoredCaches(files, models.target(), CacheIdentity.of(target, models.target())));
        Generator generator = resources.add(
                new Generator(models.target(), models.drafter(), checkpoints.endTokens(), cacheBytes, stored));
        return new Pipeline(
                options.modelName.orElse(target.name()),
                options.longTextSelector,
                passages,
                new PromptFitter(models, encoder, options.oversizedPrompts),
                checkpoints.answerFormat(template, tokenizer),
                generator,
                options.draftContextTokens,
                options.readAhead.orElse(models.target().shareOnCpu() == 0),
                new TargetAloneNotice());
    }

    /** With more, a pass takes so much longer that nobody's answer comes sooner. */
    private static int parallelRequests(Models models) {
        return models.target().shareOnCpu() == 0 ? 8 : 4;
    }

    /** As many as a quarter of what is free on each device has room for. */
    private static long cacheBytes(LanguageModel target) {
        return target.devices().stream()
                .mapToLong(device -> (long) (Torch.availableMemory(device) / 4 / target.cacheShare(device)))
                .min()
                .orElseThrow();
    }

    private static PassageRetriever retriever(
            LoadingOptions<?> options, TokenCounter tokens, Optional<DiskCache> disk) {
        PassageRetriever.Builder retriever = PassageRetriever.builder()
                .embeddingModel(
                        options.embeddingModel.map(RapidEngine::withAllViews).orElseGet(MissingEmbeddingModel::new))
                .splitter(new TokenDocumentSplitter(tokens, options.passageTokens))
                .batchSize(options.embeddingBatchSize)
                .maxCachedTexts(options.passageCacheTexts)
                .maxCachedBytes(options.passageCacheBytes);
        options.passageRanking.ifPresent(retriever::passageRanking);
        options.embeddingStores.ifPresent(retriever::embeddingStores);
        disk.ifPresent(retriever::diskCache);
        return retriever.build();
    }

    /** The model behind this library's own, which ranks by three views where others give one. */
    private static EmbeddingModel withAllViews(EmbeddingModel model) {
        return model instanceof RapidEmbeddingModel rapid ? rapid.encoder() : model;
    }

    /** The name the model goes by in requests and responses. */
    public String modelName() {
        return pipeline.modelName();
    }

    /** Most tokens of a prompt with its answer. */
    public int contextLength() {
        return pipeline.models().target().contextLength();
    }

    /** Counts tokens as the target does: in texts as they are, in messages with what the chat template adds. */
    public TokenCountEstimator tokenCountEstimator() {
        return pipeline.tokens();
    }

    /** What the engine holds and does at this moment. May be asked by any thread, at any time. */
    public EngineStatus status() {
        return new EngineStatus(
                EngineStatus.ModelStatus.of(pipeline.models().target()),
                EngineStatus.ModelStatus.of(pipeline.models().drafter()),
                queue.waiting(),
                queue.running(),
                pipeline.generator().cacheBytes(),
                pipeline.generator().maxCacheBytes(),
                pipeline.generator().storedBytes(),
                pipeline.passages().retriever().cachedBytes());
    }

    /**
     * {@link #preload(List)} for a document that questions will follow, without a system message: as
     * {@code UserMessage.from(TextContent.from(document), TextContent.from(question))}, or in one text with a blank
     * line between, which reads the same, but whose first question may index the document once more.
     */
    public int preload(String document) {
        return preload(List.of(UserMessage.from(document)));
    }

    /** {@link #preload(ChatRequest)} for requests without tools, whose parameters leave the prompt as it is. */
    public int preload(List<ChatMessage> messages) {
        return preload(messages, RapidChatRequestParameters.EMPTY, Optional.empty());
    }

    /** {@link #preload(ChatRequest, Duration)}, as long as that takes. */
    public int preload(ChatRequest request) {
        return preload(request.messages(), request.parameters(), Optional.empty());
    }

    /**
     * Reads a conversation ahead of its next question, which then is answered as if it were not the first: its KV cache
     * stays in memory, and its long texts are indexed if there is an embedding model. Waits in the queue like a
     * request, and until all is read.
     *
     * @param request as it will come, but without the question: a system message, and a user message to which only a
     *     text is added, or earlier questions with their answers. Of its parameters those count that can change what
     *     stands before the question, so give those of the request, or of the model whose defaults they are: tools,
     *     {@code toolChoice} ({@code NONE} tells of no tools), {@code thinking} and {@code sendThinking}. Its
     *     {@link RapidChatRequestParameters.Builder#progressListener} hears how far it is, beside the engine's
     * @param timeout longest time, waiting for others included
     * @return tokens that the question will find read
     * @throws dev.langchain4j.exception.InvalidRequestException if the request could not be answered with a question,
     *     or is too long to be read or to be kept
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if the engine or the model cannot do what it asks
     *     for
     * @throws dev.langchain4j.exception.LangChain4jException as requests end with, if the time is over, the thread is
     *     interrupted, too many wait, or the engine fails or is closed
     */
    public int preload(ChatRequest request, Duration timeout) {
        return preload(request.messages(), request.parameters(), Optional.of(timeout));
    }

    private int preload(List<ChatMessage> messages, ChatRequestParameters parameters, Optional<Duration> timeout) {
        RequestSettings settings = settings(parameters);
        ProgressListener listener =
                settings.progressListener().map(progress::and).orElse(progress);
        return await(documents.preload(messages, settings, listener), timeout);
    }

    /**
     * Refuses what each request with these parameters would be refused for, whatever it adds to them.
     *
     * @throws IllegalArgumentException if a value is missing, out of range or contradicts another
     */
    void checkDefaults(ChatRequestParameters parameters) {
        try {
            pipeline.checkDefaults(SettingsReader.read(parameters, modelName()));
        } catch (InvalidRequestException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Refuses what a request with these parameters would be refused for. */
    private RequestSettings settings(ChatRequestParameters parameters) {
        try {
            RequestSettings settings = SettingsReader.read(parameters, modelName());
            pipeline.check(settings);
            return settings;
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }

    /** {@link #tokensRead(ChatRequest)} for requests without tools, whose parameters leave the prompt as it is. */
    public int tokensRead(List<ChatMessage> messages) {
        return tokensRead(messages, RapidChatRequestParameters.EMPTY);
    }

    /**
     * How much of a conversation would not have to be read for its next question: what was preloaded, or stood in an
     * earlier prompt, as far as it is kept in memory or in the {@link Builder#cacheDirectory}. What a running request
     * uses is not counted. Does not wait for requests; takes as long as making tokens of the messages.
     *
     * @param request as for {@link #preload(ChatRequest, Duration)}
     * @return tokens, from the first one on
     * @throws dev.langchain4j.exception.InvalidRequestException if the request could not be answered with a question
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if the engine or the model cannot do what it asks
     *     for
     * @throws dev.langchain4j.exception.LangChain4jException if the engine is closed
     */
    public int tokensRead(ChatRequest request) {
        return tokensRead(request.messages(), request.parameters());
    }

    private int tokensRead(List<ChatMessage> messages, ChatRequestParameters parameters) {
        queue.checkOpen();
        return documents.tokensRead(messages, settings(parameters));
    }

    /** {@link #forget(List)} for a document by itself. */
    public boolean forget(String document) {
        return forget(List.of(UserMessage.from(document)));
    }

    /**
     * Removes what is kept of the documents of a conversation, which are its long texts, or if there are none, all that
     * the user says: KV caches and indexes of passages in memory, and in {@link Builder#cacheDirectory} all that holds
     * tokens of them or was read behind them, such as questions and answers. What stands before them stays. Waits in
     * the queue like a request; those behind it in the queue bring back what they ask about, and so does another
     * process that uses the same folder. Freed memory and disk space are not overwritten.
     *
     * @param messages as they were asked, with or without questions
     * @return whether anything was kept; what it was is logged
     * @throws dev.langchain4j.exception.InvalidRequestException if the messages cannot be answered, or all texts have
     *     fewer than 8 tokens, which stand in other texts as well
     * @throws dev.langchain4j.exception.LangChain4jException as requests end with
     */
    public boolean forget(List<ChatMessage> messages) {
        return await(documents.forget(messages), Optional.empty());
    }

    /**
     * Scores how well texts answer a question, as the engine's passages are scored ({@link Passage#score}): by all
     * three views of BGE-M3, or by the cosine similarity. Texts longer than the embedding model reads are cut. For
     * LangChain4j's {@code ReRankingContentAggregator}, say; works as long as the embedding model is open.
     *
     * @throws IllegalStateException if the engine has no embedding model
     */
    public ScoringModel scoringModel() {
        if (embeddingModel.isEmpty()) {
            throw new IllegalStateException(
                    "The engine has no embedding model to score texts with; build it with .embeddingModel(...)");
        }
        return pipeline.passages().retriever().scoringModel();
    }

    /** Cuts documents into segments of its passages' length, as {@link #documentIngestor} does. */
    public DocumentSplitter documentSplitter() {
        return pipeline.passages().retriever().splitter();
    }

    /**
     * A retrieval augmentor over a store, for this engine: its embedding model and token counter, as many segments as
     * its drafter may read, and documents up to its context length, less what the default answer may take. Of a message
     * that brings a long text of its own, only the question is searched for. All of it can be changed before it is
     * built.
     *
     * @param store filled by {@link #documentIngestor} or otherwise
     */
    public RapidRetrievalAugmentor.Builder retrievalAugmentor(EmbeddingStore<TextSegment> store) {
        return RapidRetrievalAugmentor.builder()
                .embeddingStore(store)
                .embeddingModel(embeddingModel.orElse(null))
                .tokenCountEstimator(tokenCountEstimator())
                .queryTransformer(this::question)
                .maxContextTokens(pipeline.promptTokens())
                .maxSegments(pipeline.passages().defaults().maxPassages())
                .minSimilarity(pipeline.passages().defaults().minSimilarity());
    }

    private List<Query> question(Query query) {
        String question = pipeline.longTextSelector()
                .select(List.of(UserMessage.from(query.text())))
                .question();
        return List.of(Query.from(question, query.metadata()));
    }

    /**
     * What writes documents for {@link #retrievalAugmentor}: its embedding model, and segments of its passages' length.
     */
    public RapidDocumentIngestor.Builder documentIngestor(EmbeddingStore<TextSegment> store) {
        return RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(embeddingModel.orElse(null))
                .splitter(documentSplitter())
                .embeddingBatchSize(embeddingBatchSize)
                .listener(progress::onIndexing);
    }

    /** Sends a request on its way and waits for its end. */
    <T> T await(Request<T> request, Optional<Duration> timeout) {
        if (queue.isWorker()) {
            throw new IllegalStateException(
                    "A listener of the engine, or its embedding model, cannot wait for an answer"
                            + " of the same engine: it would wait forever");
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        submit(request, timeout, (response, failure) -> {
            if (failure == null) {
                answer.complete(response);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            RuntimeException interrupted = LangChain4jExceptions.interrupted(e);
            request.fail(interrupted);
            throw interrupted;
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    /** @param whenEnded called once, with the response or the failure, by any thread; it must not block */
    <T> void submit(Request<T> request, Optional<Duration> timeout, BiConsumer<T, RuntimeException> whenEnded) {
        request.result()
                .whenComplete((response, failure) ->
                        whenEnded.accept(response, failure == null ? null : failureOf(failure, timeout)));
        timeout.ifPresent(limit -> expire(request.result(), limit));
        queue.submit(request);
    }

    private static void expire(CompletableFuture<?> result, Duration limit) {
        long nanos;
        try {
            nanos = limit.toNanos();
        } catch (ArithmeticException e) {
            nanos = Long.MAX_VALUE;
        }
        result.orTimeout(nanos, TimeUnit.NANOSECONDS);
    }

    private static RuntimeException failureOf(Throwable failure, Optional<Duration> timeout) {
        if (failure instanceof TimeoutException) {
            return LangChain4jExceptions.timeout(timeout.orElseThrow());
        }
        return (RuntimeException) failure;
    }

    Pipeline pipeline() {
        return pipeline;
    }

    /** The listeners of the engine; hears of every request. */
    ProgressListener progress() {
        return progress;
    }

    RequestQueue queue() {
        return queue;
    }

    /**
     * Ends all requests with a {@link dev.langchain4j.exception.NonRetriableException}, waits for the round that is
     * running, and frees all memory. May be called by any thread, handlers included, and more than once.
     */
    @Override
    public void close() {
        queue.close();
    }

    /** Options of an engine; only the target must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RapidEngine}. */
    public static final class Builder extends LoadingOptions<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Loads target and drafter.
         *
         * @throws IllegalArgumentException if the target is missing, or the machine lacks a device
         * @throws CheckpointException if a checkpoint cannot be had or used, or target and drafter do not fit together
         * @throws dev.rapid4j.TorchException if the PyTorch engine fails, memory does not suffice, or the thread is
         *     interrupted while weights are loaded, which it then still is
         */
        public RapidEngine build() {
            return load(this);
        }
    }
}
