package dev.rapid4j.internal.engine;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Mode;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidTokenUsage;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.answer.Answer;
import dev.rapid4j.internal.answer.AnswerFormat;
import dev.rapid4j.internal.answer.AnswerListener;
import dev.rapid4j.internal.answer.AnswerPlan;
import dev.rapid4j.internal.answer.AnswerReader;
import dev.rapid4j.internal.decoding.DecodingPlan;
import dev.rapid4j.internal.decoding.Generation;
import dev.rapid4j.internal.decoding.GenerationRequest;
import dev.rapid4j.internal.decoding.Generator;
import dev.rapid4j.internal.decoding.ReadAhead;
import dev.rapid4j.internal.engine.PromptFitter.Prompts;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.prompt.PromptOptions;
import dev.rapid4j.internal.text.Messages;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The way of a request: messages, passages, prompts, tokens, answer.
 *
 * @param modelName the name in responses
 * @param answers what answers look like
 * @param readAhead whether the target may read while passages are searched for
 */
public record Pipeline(
        String modelName,
        LongTextSelector longTextSelector,
        PassageFinder passages,
        PromptFitter prompts,
        AnswerFormat answers,
        Generator generator,
        int draftContextTokens,
        boolean readAhead,
        TargetAloneNotice targetAloneNotice) {

    /** What is asked, checked before it waits. */
    private record Question(
            ConversationPrompt conversation, RequestSettings settings, DecodingPlan plan, AnswerPlan answer) {}

    /**
     * Checks a request before it waits.
     *
     * @param progress hears how far it is
     * @param listener hears the answer piece by piece, on the thread that answers
     * @throws InvalidRequestException if there is no question, the engine lacks what the mode needs, or there is no
     *     tool that has to be called
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if the model is not known to call tools
     * @throws IllegalArgumentException if the answer cannot be held to a schema
     */
    public Request<ChatResponse> prepare(
            List<ChatMessage> messages, RequestSettings settings, ProgressListener progress, AnswerListener listener) {
        DecodingPlan plan = plan(settings);
        // checks the tools' names
        PromptOptions options = settings.promptOptions();
        ConversationPrompt conversation = conversation(messages);
        AnswerPlan answer = answers.plan(settings.answer());
        Question question = new Question(
                conversation,
                settings,
                plan,
                Messages.started(messages).map(answer::behind).orElse(answer));
        AnswerListener heard = settings.returnThinking() ? listener : listener.withoutThinking();
        return new Request<>(
                request -> new Answering(
                                question,
                                request,
                                progress,
                                heard,
                                prompts.with(options).with(request::checkEnded))
                        .answer(),
                progress);
    }

    /**
     * Checks parameters as {@link #prepare} does.
     *
     * @throws RuntimeException as there
     */
    public void check(RequestSettings settings) {
        plan(settings);
        settings.promptOptions();
        answers.plan(settings.answer());
    }

    /**
     * Checks parameters to which a request may add, and which there may be no request for.
     *
     * @throws RuntimeException as {@link #prepare}, and as its answer for what the chat template cannot say
     */
    public void checkDefaults(RequestSettings settings) {
        plan(settings);
        prompts.encoder().template().check(settings.promptOptions());
        answers.plan(settings.answer().whateverTools());
    }

    private DecodingPlan plan(RequestSettings settings) {
        DecodingPlan plan = DecodingPlan.of(
                settings.mode(),
                settings.speculation().margin(),
                settings.learnEveryToken(),
                draftContextTokens,
                settings.lookupDrafting(),
                settings.draftContext(),
                models().targetDraftsToo());
        if (plan.needsAnotherModel() && models().targetDraftsToo()) {
            throw new InvalidRequestException("mode " + settings.mode() + " needs a drafter of its own, a smaller model"
                    + " than the target: name one when the engine is built, or ask with mode STREAMING_DRAFT or RAPID,"
                    + " in which the target can draft for itself");
        }
        return plan;
    }

    /** What target and drafter would read in full. */
    public ConversationPrompt conversation(List<ChatMessage> messages) {
        return ConversationPrompt.of(messages, longTextSelector);
    }

    public Models models() {
        return prompts.models();
    }

    /** Counts tokens as the target does. */
    public TokenCounter tokens() {
        return new TokenCounter(prompts.encoder());
    }

    /** Most tokens of a prompt that leaves room for an answer of default length. */
    public int promptTokens() {
        return prompts.promptTokens();
    }

    /** One request, on the thread that answers it. */
    private final class Answering {

        private final ConversationPrompt conversation;
        private final RequestSettings settings;
        private final DecodingPlan plan;
        private final Request<?> request;
        private final ProgressListener progress;
        private final PromptFitter prompts;
        private final AnswerPlan answer;
        private final AnswerListener heard;
        private final GenerationProgress listener;
        private AnswerReader reader;

        Answering(
                Question question,
                Request<?> request,
                ProgressListener progress,
                AnswerListener heard,
                PromptFitter prompts) {
            this.conversation = question.conversation();
            this.settings = question.settings();
            this.plan = question.plan();
            this.request = request;
            this.progress = progress;
            this.prompts = prompts;
            this.answer = question.answer();
            this.heard = heard;
            this.listener = new GenerationProgress(request, progress, (token, source) -> reader.append(token, source));
        }

        ChatResponse answer() {
            // the drafter alone may never read the whole text
            Optional<PlacedPrompt> full = plan.targetReads() ? prompts.full(conversation, plan) : Optional.empty();
            if (prompts.oversizedPrompts() == OversizedPromptPolicy.REFUSE) {
                // before a text is embedded for nothing
                full.ifPresent(prompt -> generator.checkTarget(
                        prompt.ids(), settings.maxOutputTokens().orElse(1)));
            }
            Optional<int[]> early = full.map(PlacedPrompt::ids).filter(prompt -> canReadAhead(prompt));
            if (early.isEmpty()) {
                return answer(full, Optional.empty());
            }
            try (ReadAhead ahead = readAhead(early.get())) {
                return answer(full, Optional.of(ahead));
            }
        }

        private boolean canReadAhead(int[] prompt) {
            return readAhead && plan.needsPassages() && prompts.staysWhole(prompt, settings);
        }

        private ReadAhead readAhead(int[] prompt) {
            int room = models().target().contextLength() - prompt.length;
            return generator.readAhead(
                    prompt, settings.maxOutputTokens().orElse(PromptFitter.defaultOutputTokens(room)), listener);
        }

        private ChatResponse answer(Optional<PlacedPrompt> full, Optional<ReadAhead> ahead) {
            ConversationPrompt found =
                    plan.needsPassages() ? passages.find(conversation, settings, request, progress) : conversation;
            request.checkEnded();
            found.retrieval().ifPresent(progress::onRetrieved);
            Prompts read = prompts.prompts(found, full, plan, settings);
            GenerationRequest generation = generation(read, planFor(read));
            reader = answer.reader(read.opening(), settings.stopSequences(), heard);
            Generation generated = ahead.map(reading -> generator.generate(generation, reading, listener))
                    .orElseGet(() -> generator.generate(generation, listener));
            return response(generated, read, generation);
        }

        private DecodingPlan planFor(Prompts read) {
            DecodingPlan fitting = plan.forPrompt(
                    read.tokens(),
                    models().targetDraftsToo(),
                    read.conversation().retrieval().isPresent());
            boolean drafts = plan.mode() != Mode.PASSAGE_ATTENTION;
            if (drafts
                    && fitting.mode() != plan.mode()
                    && !read.conversation().choice().texts().isEmpty()) {
                int draftTokens = plan.needsPassages() ? passages.mostTokens(settings) : draftContextTokens;
                targetAloneNotice.say(plan, draftTokens);
            }
            return fitting;
        }

        private GenerationRequest generation(Prompts read, DecodingPlan fitting) {
            int seed =
                    settings.seed().orElseGet(() -> ThreadLocalRandom.current().nextInt());
            int room = models().answerRoom(fitting, read.tokens());
            int maxTokens = settings.maxOutputTokens().orElse(PromptFitter.defaultOutputTokens(room));
            return new GenerationRequest(
                    read.tokens(),
                    fitting,
                    settings.sampling(),
                    settings.speculation(),
                    seed,
                    maxTokens,
                    answer.constraint(read.opening()));
        }

        private ChatResponse response(Generation generation, Prompts read, GenerationRequest asked) {
            Answer answered = reader.finish(generation.finishReason() == Generation.FinishReason.LENGTH);
            Retrieval none = new Retrieval(List.of(), Duration.ZERO, true);
            Retrieval retrieval = read.conversation().retrieval().orElse(none);
            GenerationStatistics statistics = generation.statistics().withRetrieval(retrieval.elapsed());
            return ChatResponse.builder()
                    .aiMessage(message(answered))
                    .metadata(RapidChatResponseMetadata.builder()
                            .id("rapid-" + UUID.randomUUID())
                            .modelName(modelName)
                            .tokenUsage(usage(asked.plan(), generation.cachedTokens(), statistics))
                            .finishReason(finishReason(generation, answered))
                            .mode(asked.plan().mode())
                            .draftContext(
                                    statistics.attendedTokens() > 0
                                            ? asked.plan().draftContext().orElse(null)
                                            : null)
                            .statistics(statistics)
                            .longTexts(read.conversation().choice())
                            .passages(retrieval.passages())
                            .shortened(read.shortened())
                            .seed((int) asked.seed())
                            .timeToFirstToken(listener.timeToFirstToken().orElse(null))
                            .build())
                    .build();
        }

        private static RapidTokenUsage usage(DecodingPlan plan, int cachedTokens, GenerationStatistics statistics) {
            return new RapidTokenUsage(
                    plan.targetReads() ? statistics.targetPromptTokens() : statistics.drafterPromptTokens(),
                    statistics.emittedTokens(),
                    cachedTokens,
                    statistics.draftedTokens(),
                    statistics.acceptedTokens());
        }

        /** As LangChain4j's other models have it, what is empty is null. */
        private AiMessage message(Answer answered) {
            boolean thought = settings.returnThinking() && !answered.thinking().isEmpty();
            return AiMessage.builder()
                    .text(answered.text().isEmpty() ? null : answered.text())
                    .thinking(thought ? answered.thinking() : null)
                    .toolExecutionRequests(answered.calls())
                    .build();
        }

        private static FinishReason finishReason(Generation generation, Answer answered) {
            if (!answered.calls().isEmpty()) {
                return FinishReason.TOOL_EXECUTION;
            }
            return switch (generation.finishReason()) {
                case STOP -> FinishReason.STOP;
                case LENGTH -> FinishReason.LENGTH;
            };
        }
    }
}
