package dev.rapid4j.internal.engine;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.internal.decoding.DecodingPlan;
import dev.rapid4j.internal.decoding.PromptTokens;
import dev.rapid4j.internal.decoding.RequestTooLargeException;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.prompt.PromptOptions;
import java.util.BitSet;
import java.util.Optional;

/** Makes of a conversation the tokens that the models read, as many as their context windows hold. */
public record PromptFitter(Models models, PromptEncoder encoder, OversizedPromptPolicy oversizedPrompts) {

    private static final int DEFAULT_OUTPUT_TOKENS = 1024;

    /** How often a prompt may be shortened further, until tokens that merge differently have settled. */
    private static final int SHORTENINGS = 8;

    /** Of a text that is read ahead of its questions. */
    private static final DecodingPlan READING =
            DecodingPlan.of(Mode.LONG_CONTEXT, 0, false, 1, Optional.empty(), DraftContext.AUTO, true);

    /**
     * A conversation as the models read it.
     *
     * @param opening how the prompts end, as {@link PlacedPrompt#opening} says
     */
    record Prompts(ConversationPrompt conversation, PromptTokens tokens, boolean shortened, String opening) {}

    /** The same, but that something is called now and then while texts are tokenised. */
    PromptFitter with(Runnable step) {
        return new PromptFitter(models, encoder.with(step), oversizedPrompts);
    }

    /** The same for prompts that say more. */
    PromptFitter with(PromptOptions options) {
        return new PromptFitter(models, encoder.with(options), oversizedPrompts);
    }

    private TokenCounter tokens() {
        return new TokenCounter(encoder);
    }

    /**
     * What the target would read; empty if that has to be shortened and is too much to be tokenised for nothing.
     *
     * @throws RequestTooLargeException if it is too much and must not be shortened
     */
    Optional<PlacedPrompt> full(ConversationPrompt conversation, DecodingPlan plan) {
        int context = models.target().contextLength();
        if (!conversation.isFarLongerThan(context, tokens())) {
            return Optional.of(target(conversation, plan));
        }
        if (oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE) {
            return Optional.empty();
        }
        throw new RequestTooLargeException(
                "The long texts of the prompt have more than twice the %,d tokens that %s can hold; shorten them, or set oversizedPrompts to SHORTEN_MIDDLE"
                        .formatted(context, models.target().name()));
    }

    /** What the target reads; with places, if passages are to be found in it. */
    private PlacedPrompt target(ConversationPrompt conversation, DecodingPlan plan) {
        return plan.needsPassageRows() && !conversation.targetTexts().isEmpty()
                ? encoder.encodeWithPlaces(conversation)
                : encoder.prompt(conversation.target());
    }

    /**
     * What the target would read if the answer may have the default length.
     *
     * @throws RequestTooLargeException if it is too much and must not be shortened
     */
    int[] target(ConversationPrompt conversation) {
        Optional<PlacedPrompt> full = full(conversation, READING);
        int room = promptTokens();
        return oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE
                        && full.stream().noneMatch(prompt -> prompt.ids().length <= room)
                ? shortened(conversation, room, READING).tokens().target()
                : full.orElseThrow().ids();
    }

    /** Whether a prompt that both models might have to read stays as it is. */
    boolean staysWhole(int[] prompt, RequestSettings settings) {
        return oversizedPrompts == OversizedPromptPolicy.REFUSE
                || prompt.length <= promptRoom(models.commonContextLength(), settings);
    }

    /**
     * The prompts of both models.
     *
     * @param full what {@link #full} gave, or empty if the target was not to read it
     * @throws InvalidRequestException if long texts cannot be shortened enough
     */
    Prompts prompts(
            ConversationPrompt conversation, Optional<PlacedPrompt> full, DecodingPlan plan, RequestSettings settings) {
        boolean passages = conversation.retrieval().isPresent();
        if (!plan.targetReads() && passages) {
            PlacedPrompt prompt = encoder.prompt(conversation.drafter());
            return new Prompts(conversation, new PromptTokens(prompt.ids(), prompt.ids()), false, prompt.opening());
        }
        Optional<PlacedPrompt> targetPrompt = plan.targetReads() ? full : full(conversation, plan);
        if (oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE) {
            boolean targetAlone = passages || !plan.drafterReads();
            int room =
                    promptRoom(targetAlone ? models.target().contextLength() : models.commonContextLength(), settings);
            if (room > 0 && targetPrompt.stream().noneMatch(prompt -> prompt.ids().length <= room)) {
                return shortened(conversation, room, plan);
            }
        }
        return prompts(conversation, targetPrompt.orElseGet(() -> target(conversation, plan)), false);
    }

    private Prompts shortened(ConversationPrompt conversation, int room, DecodingPlan plan) {
        int longTextTokens = room - conversation.otherTokens(turns -> encoder.encode(turns).length, tokens());
        for (int i = 1; ; i++) {
            ConversationPrompt fitting = conversation.shortened(longTextTokens, tokens());
            PlacedPrompt targetPrompt = target(fitting, plan);
            if (targetPrompt.ids().length <= room || i == SHORTENINGS) {
                return prompts(fitting, targetPrompt, true);
            }
            longTextTokens -= targetPrompt.ids().length - room;
        }
    }

    private Prompts prompts(ConversationPrompt conversation, PlacedPrompt targetPrompt, boolean shortened) {
        Optional<BitSet> passageRows = PassageTokens.of(conversation, targetPrompt);
        // who attends to rows reads no passages
        boolean passagesAreRead = conversation.retrieval().isPresent() && passageRows.isEmpty();
        int[] drafterPrompt = passagesAreRead ? encoder.encode(conversation.drafter()) : targetPrompt.ids();
        return new Prompts(
                conversation,
                new PromptTokens(targetPrompt.ids(), drafterPrompt, passageRows),
                shortened,
                targetPrompt.opening());
    }

    /** Most tokens of a prompt that leaves the target room for an answer of default length. */
    int promptTokens() {
        int context = models.target().contextLength();
        return context - answerTokens(context);
    }

    /** Most tokens of a prompt that need not be shortened. */
    private static int promptRoom(int context, RequestSettings settings) {
        return context - settings.maxOutputTokens().orElse(answerTokens(context));
    }

    private static int answerTokens(int context) {
        return defaultOutputTokens(context / 4);
    }

    /**
     * Most tokens of an answer where the request does not say.
     *
     * @param room tokens that the models can hold besides the prompt; with less than one, the generator refuses the
     *     prompt and tells the numbers
     */
    static int defaultOutputTokens(int room) {
        return Math.max(1, Math.min(DEFAULT_OUTPUT_TOKENS, room));
    }
}
