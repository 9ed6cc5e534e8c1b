package dev.rapid4j;

import static dev.langchain4j.internal.Utils.getOrDefault;
import static dev.langchain4j.internal.Utils.quoted;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.rapid4j.internal.decoding.SamplingParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import java.util.Objects;

/**
 * Parameters of a single request, or the defaults of a model. What is {@code null} is taken from the model's defaults,
 * then from those named at the builder's methods. Ranges are checked when a request or a model uses them.
 */
public class RapidChatRequestParameters extends DefaultChatRequestParameters {

    /** {@link Builder#draftTokens}: as many in each round as pay. */
    public static final int AUTOMATIC = SpeculationParameters.AUTOMATIC;

    /** Nothing set. */
    public static final RapidChatRequestParameters EMPTY =
            RapidChatRequestParameters.builder().build();

    /**
     * What is taken where neither a request nor its model says: {@link Mode#RAPID}, greedy, the authors' speculation.
     */
    public static final RapidChatRequestParameters DEFAULT = defaults();

    private final Mode mode;
    private final Double margin;
    private final Integer draftTokens;
    private final Double confidenceThreshold;
    private final Double plausibility;
    private final Boolean learnEveryToken;
    private final Boolean lookupDrafting;
    private final DraftContext draftContext;
    private final Integer passages;
    private final Integer seed;
    private final Boolean strictJsonSchema;
    private final Boolean thinking;
    private final Integer maxThinkingTokens;
    private final Boolean returnThinking;
    private final Boolean sendThinking;
    private final ProgressListener progressListener;

    private static RapidChatRequestParameters defaults() {
        SamplingParameters sampling = SamplingParameters.DEFAULT;
        SpeculationParameters speculation = SpeculationParameters.DEFAULT;
        return builder()
                .mode(Mode.RAPID)
                .temperature(sampling.temperature())
                .topP(sampling.topP())
                .topK(sampling.topK())
                .frequencyPenalty(sampling.frequencyPenalty())
                .presencePenalty(sampling.presencePenalty())
                .margin(speculation.margin())
                .draftTokens(speculation.draftTokens())
                .confidenceThreshold(speculation.confidenceThreshold())
                .plausibility(speculation.plausibility())
                .learnEveryToken(true)
                .draftContext(DraftContext.AUTO)
                .strictJsonSchema(true)
                .returnThinking(false)
                .sendThinking(false)
                .build();
    }

    private RapidChatRequestParameters(Builder builder) {
        super(builder);
        this.mode = builder.mode;
        this.margin = builder.margin;
        this.draftTokens = builder.draftTokens;
        this.confidenceThreshold = builder.confidenceThreshold;
        this.plausibility = builder.plausibility;
        this.learnEveryToken = builder.learnEveryToken;
        this.lookupDrafting = builder.lookupDrafting;
        this.draftContext = builder.draftContext;
        this.passages = builder.passages;
        this.seed = builder.seed;
        this.strictJsonSchema = builder.strictJsonSchema;
        this.thinking = builder.thinking;
        this.maxThinkingTokens = builder.maxThinkingTokens;
        this.returnThinking = builder.returnThinking;
        this.sendThinking = builder.sendThinking;
        this.progressListener = builder.progressListener;
    }

    /** See {@link Builder#mode}. */
    public Mode mode() {
        return mode;
    }

    /** See {@link Builder#margin}. */
    public Double margin() {
        return margin;
    }

    /** See {@link Builder#draftTokens}. */
    public Integer draftTokens() {
        return draftTokens;
    }

    /** See {@link Builder#confidenceThreshold}. */
    public Double confidenceThreshold() {
        return confidenceThreshold;
    }

    /** See {@link Builder#plausibility}. */
    public Double plausibility() {
        return plausibility;
    }

    /** See {@link Builder#learnEveryToken}. */
    public Boolean learnEveryToken() {
        return learnEveryToken;
    }

    /** See {@link Builder#lookupDrafting}. */
    public Boolean lookupDrafting() {
        return lookupDrafting;
    }

    /** See {@link Builder#draftContext}. */
    public DraftContext draftContext() {
        return draftContext;
    }

    /** See {@link Builder#passages}. */
    public Integer passages() {
        return passages;
    }

    /** See {@link Builder#seed}. */
    public Integer seed() {
        return seed;
    }

    /** See {@link Builder#strictJsonSchema}. */
    public Boolean strictJsonSchema() {
        return strictJsonSchema;
    }

    /** See {@link Builder#thinking}. */
    public Boolean thinking() {
        return thinking;
    }

    /** See {@link Builder#maxThinkingTokens}. */
    public Integer maxThinkingTokens() {
        return maxThinkingTokens;
    }

    /** See {@link Builder#returnThinking}. */
    public Boolean returnThinking() {
        return returnThinking;
    }

    /** See {@link Builder#sendThinking}. */
    public Boolean sendThinking() {
        return sendThinking;
    }

    /** See {@link Builder#progressListener}. */
    public ProgressListener progressListener() {
        return progressListener;
    }

    @Override
    public RapidChatRequestParameters overrideWith(ChatRequestParameters that) {
        return builder().overrideWith(this).overrideWith(that).build();
    }

    @Override
    public RapidChatRequestParameters defaultedBy(ChatRequestParameters that) {
        return builder().overrideWith(that).overrideWith(this).build();
    }

    /**
     * Checks all values, as a request would.
     *
     * @throws IllegalArgumentException if one is out of range, naming it and the range
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if something is asked for that cannot be done
     */
    public void validate() {
        SettingsReader.read(this, modelName());
    }

    @Override
    public boolean equals(Object o) {
        return super.equals(o)
                && o instanceof RapidChatRequestParameters that
                && Objects.equals(mode, that.mode)
                && Objects.equals(margin, that.margin)
                && Objects.equals(draftTokens, that.draftTokens)
                && Objects.equals(confidenceThreshold, that.confidenceThreshold)
                && Objects.equals(plausibility, that.plausibility)
                && Objects.equals(learnEveryToken, that.learnEveryToken)
                && Objects.equals(lookupDrafting, that.lookupDrafting)
                && draftContext == that.draftContext
                && Objects.equals(passages, that.passages)
                && Objects.equals(seed, that.seed)
                && Objects.equals(strictJsonSchema, that.strictJsonSchema)
                && Objects.equals(thinking, that.thinking)
                && Objects.equals(maxThinkingTokens, that.maxThinkingTokens)
                && Objects.equals(returnThinking, that.returnThinking)
                && Objects.equals(sendThinking, that.sendThinking)
                && Objects.equals(progressListener, that.progressListener);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                super.hashCode(),
                mode,
                margin,
                draftTokens,
                confidenceThreshold,
                plausibility,
                learnEveryToken,
                lookupDrafting,
                draftContext,
                passages,
                seed,
                strictJsonSchema,
                thinking,
                maxThinkingTokens,
                returnThinking,
                sendThinking,
                progressListener);
    }

    @Override
    public String toString() {
        return "RapidChatRequestParameters{"
                + "modelName=" + quoted(modelName())
                + ", temperature=" + temperature()
                + ", topP=" + topP()
                + ", topK=" + topK()
                + ", frequencyPenalty=" + frequencyPenalty()
                + ", presencePenalty=" + presencePenalty()
                + ", maxOutputTokens=" + maxOutputTokens()
                + ", stopSequences=" + stopSequences()
                + ", toolSpecifications=" + toolSpecifications()
                + ", toolChoice=" + toolChoice()
                + ", responseFormat=" + responseFormat()
                + ", mode=" + mode
                + ", margin=" + margin
                + ", draftTokens=" + draftTokens
                + ", confidenceThreshold=" + confidenceThreshold
                + ", plausibility=" + plausibility
                + ", learnEveryToken=" + learnEveryToken
                + ", lookupDrafting=" + lookupDrafting
                + ", draftContext=" + draftContext
                + ", passages=" + passages
                + ", seed=" + seed
                + ", strictJsonSchema=" + strictJsonSchema
                + ", thinking=" + thinking
                + ", maxThinkingTokens=" + maxThinkingTokens
                + ", returnThinking=" + returnThinking
                + ", sendThinking=" + sendThinking
                + "}";
    }

    /** Starts with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds {@link RapidChatRequestParameters}. */
    public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {

        private Mode mode;
        private Double margin;
        private Integer draftTokens;
        private Double confidenceThreshold;
        private Double plausibility;
        private Boolean learnEveryToken;
        private Boolean lookupDrafting;
        private DraftContext draftContext;
        private Integer passages;
        private Integer seed;
        private Boolean strictJsonSchema;
        private Boolean thinking;
        private Integer maxThinkingTokens;
        private Boolean returnThinking;
        private Boolean sendThinking;
        private ProgressListener progressListener;

        private Builder() {}

        @Override
        public Builder overrideWith(ChatRequestParameters parameters) {
            super.overrideWith(parameters);
            if (parameters instanceof RapidChatRequestParameters rapid) {
                mode(getOrDefault(rapid.mode, mode));
                margin(getOrDefault(rapid.margin, margin));
                draftTokens(getOrDefault(rapid.draftTokens, draftTokens));
                confidenceThreshold(getOrDefault(rapid.confidenceThreshold, confidenceThreshold));
                plausibility(getOrDefault(rapid.plausibility, plausibility));
                learnEveryToken(getOrDefault(rapid.learnEveryToken, learnEveryToken));
                lookupDrafting(getOrDefault(rapid.lookupDrafting, lookupDrafting));
                draftContext(getOrDefault(rapid.draftContext, draftContext));
                passages(getOrDefault(rapid.passages, passages));
                seed(getOrDefault(rapid.seed, seed));
                strictJsonSchema(getOrDefault(rapid.strictJsonSchema, strictJsonSchema));
                thinking(getOrDefault(rapid.thinking, thinking));
                maxThinkingTokens(getOrDefault(rapid.maxThinkingTokens, maxThinkingTokens));
                returnThinking(getOrDefault(rapid.returnThinking, returnThinking));
                sendThinking(getOrDefault(rapid.sendThinking, sendThinking));
                progressListener(getOrDefault(rapid.progressListener, progressListener));
            }
            return this;
        }

        /** Who reads what, and who writes the answer; {@link Mode#RAPID} by default. */
        public Builder mode(Mode mode) {
            this.mode = mode;
            return this;
        }

        /**
         * How far the target's distribution moves towards the drafter's (η of the paper): 0 to 100, by default 10. 0 is
         * plain speculative sampling. At temperature 0 distributions are those at temperature 1.
         */
        public Builder margin(Double margin) {
            this.margin = margin;
            return this;
        }

        /**
         * Most tokens drafted in a round (γ): 1 to 64, or, by default, {@link #AUTOMATIC} (0): as many in each round as
         * give the most tokens a second, and none where nothing pays, by what the engine has measured and what was
         * accepted. That has no part in what is answered, but with a margin and without {@link #learnEveryToken}: there
         * automatic are the authors' 10, or, if {@link #lookupDrafting} is asked for, too, as many as pay by the rounds
         * alone.
         */
        public Builder draftTokens(Integer draftTokens) {
            this.draftTokens = draftTokens;
            return this;
        }

        /** Drafting stops after a token drawn with a probability under it: 0 to 1, by default 0.1. */
        public Builder confidenceThreshold(Double confidenceThreshold) {
            this.confidenceThreshold = confidenceThreshold;
            return this;
        }

        /**
         * The target learns only about tokens that have at least this share of the drafter's highest probability (α): 0
         * to 1, by default 0.1.
         */
        public Builder plausibility(Double plausibility) {
            this.plausibility = plausibility;
            return this;
        }

        /**
         * Whether, with a margin, every token of the answer learns from the drafter (true, the default), or only those
         * for which there was a draft, so that after a draft that was accepted altogether the target's own token
         * follows (false, as in the paper). With true what is answered is the same however much is drafted, by
         * whomever, as far as rounding allows; the drafter reads every token for that.
         */
        public Builder learnEveryToken(Boolean learnEveryToken) {
            this.learnEveryToken = learnEveryToken;
            return this;
        }

        /**
         * Whether tokens are proposed, before all else, that followed the last ones where they stand earlier in the
         * prompt or the answer: that takes no time. By default in modes that draft, as it does not change what is
         * answered; but with a margin and without {@link #learnEveryToken} it does, as such tokens stand or fall by the
         * target's own distribution there, and has to be asked for. The modes without a drafter do it with true, too.
         */
        public Builder lookupDrafting(Boolean lookupDrafting) {
            this.lookupDrafting = lookupDrafting;
            return this;
        }

        /**
         * What the model that drafts over passages attends to: a prompt of them, or what the target's KV cache holds of
         * them; {@link DraftContext#AUTO} by default.
         */
        public Builder draftContext(DraftContext draftContext) {
            this.draftContext = draftContext;
            return this;
        }

        /**
         * How many passages of the long text the drafter reads: at least 1, by default what the engine's draft context
         * has room for.
         */
        public Builder passages(Integer passages) {
            this.passages = passages;
            return this;
        }

        /**
         * Fixes the random draws and so, on one machine, the answer; by default a new one for each request. Of no
         * consequence at temperature 0.
         */
        public Builder seed(Integer seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Whether an answer that is held to a schema has every property of it, {@code null} where the model has no
         * value and the schema requires none; by default true. With false the model may leave out what is not required,
         * as small models do. A {@link dev.langchain4j.model.chat.request.json.JsonRawSchema} is taken as it is.
         */
        public Builder strictJsonSchema(Boolean strictJsonSchema) {
            this.strictJsonSchema = strictJsonSchema;
            return this;
        }

        /**
         * Whether a model that can think does so before it answers; by default as its chat template has it. Only for
         * templates with a switch, such as Qwen3's.
         */
        public Builder thinking(Boolean thinking) {
            this.thinking = thinking;
            return this;
        }

        /**
         * Most tokens of thinking: at least 0; by default only {@link #maxOutputTokens} limits it. Then thinking is
         * closed, and the answer begins.
         */
        public Builder maxThinkingTokens(Integer maxThinkingTokens) {
            this.maxThinkingTokens = maxThinkingTokens;
            return this;
        }

        /**
         * Whether what the model thought is in the response, {@link dev.langchain4j.data.message.AiMessage#thinking()},
         * and streamed to {@code onPartialThinking}; by default false. It is never part of the text.
         */
        public Builder returnThinking(Boolean returnThinking) {
            this.returnThinking = returnThinking;
            return this;
        }

        /**
         * Whether what the model thought in earlier answers, as far as messages hold it, is given to the chat template,
         * which may leave it out all the same; by default false.
         */
        public Builder sendThinking(Boolean sendThinking) {
            this.sendThinking = sendThinking;
            return this;
        }

        /** Hears how far the request has come; the engine's own listener does, too. */
        public Builder progressListener(ProgressListener progressListener) {
            this.progressListener = progressListener;
            return this;
        }

        @Override
        public RapidChatRequestParameters build() {
            return new RapidChatRequestParameters(this);
        }
    }
}
