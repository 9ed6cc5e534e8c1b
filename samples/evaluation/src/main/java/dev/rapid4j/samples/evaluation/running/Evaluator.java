package dev.rapid4j.samples.evaluation.running;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.rag.AugmentationResult;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Hub;
import dev.rapid4j.Mode;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.Passage;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.SamplingParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.samples.evaluation.data.BookTask;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Sha256;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.prompts.Prompt;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Pass;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.scores.FactsScore;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Answers tasks as the settings of a run say. It holds one engine, which others {@link #with other settings} share;
 * tasks on the same long text are answered faster one after the other. The same settings give a task the same seed,
 * whatever was asked before.
 *
 * <p>Not for several threads at once; {@link #close()} may be called by any.
 */
public final class Evaluator implements AutoCloseable {

    /** In place of a folder or hub id: the small model that comes along. */
    public static final String BUNDLED = "bundled";

    /** In place of a folder or hub id: LangChain4j's small English embedding model, which comes along. */
    public static final String BGE_SMALL = "bge-small";

    /** What stands between the long text and the question in the templates that set it off. */
    private static final Pattern MARKS = Pattern.compile("^\\s*</text>\\s*");

    private final RunSettings settings;
    private final Prompts prompts;
    private final Optional<EmbeddingModel> embeddingModel;
    private final RapidEngine engine;
    private final RapidChatModel model;
    private final Optional<ClassicRag> classicRag;

    /** @param texts those the model has read */
    private record Asked(Pass pass, List<String> texts) {}

    private Evaluator(
            RunSettings settings, Prompts prompts, Optional<EmbeddingModel> embeddingModel, RapidEngine engine) {
        this.settings = settings;
        this.prompts = prompts;
        this.embeddingModel = embeddingModel;
        this.engine = engine;
        this.model = RapidChatModel.builder()
                .engine(engine)
                .maxOutputTokens(settings.maxOutputTokens())
                .temperature(settings.temperature())
                .topP(settings.topP())
                .margin(settings.margin())
                .draftTokens(settings.draftTokens())
                .confidenceThreshold(settings.confidenceThreshold())
                .plausibility(settings.plausibility())
                .learnEveryToken(settings.learnEveryToken())
                .draftContext(settings.draftContext())
                .lookupDrafting(settings.lookupDrafting().orElse(null))
                .build();
        this.classicRag = settings.method() == Method.CLASSIC_RAG
                ? Optional.of(new ClassicRag(embeddingModel.orElseThrow(), engine.tokenCountEstimator()))
                : Optional.empty();
    }

    /**
     * Loads the models.
     *
     * @param prompts those with the hash of the settings
     * @param hub where models come from that are not folders
     * @param progress hears of loading
     * @throws IllegalArgumentException if a setting is out of range, or the machine lacks a device
     * @throws dev.rapid4j.CheckpointException if a model cannot be had or used
     * @throws dev.rapid4j.TorchException if the PyTorch engine fails, or memory does not suffice
     */
    public static Evaluator open(RunSettings settings, Prompts prompts, Hub hub, ProgressListener progress) {
        checkRanges(settings);
        Optional<EmbeddingModel> embeddingModel =
                settings.embeddingModel().map(name -> embeddingModel(name, settings, hub, progress));
        try {
            return new Evaluator(settings, prompts, embeddingModel, engine(settings, hub, embeddingModel, progress));
        } catch (Throwable e) {
            embeddingModel.ifPresent(Evaluator::close);
            throw e;
        }
    }

    /**
     * Another one on the same engine: what is read for one is read for the other. Closing one of them closes both.
     *
     * @param settings of the same models with the same limits, devices and formats; they retrieve only if these do
     * @throws IllegalArgumentException if a setting is out of range
     */
    public Evaluator with(RunSettings settings) {
        checkRanges(settings);
        return new Evaluator(settings, prompts, embeddingModel, engine);
    }

    /** What the engine would say at the first task, after loading. */
    private static void checkRanges(RunSettings settings) {
        new SamplingParameters(settings.temperature(), settings.topP(), 0, 0, 0);
        new SpeculationParameters(
                settings.margin(), settings.draftTokens(), settings.confidenceThreshold(), settings.plausibility());
        if (settings.maxPromptTokens() < 1) {
            throw new IllegalArgumentException(
                    "maxPromptTokens must be at least 1, but is " + settings.maxPromptTokens());
        }
    }

    private static EmbeddingModel embeddingModel(
            String name, RunSettings settings, Hub hub, ProgressListener progress) {
        if (name.equals(BGE_SMALL)) {
            return new BgeSmallEnV15QuantizedEmbeddingModel();
        }
        RapidEmbeddingModel.Builder builder = RapidEmbeddingModel.builder()
                .hub(hub)
                .device(Devices.of(settings.targetDevice()).list().get(0).toString())
                .loadingListener(progress);
        return name.equals(BUNDLED)
                ? builder.model(LighthouseEmbedding.directory()).build()
                : builder.model(name).build();
    }

    private static RapidEngine engine(
            RunSettings settings, Hub hub, Optional<EmbeddingModel> embeddingModel, ProgressListener progress) {
        RapidEngine.Builder builder = RapidEngine.builder()
                .hub(hub)
                .target(folder(settings.target()))
                .targetDevice(settings.targetDevice())
                .drafterDevice(settings.drafterDevice())
                .targetWeights(settings.targetWeights())
                .drafterWeights(settings.drafterWeights())
                .cacheType(settings.cacheType())
                .passageTokens(settings.passageTokens())
                .draftContextTokens(settings.draftContextTokens())
                .minSimilarity(settings.minSimilarity())
                .cacheBytes(cacheBytes(settings))
                .longTextSelector(DocumentMessage::select)
                .maxContextTokens(maxContextTokens(settings))
                .oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE)
                .progressListener(progress);
        settings.drafter().map(Evaluator::folder).ifPresent(builder::drafter);
        embeddingModel.ifPresent(builder::embeddingModel);
        settings.passageRanking().ifPresent(builder::passageRanking);
        settings.passagesIntroduction().ifPresent(builder::passagesIntroduction);
        return builder.build();
    }

    /**
     * What a text takes for target and drafter, at most. The engine's own limit, a part of the machine's memory, is
     * less for large models, which then read a text for every question; and with small ones the texts of a whole run
     * add up.
     */
    private static long cacheBytes(RunSettings settings) {
        long target = cacheBytes(settings.target(), settings);
        return target
                + settings.drafter()
                        .map(drafter -> cacheBytes(drafter, settings))
                        .orElse(target);
    }

    private static long cacheBytes(String model, RunSettings settings) {
        DecoderConfiguration network = checkpoint(model).configuration();
        return network.cacheElementsPerToken()
                * Float.BYTES
                * Math.min(network.contextLength(), maxContextTokens(settings));
    }

    private static int maxContextTokens(RunSettings settings) {
        int answer = Math.max(settings.maxOutputTokens(), settings.maxReasoningTokens());
        return (int) Math.min(Integer.MAX_VALUE, (long) settings.maxPromptTokens() + answer);
    }

    /**
     * Opens a model's files, without its weights.
     *
     * @param model as the settings name it
     * @throws dev.rapid4j.CheckpointException if it cannot be had or used
     */
    public static Checkpoint checkpoint(String model) {
        return Checkpoint.open(folder(model), HubFiles.fromEnvironment());
    }

    private static String folder(String model) {
        return model.equals(BUNDLED) ? LighthouseModel.directory().toString() : model;
    }

    /**
     * Asks the model, with chain of thought twice.
     *
     * @param progress hears of this task
     * @throws dev.langchain4j.exception.LangChain4jException if the engine refuses the task, fails or is closed
     */
    public Answer answer(Task task, ProgressListener progress) {
        List<Asked> asked = ask(task, progress);
        return new Answer(
                task,
                Sha256.of(task.context()),
                asked.stream().map(Asked::pass).toList(),
                factsInPassages(task, asked.get(0).texts()),
                Optional.empty());
    }

    private static Optional<Boolean> factsInPassages(Task task, List<String> passages) {
        if (passages.isEmpty()
                || !(task instanceof FactsTask question)
                || question.facts().isEmpty()
                || !states(task.context(), question)) {
            return Optional.empty();
        }
        return Optional.of(states(String.join("\n", passages), question));
    }

    private static boolean states(String text, FactsTask question) {
        return question.facts().stream().allMatch(fact -> FactsScore.states(text, fact));
    }

    private List<Asked> ask(Task task, ProgressListener progress) {
        Mode mode = settings.method().mode();
        if (task instanceof BookTask book) {
            return List.of(ask(prompts.book(book), book, book.question(), mode, settings.maxOutputTokens(), progress));
        }
        if (task instanceof FactsTask facts) {
            return List.of(
                    ask(prompts.facts(facts), facts, facts.question(), mode, settings.maxOutputTokens(), progress));
        }
        LongBenchTask question = (LongBenchTask) task;
        String asked = question.question();
        if (!settings.chainOfThought()) {
            Prompt prompt = mode == Mode.RETRIEVAL_ONLY ? prompts.retrieved(question) : prompts.zeroShot(question);
            return List.of(ask(prompt, task, asked, mode, settings.maxOutputTokens(), progress));
        }
        Asked reasoning =
                ask(prompts.chainOfThought(question), task, asked, mode, settings.maxReasoningTokens(), progress);
        // as the authors do, without speculation: the prompt is short, and so is the answer
        Mode plain = mode == Mode.RETRIEVAL_ONLY ? mode : Mode.LONG_CONTEXT;
        Prompt extraction =
                prompts.chainOfThoughtAnswer(question, reasoning.pass().response());
        return List.of(reasoning, ask(extraction, task, asked, plain, settings.maxOutputTokens(), progress));
    }

    private Asked ask(
            Prompt prompt, Task task, String question, Mode mode, int maxOutputTokens, ProgressListener progress) {
        UserMessage message = DocumentMessage.of(prompt, question);
        int promptTokens = engine.tokenCountEstimator().estimateTokenCountInMessage(message);
        RapidChatRequestParameters.Builder parameters = RapidChatRequestParameters.builder()
                .mode(mode)
                .seed(31 * settings.seed() + task.id().hashCode())
                .maxOutputTokens(maxOutputTokens)
                .progressListener(progress);
        if (mode.retrieves()) {
            int window = Math.min(settings.maxPromptTokens(), engine.contextLength() - maxOutputTokens);
            parameters.passages(
                    passages(Math.min(promptTokens, window), settings.passageTokens(), settings.draftContextTokens()));
        }
        if (classicRag.isPresent() && !prompt.document().isEmpty()) {
            return ask(prompt, question, classicRag.get(), parameters.build(), promptTokens);
        }
        ChatResponse response = model.chat(ChatRequest.builder()
                .messages(message)
                .parameters(parameters.build())
                .build());
        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
        List<String> passages = metadata.passages().stream().map(Passage::text).toList();
        return new Asked(pass(response, promptTokens, passages.size(), Duration.ZERO), passages);
    }

    /** The message is what stands around the long text, without the marks that set it off. */
    private Asked ask(
            Prompt prompt, String question, ClassicRag rag, RapidChatRequestParameters parameters, int promptTokens) {
        String asked = MARKS.matcher(prompt.after()).replaceFirst("");
        long start = System.nanoTime();
        AugmentationResult found =
                rag.augment(prompt.document(), UserMessage.from(asked), question.isBlank() ? asked : question);
        Duration retrieval = Duration.ofNanos(System.nanoTime() - start);
        ChatResponse response = model.chat(ChatRequest.builder()
                .messages(found.chatMessage())
                .parameters(parameters)
                .build());
        List<String> passages = found.contents().stream()
                .map(content -> content.textSegment().text())
                .toList();
        return new Asked(pass(response, promptTokens, passages.size(), retrieval), passages);
    }

    /** A 32nd of the prompt, but not less than what the drafter may read of any text, if the prompt has so much. */
    static int passages(int promptTokens, int passageTokens, int draftContextTokens) {
        return (int)
                Math.ceil(Math.max(promptTokens / 32.0, Math.min(draftContextTokens, promptTokens)) / passageTokens);
    }

    /** @param retrieval in front of the engine, which does not know of it */
    private static Pass pass(ChatResponse response, int promptTokens, int passages, Duration retrieval) {
        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
        String text = response.aiMessage().text();
        GenerationStatistics statistics = metadata.statistics();
        return new Pass(
                metadata.mode(),
                text == null ? "" : text,
                metadata.finishReason(),
                promptTokens,
                metadata.shortened(),
                passages,
                metadata.seed(),
                Optional.ofNullable(metadata.timeToFirstToken()).map(retrieval::plus),
                retrieval.isZero() ? statistics : statistics.withRetrieval(retrieval));
    }

    /** Ends a question that is being answered, and frees all memory. */
    @Override
    public void close() {
        engine.close();
        embeddingModel.ifPresent(Evaluator::close);
    }

    private static void close(EmbeddingModel model) {
        if (model instanceof RapidEmbeddingModel own) {
            own.close();
        }
    }
}
