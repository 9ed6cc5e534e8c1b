package dev.rapid4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.Messages;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What an engine is loaded with. Common to the builders of engines and of models that own theirs.
 *
 * @param <B> the builder
 */
abstract class LoadingOptions<B extends LoadingOptions<B>> {

    /** As long as an instruction may be that {@link LongTextSelector#byLayout()} tells from a long text. */
    private static final int MAX_INTRODUCTION = LongTextSelector.DEFAULT_SHORT_CHARACTERS;

    private final Set<String> given = new LinkedHashSet<>();

    Function<Hub, Checkpoint> target;
    Optional<Function<Hub, Checkpoint>> drafter = Optional.empty();
    Optional<String> modelName = Optional.empty();
    Optional<Hub> hub = Optional.empty();
    String targetDevice = "auto";
    Optional<String> drafterDevice = Optional.empty();
    WeightFormat targetWeights = WeightFormat.AUTO;
    Optional<WeightFormat> drafterWeights = Optional.empty();
    CacheType cacheType = CacheType.AUTO;
    OptionalInt cpuThreads = OptionalInt.empty();
    Optional<EmbeddingModel> embeddingModel = Optional.empty();
    Optional<PassageRanking> passageRanking = Optional.empty();
    Optional<Supplier<? extends EmbeddingStore<TextSegment>>> embeddingStores = Optional.empty();
    int embeddingBatchSize = 64;
    int draftContextTokens = 4096;
    int passageTokens = TokenDocumentSplitter.DEFAULT_MAX_SEGMENT_TOKENS;
    int passageCacheTexts = PassageRetriever.DEFAULT_MAX_CACHED_TEXTS;
    long passageCacheBytes = PassageRetriever.DEFAULT_MAX_CACHED_BYTES;
    double minSimilarity = RetrievalSettings.DEFAULT_MIN_SIMILARITY;
    Optional<String> passagesIntroduction = Optional.empty();
    LongTextSelector longTextSelector = LongTextSelector.byLayout();
    int maxContextTokens = Integer.MAX_VALUE;
    OversizedPromptPolicy oversizedPrompts = OversizedPromptPolicy.REFUSE;
    Optional<Boolean> readAhead = Optional.empty();
    Map<String, Object> chatTemplateVariables = Map.of();
    OptionalLong cacheBytes = OptionalLong.empty();
    Optional<Path> cacheDirectory = Optional.empty();
    long cacheDirectoryBytes = 10L << 30;
    OptionalInt maxParallelRequests = OptionalInt.empty();
    int maxQueuedRequests = 64;
    List<ProgressListener> progressListeners = List.of();

    LoadingOptions() {}

    abstract B self();

    private B given(String option) {
        given.add(option);
        return self();
    }

    /** The options that were set, by name. */
    Set<String> given() {
        return given;
    }

    /**
     * The model that reads the whole text and writes the answer; required. One of these:
     *
     * <ul>
     *   <li>a model of the Hugging Face hub, {@code organisation/name} or {@code organisation/name@revision}, with
     *       {@code :Q4_K_M} or {@code :file.gguf} behind it for a GGUF file there, by its type or its name;
     *   <li>a model of Ollama's on this machine, {@code ollama:model:tag} as {@code ollama list} prints it;
     *   <li>the path of a GGUF file, or of a folder with one GGUF model or a Hugging Face checkpoint.
     * </ul>
     *
     * <p>What lies on the disk under a name comes first. {@code docs/checkpoints.md} says what a model needs; one that
     * cannot be had or used is a {@link CheckpointException} when the engine is built.
     */
    public B target(String model) {
        target = source(model, "target");
        return given("target");
    }

    /** {@link #target(String)} for a folder or a GGUF file. */
    public B target(Path model) {
        target = source(model, "target");
        return given("target");
    }

    /**
     * The model that reads the retrieved passages and proposes tokens, named as for {@link #target(String)}: any with
     * the target's vocabulary. By default the target itself, which takes no further memory for weights.
     */
    public B drafter(String model) {
        drafter = Optional.of(source(model, "drafter"));
        return given("drafter");
    }

    /** {@link #drafter(String)} for a folder or a GGUF file. */
    public B drafter(Path model) {
        drafter = Optional.of(source(model, "drafter"));
        return given("drafter");
    }

    private static Function<Hub, Checkpoint> source(String model, String what) {
        if (model == null || model.isBlank()) {
            throw new IllegalArgumentException(
                    what + " must be a folder, a GGUF file or a model of the hub (organisation/name), not blank");
        }
        return hub -> Checkpoint.open(model, hub.files());
    }

    private static Function<Hub, Checkpoint> source(Path model, String what) {
        Objects.requireNonNull(model, what);
        return hub -> Checkpoint.open(model);
    }

    /** The name the model goes by in requests and responses; by default the checkpoint's. */
    public B modelName(String modelName) {
        if (modelName == null || modelName.isBlank()) {
            throw new IllegalArgumentException("modelName must not be blank");
        }
        this.modelName = Optional.of(modelName);
        return given("modelName");
    }

    /** Where models that are not folders come from; by default the hub that the environment variables describe. */
    public B hub(Hub hub) {
        this.hub = Optional.of(Objects.requireNonNull(hub, "hub"));
        return given("hub");
    }

    /**
     * {@code cpu}, {@code cuda}, {@code cuda:N}, several of these, or {@code auto}, the default: CUDA if there is a
     * device, and more than one of them if the model needs more.
     *
     * <p>Over several, such as {@code cuda:0,cuda:1} or {@code cuda:0-3}, the layers lie in a row, in this order: each
     * device gets as many as it has of the memory that is free on all, counting what the KV cache of a prompt of
     * {@link #maxContextTokens(int) maxContextTokens} takes. The CPU in a list gets the layers that have no room
     * elsewhere. A model that does not fit is a {@link TorchException} when the engine is built.
     */
    public B targetDevice(String device) {
        targetDevice = Devices.checkNames(Objects.requireNonNull(device, "targetDevice"));
        return given("targetDevice");
    }

    /**
     * As {@link #targetDevice(String) targetDevice}; by default the target's device. Without a {@link #drafter(String)
     * drafter}, the target's checkpoint is loaded a second time there.
     */
    public B drafterDevice(String device) {
        drafterDevice = Optional.of(Devices.checkNames(Objects.requireNonNull(device, "drafterDevice")));
        return given("drafterDevice");
    }

    /**
     * What the target's weights are kept in; {@link WeightFormat#AUTO} by default, and the log says what that has come
     * to, and why.
     */
    public B targetWeights(WeightFormat weights) {
        targetWeights = Objects.requireNonNull(weights, "targetWeights");
        return given("targetWeights");
    }

    /**
     * As {@link #targetWeights(WeightFormat) targetWeights}; by default the target's. Without a {@link #drafter(String)
     * drafter}, the target's checkpoint is loaded a second time in it.
     */
    public B drafterWeights(WeightFormat weights) {
        drafterWeights = Optional.of(Objects.requireNonNull(weights, "drafterWeights"));
        return given("drafterWeights");
    }

    /**
     * What the keys and values of read tokens are kept in, the target's and the drafter's; {@link CacheType#AUTO} by
     * default. On CUDA it is that of the weights; another is refused when the model is loaded.
     */
    public B cacheType(CacheType type) {
        cacheType = Objects.requireNonNull(type, "cacheType");
        return given("cacheType");
    }

    /**
     * Threads that work on a pass on the CPU, 1 to 1,024; by default one for each physical core, but no more than there
     * are processors for the JVM, whose number follows a container's limit. Fewer leave cores to other processes.
     *
     * <p>It is the number of the whole process, embedding and scoring models included, and may be given with any of
     * them: the last one holds, which the log tells. Without one the environment's {@code OMP_NUM_THREADS} is heeded.
     */
    public B cpuThreads(int cpuThreads) {
        this.cpuThreads = OptionalInt.of(Torch.checkThreads(cpuThreads));
        return given("cpuThreads");
    }

    /**
     * Finds the passages for the drafter. Needed for all texts that are longer than the drafter may read. Any will do;
     * with a {@link dev.rapid4j.RapidEmbeddingModel} names and numbers are found best, see
     * {@link #passageRanking(PassageRanking) passageRanking}. The engine does not close it.
     */
    public B embeddingModel(EmbeddingModel embeddingModel) {
        this.embeddingModel = Optional.of(Objects.requireNonNull(embeddingModel, "embeddingModel"));
        return given("embeddingModel");
    }

    /**
     * How passages are compared with the question: by default {@link PassageRanking#HYBRID} if the embedding model is a
     * {@link dev.rapid4j.RapidEmbeddingModel} with all three views and no {@link #embeddingStores(Supplier)
     * embeddingStores} are given, else {@link PassageRanking#DENSE}.
     */
    public B passageRanking(PassageRanking ranking) {
        this.passageRanking = Optional.of(Objects.requireNonNull(ranking, "passageRanking"));
        return given("passageRanking");
    }

    /**
     * Where a long text's embeddings are kept for {@link PassageRanking#DENSE}: an empty store for each text; in memory
     * by default.
     */
    public B embeddingStores(Supplier<? extends EmbeddingStore<TextSegment>> stores) {
        this.embeddingStores = Optional.of(Objects.requireNonNull(stores, "embeddingStores"));
        return given("embeddingStores");
    }

    /**
     * Most passages to embed in one call of the embedding model, at least 1; 64 by default. A
     * {@link dev.rapid4j.RapidEmbeddingModel} gets all in one call, and makes batches itself.
     */
    public B embeddingBatchSize(int embeddingBatchSize) {
        this.embeddingBatchSize = (int) atLeast("embeddingBatchSize", embeddingBatchSize, 1);
        return given("embeddingBatchSize");
    }

    /**
     * How much of a long text the drafter reads: so many passages that they have about this many tokens together. At
     * least 1; 4096 by default. Shorter texts it reads in full. In the mode {@link dev.rapid4j.Mode#STREAMING_DRAFT} so
     * many tokens of the prompt are attended to while drafting.
     */
    public B draftContextTokens(int draftContextTokens) {
        this.draftContextTokens = (int) atLeast("draftContextTokens", draftContextTokens, 1);
        return given("draftContextTokens");
    }

    /** Most tokens of a passage, at least 1; 512 by default. */
    public B passageTokens(int passageTokens) {
        this.passageTokens = (int) atLeast("passageTokens", passageTokens, 1);
        return given("passageTokens");
    }

    /** Most long texts whose passages are remembered for the next question, at least 1; 16 by default. */
    public B passageCacheTexts(int passageCacheTexts) {
        this.passageCacheTexts = (int) atLeast("passageCacheTexts", passageCacheTexts, 1);
        return given("passageCacheTexts");
    }

    /**
     * Most memory for remembered passages with their embeddings, in bytes, at least 1; 1 GiB by default. A single text
     * that takes more is indexed for every question anew. With {@link PassageRanking#HYBRID} and BGE-M3, 1,000 tokens
     * take about 2 MB.
     */
    public B passageCacheBytes(long passageCacheBytes) {
        this.passageCacheBytes = atLeast("passageCacheBytes", passageCacheBytes, 1);
        return given("passageCacheBytes");
    }

    /** Passages with a lower {@linkplain dev.rapid4j.Passage#score() score} are left out; -1 to 1, by default 0.3. */
    public B minSimilarity(double minSimilarity) {
        this.minSimilarity = new RetrievalSettings(1, minSimilarity).minSimilarity();
        return given("minSimilarity");
    }

    /**
     * What stands, with a blank line behind it, in front of passages in the place of a long text, to tell who reads
     * them that they are passages: "Passages found in the text:", say. 1 to 1,000 characters; by default nothing. The
     * drafter reads it, and in {@link Mode#RETRIEVAL_ONLY} so does who answers; it is not counted among
     * {@link #draftContextTokens(int) draftContextTokens}. Where nothing is found, or passages have no prompt of their
     * own ({@link DraftContext#PASSAGE_ROWS}, {@link Mode#PASSAGE_ATTENTION}), it is not read.
     */
    public B passagesIntroduction(String introduction) {
        this.passagesIntroduction = Optional.of(checkIntroduction(introduction));
        return given("passagesIntroduction");
    }

    private static String checkIntroduction(String introduction) {
        if (Messages.isBlank(Objects.requireNonNull(introduction, "passagesIntroduction"))) {
            throw new IllegalArgumentException("passagesIntroduction must not be blank; leave it out for none");
        }
        if (introduction.length() > MAX_INTRODUCTION) {
            throw new IllegalArgumentException("passagesIntroduction must have at most %d characters, but has %d"
                    .formatted(MAX_INTRODUCTION, introduction.length()));
        }
        Characters.halfOfPair(introduction).ifPresent(place -> {
            throw new IllegalArgumentException(
                    "passagesIntroduction is not valid UTF-16: character %d (\\u%04X) is half of a pair"
                            .formatted(place, (int) introduction.charAt(place)));
        });
        return introduction;
    }

    /** Decides which part of a conversation is long text; {@link LongTextSelector#byLayout()} by default. */
    public B longTextSelector(LongTextSelector selector) {
        this.longTextSelector = Objects.requireNonNull(selector, "longTextSelector");
        return given("longTextSelector");
    }

    /**
     * Most tokens of a prompt and its answer together, at least 1; by default, and at most, what the checkpoints'
     * context windows hold. Less saves memory, and with {@link OversizedPromptPolicy#SHORTEN_MIDDLE} time.
     */
    public B maxContextTokens(int maxContextTokens) {
        this.maxContextTokens = (int) atLeast("maxContextTokens", maxContextTokens, 1);
        return given("maxContextTokens");
    }

    /** What to do with prompts over the context window; by default they are refused. */
    public B oversizedPrompts(OversizedPromptPolicy policy) {
        this.oversizedPrompts = Objects.requireNonNull(policy, "oversizedPrompts");
        return given("oversizedPrompts");
    }

    /**
     * Whether the target already reads its prompt while passages are still being searched for. By default it does so on
     * CUDA; on the CPU both would share the same cores, and it pays only if the embedding model runs elsewhere.
     */
    public B readAhead(boolean readAhead) {
        this.readAhead = Optional.of(readAhead);
        return given("readAhead");
    }

    /** Variables the checkpoint's chat template knows, such as {@code enable_thinking}; none by default. */
    public B chatTemplateVariables(Map<String, ?> variables) {
        this.chatTemplateVariables = new LinkedHashMap<>(Objects.requireNonNull(variables, "chatTemplateVariables"));
        return given("chatTemplateVariables");
    }

    /**
     * Most memory for KV caches of earlier requests, which spare a follow-up question on the same text the reading. 0
     * keeps none; by default a quarter of what is free on the target's device after loading, or on the fullest of its
     * devices. They give way if a request needs the memory.
     */
    public B cacheBytes(long cacheBytes) {
        this.cacheBytes = OptionalLong.of(atLeast("cacheBytes", cacheBytes, 0));
        return given("cacheBytes");
    }

    /**
     * A folder for what long texts have come to, so that they need not be read anew after a restart, or by another
     * process with the same model: KV caches of the target's prompts from 1,024 tokens on, and embeddings of long
     * texts. KV caches are written while the engine has nothing to answer, as far as all that are in memory have room
     * there, or when they leave memory, or when the engine is closed; embeddings when they have been made. A process
     * that is killed loses what was not written yet. The folder is created if it is not there. None by default: such
     * files <strong>are the texts in another form</strong>, which can be recovered from them. They are readable by
     * their owner only, where the file system has POSIX permissions, and not encrypted; {@link RapidEngine#forget}
     * removes those of a document.
     *
     * <p>A folder that is none, cannot be written, or that all users may write, is an {@link IllegalArgumentException}
     * when the engine is built. A disk that fails or fills up later is logged once, and not written to any more.
     */
    public B cacheDirectory(Path directory) {
        this.cacheDirectory = Optional.of(Objects.requireNonNull(directory, "cacheDirectory"));
        return given("cacheDirectory");
    }

    /**
     * Most bytes of files in the {@link #cacheDirectory(Path) cacheDirectory}, at least 1; 10 GiB by default. The least
     * recently used ones are removed beyond it; of several processes that share the folder, each may exceed it by a
     * sixteenth for a while. 1,000 tokens take as much as in memory: 25 MB with a model of 0.5 billion parameters and a
     * float32 cache, 65 MB with one of 8 billion and a bfloat16 cache.
     */
    public B cacheDirectoryBytes(long cacheDirectoryBytes) {
        this.cacheDirectoryBytes = atLeast("cacheDirectoryBytes", cacheDirectoryBytes, 1);
        return given("cacheDirectoryBytes");
    }

    /**
     * Most requests that are answered at the same time, at least 1; by default 4 where a part of the target is on the
     * CPU, else 8. What they have to do goes through the models together, which answers more of them in the same time,
     * each of them more slowly than if it were alone; a long prompt is read a piece at a time, between the others'
     * rounds. Each needs memory for KV caches of its own, beside {@link #cacheBytes(long) cacheBytes}. An embedding
     * model that is not the library's own has to be safe for use by several threads if this is more than 1.
     */
    public B maxParallelRequests(int maxParallelRequests) {
        this.maxParallelRequests = OptionalInt.of((int) atLeast("maxParallelRequests", maxParallelRequests, 1));
        return given("maxParallelRequests");
    }

    /** Most requests that wait for those being answered, at least 0; further ones are refused. 64 by default. */
    public B maxQueuedRequests(int maxQueuedRequests) {
        this.maxQueuedRequests = (int) atLeast("maxQueuedRequests", maxQueuedRequests, 0);
        return given("maxQueuedRequests");
    }

    /** Hears of loading, indexing and reading; they are logged anyway. */
    public B progressListener(ProgressListener listener) {
        return progressListeners(List.of(Objects.requireNonNull(listener, "progressListener")));
    }

    /** {@link #progressListener}, for several. */
    public B progressListeners(List<? extends ProgressListener> listeners) {
        this.progressListeners = List.copyOf(listeners);
        return given("progressListeners");
    }

    private static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
        }
        return value;
    }
}
