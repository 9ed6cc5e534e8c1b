package dev.rapid4j;

import static dev.langchain4j.internal.Utils.copy;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How an answer came about. The input tokens of the token usage are those of the prompt that the model which wrote the
 * answer has read, whether or not they were found in a KV cache; the output tokens are those of the answer.
 */
public class RapidChatResponseMetadata extends ChatResponseMetadata {

    private final Mode mode;
    private final DraftContext draftContext;
    private final GenerationStatistics statistics;
    private final LongTextChoice longTexts;
    private final List<Passage> passages;
    private final boolean shortened;
    private final Integer seed;
    private final Duration timeToFirstToken;

    private RapidChatResponseMetadata(Builder builder) {
        super(builder);
        this.mode = builder.mode;
        this.draftContext = builder.draftContext;
        this.statistics = builder.statistics;
        this.longTexts = builder.longTexts;
        this.passages = copy(builder.passages);
        this.shortened = builder.shortened;
        this.seed = builder.seed;
        this.timeToFirstToken = builder.timeToFirstToken;
    }

    /**
     * How the answer was written. Not the mode asked for but {@link Mode#LONG_CONTEXT} if the target was to draft for
     * itself, or to attend to passages, and nothing would have been left out as the text was so short: that would have
     * gained nothing.
     */
    public Mode mode() {
        return mode;
    }

    /**
     * What the model attended to that drafted over passages, not {@link DraftContext#AUTO}; {@code null} if none did,
     * or the answer is none of its doing: it learned nothing, and none drafted, as that did not pay or all was looked
     * up.
     */
    public DraftContext draftContext() {
        return draftContext;
    }

    @Override
    public RapidTokenUsage tokenUsage() {
        return super.tokenUsage() == null ? null : RapidTokenUsage.of(super.tokenUsage());
    }

    /** Tokens, times and rounds. */
    public GenerationStatistics statistics() {
        return statistics;
    }

    /** Which parts of the messages were taken for long text, and what for the question. */
    public LongTextChoice longTexts() {
        return longTexts;
    }

    /**
     * What was found in the long texts, in the order of the text, to be read or attended to in their place; empty if
     * they were read in full. With {@link DraftContext#PASSAGE_ROWS} or {@link Mode#PASSAGE_ATTENTION} those were of no
     * use that stand in a middle that was {@linkplain #shortened left out}.
     */
    public List<Passage> passages() {
        return passages;
    }

    /** Whether the middle of the long texts was left out of the target's prompt. */
    public boolean shortened() {
        return shortened;
    }

    /** The seed that was used, whether it was given or not. */
    public Integer seed() {
        return seed;
    }

    /**
     * Time from the request's arrival to the first token of the answer, waiting for other requests included;
     * {@code null} if there is none.
     */
    public Duration timeToFirstToken() {
        return timeToFirstToken;
    }

    @Override
    public Builder toBuilder() {
        return ((Builder) super.toBuilder(builder()))
                .mode(mode)
                .draftContext(draftContext)
                .statistics(statistics)
                .longTexts(longTexts)
                .passages(passages)
                .shortened(shortened)
                .seed(seed)
                .timeToFirstToken(timeToFirstToken);
    }

    @Override
    public boolean equals(Object o) {
        return super.equals(o)
                && o instanceof RapidChatResponseMetadata that
                && mode == that.mode
                && draftContext == that.draftContext
                && Objects.equals(statistics, that.statistics)
                && Objects.equals(longTexts, that.longTexts)
                && passages.equals(that.passages)
                && shortened == that.shortened
                && Objects.equals(seed, that.seed)
                && Objects.equals(timeToFirstToken, that.timeToFirstToken);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                super.hashCode(),
                mode,
                draftContext,
                statistics,
                longTexts,
                passages,
                shortened,
                seed,
                timeToFirstToken);
    }

    /** Without the texts themselves, which may be confidential: this ends up in logs. */
    @Override
    public String toString() {
        return "RapidChatResponseMetadata{id='" + id() + "', modelName='" + modelName() + "', tokenUsage="
                + tokenUsage() + ", finishReason=" + finishReason() + ", mode=" + mode + ", draftContext="
                + draftContext + ", statistics=" + statistics
                + ", longTexts=" + (longTexts == null ? null : longTexts.texts()) + ", passages=" + passages.size()
                + ", shortened=" + shortened
                + ", seed=" + seed
                + ", timeToFirstToken=" + timeToFirstToken
                + "}";
    }

    /** Starts with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds {@link RapidChatResponseMetadata}. */
    public static final class Builder extends ChatResponseMetadata.Builder<Builder> {

        private Mode mode;
        private DraftContext draftContext;
        private GenerationStatistics statistics;
        private LongTextChoice longTexts;
        private List<Passage> passages = List.of();
        private boolean shortened;
        private Integer seed;
        private Duration timeToFirstToken;

        private Builder() {}

        /** See {@link RapidChatResponseMetadata#mode()}. */
        public Builder mode(Mode mode) {
            this.mode = mode;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#draftContext()}. */
        public Builder draftContext(DraftContext draftContext) {
            this.draftContext = draftContext;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#statistics()}. */
        public Builder statistics(GenerationStatistics statistics) {
            this.statistics = statistics;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#longTexts()}. */
        public Builder longTexts(LongTextChoice longTexts) {
            this.longTexts = longTexts;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#passages()}. */
        public Builder passages(List<Passage> passages) {
            this.passages = passages;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#shortened()}. */
        public Builder shortened(boolean shortened) {
            this.shortened = shortened;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#seed()}. */
        public Builder seed(Integer seed) {
            this.seed = seed;
            return this;
        }

        /** See {@link RapidChatResponseMetadata#timeToFirstToken()}. */
        public Builder timeToFirstToken(Duration timeToFirstToken) {
            this.timeToFirstToken = timeToFirstToken;
            return this;
        }

        @Override
        public RapidChatResponseMetadata build() {
            return new RapidChatResponseMetadata(this);
        }
    }
}
