package dev.rapid4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.internal.decoding.Generation;
import dev.rapid4j.internal.decoding.GenerationListener;
import dev.rapid4j.internal.decoding.GenerationRequest;
import dev.rapid4j.internal.decoding.Generator;
import dev.rapid4j.internal.decoding.ReadAhead;
import dev.rapid4j.internal.decoding.RequestTooLargeException;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** The way of a request: messages, passages, prompts, tokens, answer. */
record Pipeline(
        String modelName,
        LanguageModel target,
        LanguageModel drafter,
        Generator generator,
        PromptEncoder encoder,
        TokenCounter tokens,
        PassageRetriever retriever,
        RetrievalSettings retrievalDefaults,
        LongTextSelector longTextSelector,
        OversizedPromptPolicy oversizedPrompts,
        boolean readAhead,
        SafeProgress progress,
        TargetAloneNotice targetAloneNotice) {

    private static final int DEFAULT_OUTPUT_TOKENS = 1024;

    /** How often a prompt may be shortened further, until tokens that merge differently have settled. */
    private static final int SHORTENINGS = 8;

    /** A conversation as the models read it. */
    private record Prompts(ConversationPrompt conversation, int[] target, int[] drafter, boolean shortened) {}

    /** The engine's listener, and the request's own. */
    ProgressListener progress(RequestSettings settings) {
        return settings.progressListener().map(progress::and).orElse(progress);
    }

    /**
     * Checks before a request waits that the engine has what its mode needs.
     *
     * @throws InvalidRequestException if it has not
     */
    void check(RequestSettings settings) {
        if (settings.mode() == Mode.NAIVE_SPECULATIVE && target == drafter) {
            throw new InvalidRequestException("mode NAIVE_SPECULATIVE needs a drafter of its own, a smaller model than"
                    + " the target: name one when the engine is built, or ask with mode STREAMING_DRAFT or RAPID, in"
                    + " which the target can draft for itself");
        }
    }

    /** What is checked of a conversation before it waits. */
    ConversationPrompt conversation(List<ChatMessage> messages) {
        return ConversationPrompt.of(messages, longTextSelector);
    }

    ChatResponse answer(
            ConversationPrompt conversation,
            RequestSettings settings,
            Request request,
            ProgressListener progress,
            Consumer<RapidPartialResponse> text) {
        return with(request::checkEnded).answerChecked(conversation, settings, request, progress, text);
    }

    /** The same, but that something is called now and then while texts are tokenised. */
    private Pipeline with(Runnable step) {
        PromptEncoder checked = encoder.with(step);
        return new Pipeline(
                modelName,
                target,
                drafter,
                generator,
                checked,
                new TokenCounter(checked),
                retriever,
                retrievalDefaults,
                longTextSelector,
                oversizedPrompts,
                readAhead,
                progress,
                targetAloneNotice);
    }

    private ChatResponse answerChecked(
            ConversationPrompt conversation,
            RequestSettings settings,
            Request request,
            ProgressListener progress,
            Consumer<RapidPartialResponse> text) {
        // the drafter alone may never read the whole text
        Optional<int[]> full = settings.mode() == Mode.RETRIEVAL_ONLY ? Optional.empty() : full(conversation);
        if (oversizedPrompts == OversizedPromptPolicy.REFUSE) {
            // before a text is embedded for nothing
            full.ifPresent(prompt ->
                    generator.checkTarget(prompt, settings.maxOutputTokens().orElse(1)));
        }
        try (ReadAhead ahead = readAhead(full, settings)) {
            return answer(conversation, full, ahead, settings, request, progress, text);
        }
    }

    /** What the target would read; empty if that has to be shortened and is too much to be tokenised for nothing. */
    private Optional<int[]> full(ConversationPrompt conversation) {
        if (!conversation.isFarLongerThan(target.contextLength(), tokens)) {
            return Optional.of(encoder.encode(conversation.target()));
        }
        if (oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE) {
            return Optional.empty();
        }
        throw new RequestTooLargeException(
                "The long texts of the prompt have more than twice the %,d tokens that %s can hold; shorten them, or set oversizedPrompts to SHORTEN_MIDDLE"
                        .formatted(target.contextLength(), target.name()));
    }

    /** The target's reading while passages are searched for; null if it had better wait for them. */
    private ReadAhead readAhead(Optional<int[]> full, RequestSettings settings) {
        if (!readAhead || full.isEmpty() || !settings.mode().retrieves()) {
            return null;
        }
        int[] prompt = full.get();
        if (oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE
                && prompt.length > promptRoom(Math.min(target.contextLength(), drafter.contextLength()), settings)) {
            return null;
        }
        int room = Math.max(1, target.contextLength() - prompt.length);
        return generator.readAhead(prompt, settings.maxOutputTokens().orElse(Math.min(DEFAULT_OUTPUT_TOKENS, room)));
    }

    private ChatResponse answer(
            ConversationPrompt conversation,
            Optional<int[]> full,
            ReadAhead ahead,
            RequestSettings settings,
            Request request,
            ProgressListener progress,
            Consumer<RapidPartialResponse> text) {
        ConversationPrompt withPassages = settings.mode().retrieves()
                ? conversation.withPassages(
                        retriever.reportingTo(progress::onIndexing), retrieval(settings), request::ended)
                : conversation;
        request.checkEnded();
        withPassages.retrieval().ifPresent(progress::onRetrieved);
        Prompts prompts = prompts(withPassages, full, settings);
        Mode mode = mode(settings, prompts);
        int seed = settings.seed().orElseGet(() -> ThreadLocalRandom.current().nextInt());
        GenerationRequest generation = new GenerationRequest(
                prompts.target(),
                prompts.drafter(),
                mode,
                settings.sampling(),
                settings.speculation(),
                seed,
                settings.maxOutputTokens().orElseGet(() -> defaultOutputTokens(prompts, mode)),
                settings.stopSequences());
        Following listener = new Following(request, progress, text);
        Generation answer = ahead == null
                ? generator.generate(generation, listener)
                : generator.generate(generation, ahead, listener);
        return response(answer, prompts, mode, seed, listener.timeToFirstToken);
    }

    private Mode mode(RequestSettings settings, Prompts prompts) {
        if (!gainsNothing(settings.mode(), prompts)) {
            return settings.mode();
        }
        if (!prompts.conversation().choice().texts().isEmpty()) {
            int draftTokens = settings.mode().retrieves()
                    ? retrieval(settings).maxPassages() * retriever.splitter().maxSegmentTokens()
                    : generator.draftContextTokens();
            targetAloneNotice.say(settings.mode(), draftTokens);
        }
        return Mode.LONG_CONTEXT;
    }

    /** Whether the target would draft for itself with all of the prompt before it. */
    private boolean gainsNothing(Mode mode, Prompts prompts) {
        return switch (mode) {
            case RAPID, SPECULATIVE ->
                target == drafter && prompts.conversation().retrieval().isEmpty();
            case STREAMING_DRAFT -> prompts.target().length <= generator.draftContextTokens();
            case NAIVE_SPECULATIVE, LONG_CONTEXT, RETRIEVAL_ONLY -> false;
        };
    }

    private RetrievalSettings retrieval(RequestSettings settings) {
        return new RetrievalSettings(
                settings.passages().orElse(retrievalDefaults.maxPassages()), retrievalDefaults.minSimilarity());
    }

    private Prompts prompts(ConversationPrompt conversation, Optional<int[]> full, RequestSettings settings) {
        boolean passages = conversation.retrieval().isPresent();
        boolean drafterAlone = settings.mode() == Mode.RETRIEVAL_ONLY;
        if (drafterAlone && passages) {
            int[] drafterPrompt = encoder.encode(conversation.drafter());
            return new Prompts(conversation, drafterPrompt, drafterPrompt, false);
        }
        Optional<int[]> targetPrompt = drafterAlone ? full(conversation) : full;
        if (oversizedPrompts == OversizedPromptPolicy.SHORTEN_MIDDLE) {
            boolean targetAlone = settings.mode() == Mode.LONG_CONTEXT || settings.mode() == Mode.STREAMING_DRAFT;
            int context = passages || targetAlone
                    ? target.contextLength()
                    : Math.min(target.contextLength(), drafter.contextLength());
            int room = promptRoom(context, settings);
            if (room > 0 && targetPrompt.stream().noneMatch(prompt -> prompt.length <= room)) {
                return shortened(conversation, room);
            }
        }
        return prompts(conversation, targetPrompt.orElseGet(() -> encoder.encode(conversation.target())), false);
    }

    private Prompts shortened(ConversationPrompt conversation, int room) {
        int longTextTokens = room - conversation.otherTokens(turns -> encoder.encode(turns).length, tokens);
        for (int i = 1; ; i++) {
            ConversationPrompt fitting = conversation.shortened(longTextTokens, tokens);
            int[] targetPrompt = encoder.encode(fitting.target());
            if (targetPrompt.length <= room || i == SHORTENINGS) {
                return prompts(fitting, targetPrompt, true);
            }
            longTextTokens -= targetPrompt.length - room;
        }
    }

    private Prompts prompts(ConversationPrompt conversation, int[] targetPrompt, boolean shortened) {
        int[] drafterPrompt =
                conversation.retrieval().isPresent() ? encoder.encode(conversation.drafter()) : targetPrompt;
        return new Prompts(conversation, targetPrompt, drafterPrompt, shortened);
    }

    /** Most tokens of a prompt that leaves room for an answer of default length. */
    int promptTokens() {
        return target.contextLength() - answerTokens(target.contextLength());
    }

    /** Most tokens of a prompt that need not be shortened. */
    private static int promptRoom(int context, RequestSettings settings) {
        return context - settings.maxOutputTokens().orElse(answerTokens(context));
    }

    private static int answerTokens(int context) {
        return Math.min(DEFAULT_OUTPUT_TOKENS, Math.max(1, context / 4));
    }

    private int defaultOutputTokens(Prompts prompts, Mode mode) {
        int targetRoom = target.contextLength() - prompts.target().length;
        int drafterRoom = drafter.contextLength() - prompts.drafter().length;
        int room = switch (mode) {
            case LONG_CONTEXT, STREAMING_DRAFT -> targetRoom;
            case RETRIEVAL_ONLY -> drafterRoom;
            case RAPID, SPECULATIVE, NAIVE_SPECULATIVE -> Math.min(targetRoom, drafterRoom);
        };
        // with less than one, the generator refuses the prompt and tells the numbers
        return Math.max(1, Math.min(DEFAULT_OUTPUT_TOKENS, room));
    }

    /** Passes on what happens in a generation. */
    private static final class Following implements GenerationListener {

        private final Request request;
        private final ProgressListener progress;
        private final Consumer<RapidPartialResponse> text;
        private Duration timeToFirstToken;

        Following(Request request, ProgressListener progress, Consumer<RapidPartialResponse> text) {
            this.request = request;
            this.progress = progress;
            this.text = text;
        }

        @Override
        public void onToken(int token) {
            if (timeToFirstToken == null) {
                timeToFirstToken = request.age();
            }
        }

        @Override
        public void onText(String piece, boolean drafted) {
            text.accept(new RapidPartialResponse(piece, drafted));
        }

        @Override
        public void onPrefill(int done, int total) {
            progress.onPrefill(done, total);
        }

        @Override
        public void onRound(GenerationStatistics soFar) {
            progress.onDecoding(soFar);
        }

        @Override
        public void checkCancelled() {
            request.checkEnded();
        }
    }

    private ChatResponse response(
            Generation generation, Prompts prompts, Mode mode, int seed, Duration timeToFirstToken) {
        Retrieval none = new Retrieval(List.of(), Duration.ZERO, true);
        Retrieval retrieval = prompts.conversation().retrieval().orElse(none);
        GenerationStatistics statistics = generation.statistics().withRetrieval(retrieval.elapsed());
        int read = mode == Mode.RETRIEVAL_ONLY ? statistics.drafterPromptTokens() : statistics.targetPromptTokens();
        return ChatResponse.builder()
                // as LangChain4j's other models have it, an answer of no tokens has no text
                .aiMessage(AiMessage.builder()
                        .text(generation.text().isEmpty() ? null : generation.text())
                        .build())
                .metadata(RapidChatResponseMetadata.builder()
                        .id("rapid-" + UUID.randomUUID())
                        .modelName(modelName)
                        .tokenUsage(new TokenUsage(read, statistics.emittedTokens()))
                        .finishReason(
                                switch (generation.finishReason()) {
                                    case STOP -> FinishReason.STOP;
                                    case LENGTH -> FinishReason.LENGTH;
                                })
                        .mode(mode)
                        .statistics(statistics)
                        .longTexts(prompts.conversation().choice())
                        .passages(retrieval.passages())
                        .shortened(prompts.shortened())
                        .seed(seed)
                        .timeToFirstToken(timeToFirstToken)
                        .build())
                .build();
    }
}
