package dev.rapid4j.internal.engine;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.internal.decoding.Forgotten;
import dev.rapid4j.internal.decoding.TokenRuns;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.prompt.PromptOptions;
import dev.rapid4j.internal.text.Messages;
import dev.rapid4j.internal.tokenizer.TextSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents that are read before the first question, and such as are to be forgotten.
 *
 * @param indexes whether passages can be looked for
 */
public record KnownDocuments(Pipeline pipeline, boolean indexes) {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /** Two that have no first character in common: what prompts with either begin with depends on neither. */
    private static final List<String> QUESTIONS = List.of("What is it about?", "1 + 1 = ?");

    /**
     * A request that reads a conversation up to where its next question would begin.
     *
     * @param settings those of the question, checked
     * @return the response is how many tokens that is
     * @throws InvalidRequestException if such a conversation could not be answered
     */
    public Request<Integer> preload(List<ChatMessage> messages, RequestSettings settings, ProgressListener progress) {
        PromptOptions options = settings.promptOptions();
        List<ConversationPrompt> asked = QUESTIONS.stream()
                .map(question -> pipeline.conversation(with(question, messages)))
                .toList();
        return new Request<>(request -> read(asked, options, request, progress), progress);
    }

    private int read(
            List<ConversationPrompt> asked, PromptOptions options, Request<?> request, ProgressListener progress) {
        PromptFitter prompts = pipeline.prompts().with(options).with(request::checkEnded);
        int[] prompt = prompts.target(asked.get(0));
        pipeline.generator().checkTarget(prompt, 1);
        pipeline.generator().checkKept(prompt);
        int common = Arrays.mismatch(prompt, prompts.target(asked.get(1)));
        if (indexes) {
            pipeline.passages().index(asked.get(0), request, progress);
        }
        request.checkEnded();
        if (common > 0) {
            pipeline.generator()
                    .read(
                            Arrays.copyOf(prompt, common),
                            new GenerationProgress(request, progress, (token, source) -> true));
        }
        return Math.max(0, common);
    }

    /**
     * How much of a conversation its next question would find read, but for what a request is using. May be asked by
     * any thread.
     *
     * @param settings those of the question, checked
     * @throws InvalidRequestException if such a conversation could not be answered
     * @throws dev.langchain4j.exception.LangChain4jException if the engine fails
     */
    public int tokensRead(List<ChatMessage> messages, RequestSettings settings) {
        try {
            PromptFitter fitter = pipeline.prompts().with(settings.promptOptions());
            List<int[]> prompts = QUESTIONS.stream()
                    .map(question -> fitter.target(pipeline.conversation(with(question, messages))))
                    .toList();
            int common = Arrays.mismatch(prompts.get(0), prompts.get(1));
            return Math.max(0, Math.min(common, pipeline.generator().known(prompts.get(0))));
        } catch (RuntimeException e) {
            throw LangChain4jExceptions.of(e);
        }
    }

    /**
     * A request that removes what is kept of a conversation's documents: of its long texts, or where there are none, of
     * its user messages.
     *
     * @return the response is whether anything was kept; it fails if all texts are so short that they stand in others
     * @throws InvalidRequestException if such a conversation could not be answered
     */
    public Request<Boolean> forget(List<ChatMessage> messages) {
        Set<String> texts = new LinkedHashSet<>();
        for (List<ChatMessage> asked :
                List.of(with(QUESTIONS.get(0), messages), inOneText(QUESTIONS.get(0), messages))) {
            pipeline.conversation(asked)
                    .choice()
                    .texts()
                    .forEach(text -> texts.add(Messages.text(asked, text).toString()));
        }
        if (texts.isEmpty()) {
            userTexts(messages).forEach(texts::add);
        }
        // what another one uses meanwhile would stay
        return Request.alone(request -> forget(texts, request));
    }

    private boolean forget(Set<String> texts, Request<?> request) {
        try {
            return removeAll(texts, request);
        } finally {
            pipeline.prompts().encoder().tokenizer().forget();
        }
    }

    private boolean removeAll(Set<String> texts, Request<?> request) {
        PromptEncoder encoder = pipeline.prompts().with(request::checkEnded).encoder();
        boolean any = false;
        boolean allShort = true;
        for (String text : texts) {
            int[] tokens = encoder.tokenizer().encode(List.of(new TextSpan(text, false)), encoder.step());
            if (tokens.length < TokenRuns.LEAST_TOKENS) {
                any |= pipeline.passages().retriever().forget(text);
                continue;
            }
            allShort = false;
            Forgotten forgotten = pipeline.generator().forget(new TokenRuns(tokens));
            boolean indexed = pipeline.passages().retriever().forget(text);
            LOG.info(
                    "Forgot a text of {} tokens: {} KV caches in memory, {} blocks on the disk{}",
                    tokens.length,
                    forgotten.caches(),
                    forgotten.blocks(),
                    indexed ? ", its passages" : "");
            any |= indexed || forgotten.caches() + forgotten.blocks() > 0;
        }
        if (allShort && !texts.isEmpty() && !any) {
            throw new InvalidRequestException(("A text of fewer than %d tokens cannot be told from others in which the"
                            + " same words stand; name the document that it was asked about, or remove the files of"
                            + " cacheDirectory and close the engine to forget everything")
                    .formatted(TokenRuns.LEAST_TOKENS));
        }
        return any;
    }

    private static List<String> userTexts(List<ChatMessage> messages) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof UserMessage) {
                for (int content = 0; content < Messages.contents(messages, i); content++) {
                    texts.add(Messages.text(messages, i, content));
                }
            }
        }
        return texts;
    }

    /** The same where the question stands in the last text itself, of which another part may be long then. */
    private static List<ChatMessage> inOneText(String question, List<ChatMessage> messages) {
        List<ChatMessage> asked = with(question, messages);
        int last = messages.size() - 1;
        if (last >= 0
                && messages.get(last) instanceof UserMessage user
                && user.contents().get(user.contents().size() - 1) instanceof TextContent text) {
            List<Content> contents = new ArrayList<>(user.contents());
            contents.set(contents.size() - 1, TextContent.from(text.text() + "\n\n" + question));
            asked.set(last, user.toBuilder().contents(contents).build());
        }
        return asked;
    }

    /** The conversation with a question behind what the user says last, or behind the answer to that. */
    private static List<ChatMessage> with(String question, List<ChatMessage> messages) {
        List<ChatMessage> asked = new ArrayList<>(messages);
        int last = messages.size() - 1;
        if (last >= 0 && messages.get(last) instanceof UserMessage user) {
            List<Content> contents = new ArrayList<>(user.contents());
            contents.add(TextContent.from(question));
            asked.set(last, user.toBuilder().contents(contents).build());
        } else {
            asked.add(UserMessage.from(question));
        }
        return asked;
    }
}
