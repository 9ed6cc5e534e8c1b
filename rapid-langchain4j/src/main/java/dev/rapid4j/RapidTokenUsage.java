package dev.rapid4j;

import dev.langchain4j.model.output.TokenUsage;
import java.util.Objects;

/**
 * How many tokens a request took, or several together, as of an AI service that called tools. Numbers are {@code null}
 * if unknown.
 */
public class RapidTokenUsage extends TokenUsage {

    private final Integer cachedTokens;
    private final Integer draftedTokens;
    private final Integer acceptedTokens;

    /**
     * @param inputTokens tokens of the prompt, whether they had to be read or not
     * @param outputTokens tokens of the answer
     */
    public RapidTokenUsage(
            Integer inputTokens,
            Integer outputTokens,
            Integer cachedTokens,
            Integer draftedTokens,
            Integer acceptedTokens) {
        this(new TokenUsage(inputTokens, outputTokens), cachedTokens, draftedTokens, acceptedTokens);
    }

    private RapidTokenUsage(TokenUsage usage, Integer cachedTokens, Integer draftedTokens, Integer acceptedTokens) {
        super(usage.inputTokenCount(), usage.outputTokenCount(), usage.totalTokenCount());
        this.cachedTokens = cachedTokens;
        this.draftedTokens = draftedTokens;
        this.acceptedTokens = acceptedTokens;
    }

    /** Another model's, of which nothing else is known. */
    static RapidTokenUsage of(TokenUsage usage) {
        return usage instanceof RapidTokenUsage rapid ? rapid : new RapidTokenUsage(usage, null, null, null);
    }

    /** Of the input tokens, those that did not have to be read, as they were in a KV cache. */
    public Integer cachedTokens() {
        return cachedTokens;
    }

    /** Tokens that were proposed, by a drafter or by lookup, whether they became part of the answer or not. */
    public Integer draftedTokens() {
        return draftedTokens;
    }

    /** Of the drafted tokens, those that were accepted; an end token may be among them. */
    public Integer acceptedTokens() {
        return acceptedTokens;
    }

    @Override
    public RapidTokenUsage add(TokenUsage that) {
        if (that == null) {
            return this;
        }
        TokenUsage sum = new TokenUsage(
                sum(inputTokenCount(), that.inputTokenCount()),
                sum(outputTokenCount(), that.outputTokenCount()),
                sum(totalTokenCount(), that.totalTokenCount()));
        RapidTokenUsage other = of(that);
        return new RapidTokenUsage(
                sum,
                sum(cachedTokens, other.cachedTokens),
                sum(draftedTokens, other.draftedTokens),
                sum(acceptedTokens, other.acceptedTokens));
    }

    @Override
    public boolean equals(Object o) {
        return super.equals(o)
                && o instanceof RapidTokenUsage that
                && Objects.equals(cachedTokens, that.cachedTokens)
                && Objects.equals(draftedTokens, that.draftedTokens)
                && Objects.equals(acceptedTokens, that.acceptedTokens);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), cachedTokens, draftedTokens, acceptedTokens);
    }

    @Override
    public String toString() {
        return "RapidTokenUsage{inputTokenCount=" + inputTokenCount() + ", cachedTokens=" + cachedTokens
                + ", outputTokenCount=" + outputTokenCount() + ", draftedTokens=" + draftedTokens
                + ", acceptedTokens=" + acceptedTokens + ", totalTokenCount=" + totalTokenCount() + "}";
    }
}
