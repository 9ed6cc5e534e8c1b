package dev.rapid4j;

import dev.langchain4j.data.document.DocumentSplitter;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import dev.rapid4j.internal.checkpoint.ChatTemplateSource;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.Generator;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Target and drafter, loaded, with all they need: tokenizer, chat template, passages of recent texts, KV caches of
 * recent conversations, and the queue of requests. Several {@link RapidChatModel}s and {@link RapidStreamingChatModel}s
 * may share one.
 *
 * <p>Requests are answered one at a time in order of arrival. {@link #close()} ends those that run or wait and frees
 * all memory.
 */
public final class RapidEngine implements AutoCloseable {

    private final Pipeline pipeline;
    private final RequestQueue queue;
    private final Optional<EmbeddingModel> embeddingModel;
    private final int embeddingBatchSize;

    private RapidEngine(Pipeline pipeline, RequestQueue queue, EngineOptions<?> options) {
        this.pipeline = pipeline;
        this.queue = queue;
        this.embeddingModel = options.embeddingModel;
        this.embeddingBatchSize = options.embeddingBatchSize;
    }

    /** What has to be closed, the last one first. */
    private static final class Resources implements AutoCloseable {

        private final Deque<AutoCloseable> opened = new ArrayDeque<>();

        <T extends AutoCloseable> T add(T resource) {
            opened.push(resource);
            return resource;
        }

        @Override
        public void close() {
            for (AutoCloseable resource : opened) {
                try {
                    resource.close();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            opened.clear();
        }
    }

    static RapidEngine load(EngineOptions<?> options) {
        if (options.target == null) {
            throw new IllegalArgumentException(
                    "target is missing: give the folder of a checkpoint, or a model of the hub (organisation/name)");
        }
        Resources resources = new Resources();
        try {
            Pipeline pipeline = pipeline(options, resources);
            return new RapidEngine(
                    pipeline,
                    new RequestQueue("rapid-" + pipeline.modelName(), options.maxQueuedRequests, resources::close),
                    options);
        } catch (Throwable e) {
            resources.close();
            throw e;
        }
    }

    private static Pipeline pipeline(EngineOptions<?> options, Resources resources) {
        SafeProgress progress = new SafeProgress(options.progressListeners);
        Hub hub = options.hub.orElseGet(Hub::fromEnvironment);
        // all that is cheap to check comes before the weights
        Device targetDevice = Device.of(options.targetDevice);
        Device drafterDevice = options.drafterDevice.map(Device::of).orElse(targetDevice);
        Precision drafterPrecision = options.drafterPrecision.orElse(options.targetPrecision);
        Checkpoint targetCheckpoint = options.target.apply(hub);
        Checkpoint drafterCheckpoint =
                options.drafter.map(source -> source.apply(hub)).orElse(targetCheckpoint);
        ChatTemplate template = template(targetCheckpoint);
        Tokenizer tokenizer = resources.add(targetCheckpoint.openTokenizer());
        checkSameVocabulary(tokenizer, targetCheckpoint, drafterCheckpoint);
        PromptEncoder encoder = new PromptEncoder(template, options.chatTemplateVariables, tokenizer);
        TokenCounter tokens = new TokenCounter(encoder);
        PassageRetriever retriever = resources.add(retriever(options, tokens));

        boolean shared = drafterCheckpoint == targetCheckpoint
                && drafterDevice.equals(targetDevice)
                && drafterPrecision == options.targetPrecision;
        LanguageModel target = resources.add(
                load(targetCheckpoint, targetDevice, options.targetPrecision, options.maxContextTokens, progress));
        LanguageModel drafter = shared
                ? target
                : resources.add(
                        load(drafterCheckpoint, drafterDevice, drafterPrecision, options.maxContextTokens, progress));

        Set<Integer> endTokens = new HashSet<>(targetCheckpoint.endTokens());
        endTokens.addAll(drafterCheckpoint.endTokens());
        long cacheBytes = options.cacheBytes.orElseGet(() -> Torch.availableMemory(target.device()) / 4);
        Generator generator = resources.add(
                new Generator(target, drafter, tokenizer, endTokens, options.draftContextTokens, cacheBytes));
        int passages = RetrievalSettings.forDraftContext(options.draftContextTokens, options.passageTokens)
                .maxPassages();
        return new Pipeline(
                options.modelName.orElse(targetCheckpoint.name()),
                target,
                drafter,
                generator,
                encoder,
                tokens,
                retriever,
                new RetrievalSettings(passages, options.minSimilarity),
                options.longTextSelector,
                options.oversizedPrompts,
                options.readAhead.orElse(!targetDevice.equals(Device.CPU)),
                progress,
                new TargetAloneNotice());
    }

    private static PassageRetriever retriever(EngineOptions<?> options, TokenCounter tokens) {
        PassageRetriever.Builder retriever = PassageRetriever.builder()
                .embeddingModel(
                        options.embeddingModel.map(RapidEngine::withAllViews).orElseGet(MissingEmbeddingModel::new))
                .splitter(new TokenDocumentSplitter(tokens, options.passageTokens))
                .batchSize(options.embeddingBatchSize)
                .maxCachedTexts(options.passageCacheTexts)
                .maxCachedBytes(options.passageCacheBytes);
        options.passageRanking.ifPresent(retriever::passageRanking);
        options.embeddingStores.ifPresent(retriever::embeddingStores);
        return retriever.build();
    }

    /** The model behind this library's own, which ranks by three views where others give one. */
    private static EmbeddingModel withAllViews(EmbeddingModel model) {
        return model instanceof RapidEmbeddingModel rapid ? rapid.encoder() : model;
    }

    private static ChatTemplate template(Checkpoint checkpoint) {
        ChatTemplateSource source = checkpoint
                .chatTemplate()
                .orElseThrow(() -> new CheckpointException(checkpoint.directory()
                        + " has no chat template, neither in chat_template.jinja nor in tokenizer_config.json: it is"
                        + " probably a base model; use its instruction-tuned version as the target"));
        try {
            return ChatTemplate.parse(source.text(), source.specialTokens());
        } catch (ChatTemplateException e) {
            throw new CheckpointException(source.file() + ": " + e.getMessage(), e);
        }
    }

    private static void checkSameVocabulary(Tokenizer tokenizer, Checkpoint target, Checkpoint drafter) {
        if (drafter == target) {
            return;
        }
        try (Tokenizer other = drafter.openTokenizer()) {
            if (!tokenizer.hasSameVocabulary(other)) {
                throw new CheckpointException(
                        ("The drafter %s and the target %s have different vocabularies (%,d and %,d"
                                        + " tokens, or other ids for the same ones), so one cannot propose tokens to the other;"
                                        + " use a drafter of the target's family")
                                .formatted(drafter, target, other.vocabularySize(), tokenizer.vocabularySize()));
            }
        }
    }

    private static LanguageModel load(
            Checkpoint checkpoint,
            Device device,
            Precision precision,
            int maxContextTokens,
            ProgressListener progress) {
        progress.onLoading(checkpoint.name(), device.toString());
        long start = System.nanoTime();
        LanguageModel model = LanguageModel.load(checkpoint, device, precision, maxContextTokens);
        progress.onLoaded(checkpoint.name(), model.weightBytes(), Duration.ofNanos(System.nanoTime() - start));
        return model;
    }

    /** The name the model goes by in requests and responses. */
    public String modelName() {
        return pipeline.modelName();
    }

    /** Most tokens of a prompt with its answer. */
    public int contextLength() {
        return pipeline.target().contextLength();
    }

    /** Counts tokens as the target does: in texts as they are, in messages with what the chat template adds. */
    public TokenCountEstimator tokenCountEstimator() {
        return pipeline.tokens();
    }

    /** What the engine holds and does at this moment. May be asked by any thread, at any time. */
    public EngineStatus status() {
        return new EngineStatus(
                EngineStatus.ModelStatus.of(pipeline.target()),
                EngineStatus.ModelStatus.of(pipeline.drafter()),
                queue.waiting(),
                queue.isRunning(),
                pipeline.generator().cacheBytes(),
                pipeline.generator().maxCacheBytes(),
                pipeline.retriever().cachedBytes());
    }

    /** Cuts documents into segments of its passages' length, as {@link #documentIngestor} does. */
    public DocumentSplitter documentSplitter() {
        return pipeline.retriever().splitter();
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
                .maxSegments(pipeline.retrievalDefaults().maxPassages())
                .minSimilarity(pipeline.retrievalDefaults().minSimilarity());
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
                .listener(pipeline.progress()::onIndexing);
    }

    Pipeline pipeline() {
        return pipeline;
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
    public static final class Builder extends EngineOptions<Builder> {

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
         * @throws dev.rapid4j.TorchException if the PyTorch engine fails, or memory does not suffice
         */
        public RapidEngine build() {
            return load(this);
        }
    }
}
