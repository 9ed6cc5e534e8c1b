package dev.rapid4j;

import static dev.langchain4j.internal.Utils.copy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * What both kinds of models are built with: an engine, or what to load one with; default parameters; listeners. As with
 * LangChain4j's other models, a parameter that is {@code null} is one that is not set.
 *
 * @param <B> the builder
 */
abstract class ModelOptions<B extends ModelOptions<B>> extends LoadingOptions<B> {

    private Optional<RapidEngine> engine = Optional.empty();
    private ChatRequestParameters defaults = RapidChatRequestParameters.EMPTY;
    private final RapidChatRequestParameters.Builder single = RapidChatRequestParameters.builder();
    private Optional<Duration> timeout = Optional.empty();
    private List<ChatModelListener> listeners = List.of();
    private boolean logRequests;
    private boolean logResponses;
    private boolean logTexts;

    ModelOptions() {}

    /**
     * An engine that is loaded already, and that several models may share; the model does not close it. Instead of it,
     * the options an engine is loaded with can be given here; the model then loads an engine of its own, and closes it.
     */
    public B engine(RapidEngine engine) {
        this.engine = Optional.of(Objects.requireNonNull(engine, "engine"));
        return self();
    }

    /** Parameters of requests that do not set them. The single setters of this builder come before it. */
    public B defaultRequestParameters(ChatRequestParameters parameters) {
        this.defaults = parameters == null ? RapidChatRequestParameters.EMPTY : parameters;
        return self();
    }

    /** 0, the default, for greedy decoding, else up to 2. */
    public B temperature(Double temperature) {
        single.temperature(temperature);
        return self();
    }

    /**
     * The most likely tokens that together have this probability stay: above 0, up to 1, which keeps all and is the
     * default.
     */
    public B topP(Double topP) {
        single.topP(topP);
        return self();
    }

    /** So many of the most likely tokens stay; 0, the default, keeps all. */
    public B topK(Integer topK) {
        single.topK(topK);
        return self();
    }

    /** Subtracted from a token's logit for every time it stands in the answer so far: -2 to 2, by default 0. */
    public B frequencyPenalty(Double frequencyPenalty) {
        single.frequencyPenalty(frequencyPenalty);
        return self();
    }

    /** Subtracted once from a token's logit if it stands in the answer so far: -2 to 2, by default 0. */
    public B presencePenalty(Double presencePenalty) {
        single.presencePenalty(presencePenalty);
        return self();
    }

    /** Most tokens of an answer. By default 1,024, or fewer if the context window leaves no more. */
    public B maxOutputTokens(Integer maxOutputTokens) {
        single.maxOutputTokens(maxOutputTokens);
        return self();
    }

    /** Texts before which an answer ends; none by default. */
    public B stopSequences(List<String> stopSequences) {
        single.stopSequences(stopSequences);
        return self();
    }

    /** {@link #stopSequences(List)}. */
    public B stopSequences(String... stopSequences) {
        return stopSequences(List.of(stopSequences));
    }

    /** Who reads what, and who writes the answer; {@link Mode#RAPID} by default. */
    public B mode(Mode mode) {
        single.mode(mode);
        return self();
    }

    /**
     * How far the target's distribution moves towards the drafter's (η of the paper): 0 to 100, by default 10. 0 is
     * plain speculative sampling. At temperature 0 distributions are those at temperature 1.
     */
    public B margin(Double margin) {
        single.margin(margin);
        return self();
    }

    /**
     * Most tokens drafted in a round (γ): 1 to 64, or, by default, {@link RapidChatRequestParameters#AUTOMATIC} (0): as
     * many in each round as pay; see {@link RapidChatRequestParameters.Builder#draftTokens}.
     */
    public B draftTokens(Integer draftTokens) {
        single.draftTokens(draftTokens);
        return self();
    }

    /** Drafting stops after a token drawn with a probability under it: 0 to 1, by default 0.1. */
    public B confidenceThreshold(Double confidenceThreshold) {
        single.confidenceThreshold(confidenceThreshold);
        return self();
    }

    /**
     * The target learns only about tokens that have at least this share of the drafter's highest probability (α): 0 to
     * 1, by default 0.1.
     */
    public B plausibility(Double plausibility) {
        single.plausibility(plausibility);
        return self();
    }

    /**
     * Whether, with a margin, every token of the answer learns from the drafter (true, the default), or only those for
     * which there was a draft, so that after a draft that was accepted altogether the target's own token follows
     * (false, as in the paper). With true what is answered is the same however much is drafted, by whomever, as far as
     * rounding allows; the drafter reads every token for that.
     */
    public B learnEveryToken(Boolean learnEveryToken) {
        single.learnEveryToken(learnEveryToken);
        return self();
    }

    /**
     * Whether tokens are proposed, before all else, that followed the last ones where they stand earlier in the prompt
     * or the answer: that takes no time. By default in modes that draft, as it does not change what is answered; but
     * with a margin and without {@link #learnEveryToken} it does, as such tokens stand or fall by the target's own
     * distribution there, and has to be asked for. The modes without a drafter do it with true, too.
     */
    public B lookupDrafting(Boolean lookupDrafting) {
        single.lookupDrafting(lookupDrafting);
        return self();
    }

    /**
     * What the model that drafts over passages attends to: a prompt of them, or what the target's KV cache holds of
     * them; {@link DraftContext#AUTO} by default.
     */
    public B draftContext(DraftContext draftContext) {
        single.draftContext(draftContext);
        return self();
    }

    /**
     * How many passages of the long text the drafter reads: at least 1, by default what the engine's draft context has
     * room for.
     */
    public B passages(Integer passages) {
        single.passages(passages);
        return self();
    }

    /**
     * Fixes the random draws and so, on one machine, the answer; by default a new one for each request. Of no
     * consequence at temperature 0.
     */
    public B seed(Integer seed) {
        single.seed(seed);
        return self();
    }

    /** Tools that the model may call, where a request names none. */
    public B toolSpecifications(List<ToolSpecification> toolSpecifications) {
        single.toolSpecifications(toolSpecifications);
        return self();
    }

    /** Whether the model has to call a tool, where there are some; {@link ToolChoice#AUTO}, if it likes, by default. */
    public B toolChoice(ToolChoice toolChoice) {
        single.toolChoice(toolChoice);
        return self();
    }

    /** What answers are like: text, by default, any JSON object, or JSON by a schema, to which they are held. */
    public B responseFormat(ResponseFormat responseFormat) {
        single.responseFormat(responseFormat);
        return self();
    }

    /**
     * Whether a model that can think does so before it answers; by default as its chat template has it. Only for
     * templates with a switch, such as Qwen3's.
     */
    public B thinking(Boolean thinking) {
        single.thinking(thinking);
        return self();
    }

    /**
     * Most tokens of thinking: at least 0; by default only {@link #maxOutputTokens} limits it. Then thinking is closed,
     * and the answer begins.
     */
    public B maxThinkingTokens(Integer maxThinkingTokens) {
        single.maxThinkingTokens(maxThinkingTokens);
        return self();
    }

    /**
     * Whether what the model thought is in the response, {@link dev.langchain4j.data.message.AiMessage#thinking()}, and
     * streamed to {@code onPartialThinking}; by default false. It is never part of the text.
     */
    public B returnThinking(Boolean returnThinking) {
        single.returnThinking(returnThinking);
        return self();
    }

    /**
     * Whether what the model thought in earlier answers, as far as messages hold it, is given to the chat template,
     * which may leave it out all the same; by default false.
     */
    public B sendThinking(Boolean sendThinking) {
        single.sendThinking(sendThinking);
        return self();
    }

    /**
     * Whether an answer that is held to a schema has every property of it, {@code null} where the model has no value
     * and the schema requires none; by default true. With false the model may leave out what is not required.
     */
    public B strictJsonSchema(Boolean strictJsonSchema) {
        single.strictJsonSchema(strictJsonSchema);
        return self();
    }

    /** Longest time from the request to the end of the answer, waiting for others included; none by default. */
    public B timeout(Duration timeout) {
        if (timeout != null && (timeout.isZero() || timeout.isNegative())) {
            throw new IllegalArgumentException("timeout must be positive, but is " + timeout);
        }
        this.timeout = Optional.ofNullable(timeout);
        return self();
    }

    /** Hear of requests, responses and errors. */
    public B listeners(List<ChatModelListener> listeners) {
        this.listeners = copy(listeners);
        return self();
    }

    /** {@link #listeners(List)}. */
    public B listeners(ChatModelListener... listeners) {
        return listeners(List.of(listeners));
    }

    /**
     * Whether requests are logged, at level INFO by the model's name; by default not. Of texts it is told how long they
     * are, and not what they say, unless {@link #logTexts(Boolean) logTexts} says so.
     */
    public B logRequests(Boolean logRequests) {
        this.logRequests = Boolean.TRUE.equals(logRequests);
        return self();
    }

    /**
     * Whether responses are logged as with {@link #logRequests(Boolean) logRequests}, and failures, of which without
     * {@link #logTexts(Boolean) logTexts} the class is told and not the message, as it may quote texts; by default not.
     */
    public B logResponses(Boolean logResponses) {
        this.logResponses = Boolean.TRUE.equals(logResponses);
        return self();
    }

    /**
     * Whether the log says what is in the messages, those of exceptions, too, as LangChain4j's other models do:
     * <strong>whole documents, questions and answers</strong>, readable by all who read the log. By default not.
     */
    public B logTexts(Boolean logTexts) {
        this.logTexts = Boolean.TRUE.equals(logTexts);
        return self();
    }

    /** Uses the engine given, or loads one; one that was loaded for nothing is closed again. */
    ModelCore core(Class<?> model) {
        if (engine.isPresent() && !given().isEmpty()) {
            throw new IllegalArgumentException("Give either an engine or what to load one with, not both: besides the"
                    + " engine, " + String.join(", ", given()) + (given().size() == 1 ? " was" : " were") + " set");
        }
        RapidChatRequestParameters parameters = RapidChatRequestParameters.builder()
                .overrideWith(defaults)
                .overrideWith(single.build())
                .build();
        RapidEngine used = engine.orElseGet(() -> RapidEngine.load(this));
        try {
            used.checkDefaults(parameters);
            RapidChatRequestParameters named = RapidChatRequestParameters.builder()
                    .overrideWith(parameters)
                    .modelName(used.modelName())
                    .build();
            RequestLog log = new RequestLog(LoggerFactory.getLogger(model), logRequests, logResponses, logTexts);
            return new ModelCore(used, engine.isEmpty(), named, timeout, listeners, log);
        } catch (RuntimeException e) {
            if (engine.isEmpty()) {
                used.close();
            }
            throw e;
        }
    }
}
