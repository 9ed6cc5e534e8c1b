package dev.rapid4j.samples.webchat.chat;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.webchat.problem.Problem;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the model, and writes down what comes. */
public final class AnswerWriter {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerWriter.class);

    /** How long a question may take to be refused; one that is not refused by then waits for its turn. */
    private static final long REFUSAL_SECONDS = 5;

    private final Supplier<StreamingChatModel> model;
    private final Conversations conversations;

    /** @param model throws a {@link ProblemException} while there is none */
    public AnswerWriter(Supplier<StreamingChatModel> model, Conversations conversations) {
        this.model = model;
        this.conversations = conversations;
    }

    /**
     * Asks one question, once for each of the settings. All answers come from the same state of the conversation, one
     * after the other, as those that are written together would slow each other down; the first becomes part of it. If
     * the first is refused, nothing has been asked; a later one fails.
     */
    public List<Answer> ask(Conversation conversation, String question, List<AnswerSettings> settings) {
        StreamingChatModel available = model.get();
        List<Answer> answers = settings.stream()
                .map(each -> new Answer(Ids.next(), each, conversations.clock().instant()))
                .toList();
        Conversation.Opened opened =
                conversation.open(question, answers, conversations.limits().questions());
        List<AnswerRun> runs = answers.stream()
                .map(answer -> new AnswerRun(answer, opened.prompt().documents()))
                .toList();
        try {
            available.chat(request(opened.prompt(), answers.get(0).settings(), runs.get(0)), runs.get(0));
            // one that takes longer is answered, or fails, as one that was taken in
            runs.get(0)
                    .accepted()
                    .completeOnTimeout(null, REFUSAL_SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (Throwable e) {
            conversation.withdraw(opened.turn());
            answers.forEach(Answer::stop);
            throw new ProblemException(problem(e instanceof CompletionException ? e.getCause() : e));
        }
        for (int i = 1; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            AnswerRun run = runs.get(i);
            run.onQueued(i);
            answers.get(i - 1).whenEnded(() -> askNow(available, opened.prompt(), answer, run));
        }
        return answers;
    }

    private static void askNow(StreamingChatModel model, Prompt prompt, Answer answer, AnswerRun run) {
        if (answer.ended()) {
            return;
        }
        try {
            model.chat(request(prompt, answer.settings(), run), run);
        } catch (Throwable e) {
            run.onError(e);
        }
    }

    private static ChatRequest request(Prompt prompt, AnswerSettings settings, AnswerRun run) {
        return ChatRequest.builder()
                .messages(prompt.messages())
                .parameters(RapidChatRequestParameters.builder()
                        .mode(settings.mode())
                        .margin(settings.margin())
                        .draftTokens(settings.draftTokens())
                        .temperature(settings.temperature())
                        .maxOutputTokens(settings.maxOutputTokens())
                        .seed(settings.seed())
                        .returnThinking(true)
                        .progressListener(run)
                        .build())
                .build();
    }

    static Problem problem(Throwable failure) {
        if (failure instanceof ProblemException known) {
            return known.problem();
        }
        if (failure instanceof RateLimitException) {
            return new Problem(
                    Kind.TOO_MANY,
                    "Too many questions are waiting",
                    "Your question was not asked. Ask it again in a while.");
        }
        if (failure instanceof InvalidRequestException) {
            return new Problem(Kind.INVALID, "The model cannot answer this", failure.getMessage());
        }
        if (failure instanceof NonRetriableException) {
            return new Problem(Kind.UNAVAILABLE, "The model is not available", failure.getMessage());
        }
        LOG.error("An answer failed", failure);
        return new Problem(
                Kind.FAILED,
                "The answer failed",
                "Ask again; if that does not help, see the server's log. The model says: " + failure.getMessage());
    }
}
