package dev.rapid4j.internal.prompt;

import static java.util.stream.Collectors.groupingBy;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Passage;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenCounts;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.Excerpt;
import dev.rapid4j.internal.text.Messages;
import dev.rapid4j.internal.text.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A conversation as target and drafter read it. {@link #of} makes one that both read in full, {@link #withPassages}
 * gives the drafter passages instead of the long text, {@link #shortened} makes the target's fit its context window.
 *
 * <p>Documents that a {@link dev.rapid4j.documents.RapidRetrievalAugmentor} put into a message are long texts of it,
 * and what it found in them are their passages, whatever the selector says.
 *
 * <p>Texts of one user message are joined by blank lines.
 *
 * @param messages the conversation
 * @param choice which part of it is long text, and the question
 * @param target what the target reads
 * @param targetTexts the long texts as they stand there
 * @param drafter what the drafter reads
 * @param retrieval the passages the drafter reads in place of the long text; empty if it reads what the target reads
 */
public record ConversationPrompt(
        List<ChatMessage> messages,
        LongTextChoice choice,
        List<Turn> target,
        List<Excerpt> targetTexts,
        List<Turn> drafter,
        Optional<Retrieval> retrieval) {

    /** Far more than the longest token has. */
    private static final int BORDER_CHARACTERS = 256;

    /**
     * The conversation in full for both.
     *
     * @throws InvalidRequestException if there is no user message, one is blank, a tool's result goes with no call, an
     *     answer is to go on from anything but text, or a text is not valid UTF-16
     * @throws UnsupportedFeatureException if a message holds anything but text and calls of tools, or a user's name
     * @throws IllegalStateException if the selector's choice does not fit the messages
     */
    public static ConversationPrompt of(List<ChatMessage> messages, LongTextSelector selector) {
        List<ChatMessage> conversation = List.copyOf(messages);
        Messages.check(conversation);
        LongTextChoice choice = new DocumentSelector(selector).select(conversation);
        check(choice, conversation);
        List<Turn> turns = Messages.turns(conversation);
        return new ConversationPrompt(
                conversation, choice, turns, longTexts(conversation, choice), turns, Optional.empty());
    }

    /**
     * Lets the drafter read passages: each long text is replaced by the passages that are known of it or found in it,
     * or by {@value TextShortener#OMISSION} if there are none. If all long texts together are no longer than the
     * passages may be, nothing changes.
     *
     * @param retriever finds the passages
     * @param settings how many, and how similar
     * @param introduction stands in front of the passages of each long text that has some
     * @param cancelled asked now and then whether to give up
     * @throws CancellationException if {@code cancelled} says so or the thread is interrupted
     */
    public ConversationPrompt withPassages(
            PassageRetriever retriever,
            RetrievalSettings settings,
            Optional<String> introduction,
            BooleanSupplier cancelled) {
        List<Excerpt> texts = longTexts();
        long budget = (long) settings.maxPassages() * retriever.splitter().maxSegmentTokens();
        if (longTextTokens(texts, budget, retriever.splitter().tokenCountEstimator()) <= budget) {
            return this;
        }
        Retrieval found = passages(texts, retriever, settings, cancelled);
        List<String> passages = new ArrayList<>();
        for (int source = 0; source < texts.size(); source++) {
            String joined = found.joined(source);
            passages.add(
                    joined.isEmpty()
                            ? TextShortener.OMISSION
                            : introduction.map(text -> text + "\n\n" + joined).orElse(joined));
        }
        List<Turn> turns = Messages.turns(messages, choice.texts(), passages);
        return new ConversationPrompt(messages, choice, target, targetTexts, turns, Optional.of(found));
    }

    /** Known passages, the best of each message, and those that are found in all other texts together. */
    private Retrieval passages(
            List<Excerpt> texts, PassageRetriever retriever, RetrievalSettings settings, BooleanSupplier cancelled) {
        Map<Integer, List<Passage>> known = choice.passages().stream()
                .collect(groupingBy(
                        passage -> choice.texts().get(passage.source()).message()));
        List<Passage> passages = new ArrayList<>();
        known.values()
                .forEach(ofMessage -> ofMessage.stream()
                        .sorted(Comparator.comparingDouble(Passage::score).reversed())
                        .limit(settings.maxPassages())
                        .forEach(passages::add));
        List<Integer> unknown = IntStream.range(0, texts.size())
                .filter(source -> choice.passages().stream().noneMatch(passage -> passage.source() == source))
                .boxed()
                .toList();
        Retrieval found = new Retrieval(List.of(), Duration.ZERO, true);
        if (!unknown.isEmpty()) {
            found = retriever.retrieve(
                    unknown.stream().map(texts::get).toList(), choice.question(), settings, cancelled);
            found.passages().forEach(passage -> passages.add(passage.from(unknown.get(passage.source()))));
        }
        passages.sort(Comparator.comparingInt(Passage::source).thenComparing(Passage::start));
        return new Retrieval(passages, found.elapsed(), found.fromCache());
    }

    /**
     * Whether the long texts alone have about twice as many tokens as there may be, or more. Takes no time for a text
     * of ordinary length, and little for one of any other.
     */
    public boolean isFarLongerThan(int maxTokens, TokenCountEstimator tokens) {
        List<Excerpt> texts = longTexts();
        return texts.stream().anyMatch(text -> !TokenCounts.isShort(text, maxTokens))
                && longTextTokens(texts, maxTokens, tokens) > 2L * maxTokens;
    }

    private static long longTextTokens(List<Excerpt> texts, long limit, TokenCountEstimator tokens) {
        return texts.stream()
                .mapToLong(text -> TokenCounts.estimate(text, limit, tokens))
                .sum();
    }

    /**
     * How many tokens the target reads besides the long texts: question, system message, chat template. Measured with
     * beginning and end of each long text in its place, whose tokens are merged with what stands around them.
     *
     * @param prompt counts the tokens of a prompt
     * @param tokens counts as the target does
     */
    public int otherTokens(ToIntFunction<List<Turn>> prompt, TokenCountEstimator tokens) {
        List<String> borders =
                longTexts().stream().map(ConversationPrompt::borders).toList();
        int all = prompt.applyAsInt(Messages.turns(messages, choice.texts(), borders));
        return all - borders.stream().mapToInt(tokens::estimateTokenCountInText).sum();
    }

    private static String borders(Excerpt text) {
        if (text.length() <= 2 * BORDER_CHARACTERS) {
            return text.toString();
        }
        int start = BORDER_CHARACTERS;
        int end = text.length() - BORDER_CHARACTERS;
        return "" + text.subSequence(0, Characters.splitsPair(text, start) ? start - 1 : start)
                + text.subSequence(Characters.splitsPair(text, end) ? end + 1 : end, text.length());
    }

    /**
     * Shortens the long texts in the middle, each in proportion to its length, so that the target reads fewer tokens.
     * The drafter goes on reading the passages it has, which come from the whole text; without passages it reads what
     * the target reads.
     *
     * <p>Always starts from the full text. As tokens are counted in each long text by itself, a prompt may come out a
     * few tokens longer than {@link #otherTokens} and these; then ask again for fewer.
     *
     * @param longTextTokens most tokens of the long texts together
     * @param tokens counts as the target does
     * @throws InvalidRequestException if that is no room for any of a long text
     */
    public ConversationPrompt shortened(int longTextTokens, TokenCountEstimator tokens) {
        if (longTextTokens < 1) {
            throw TextShortener.tooLong("The prompt cannot be shortened: besides long texts it is too long by "
                    + -longTextTokens + " tokens already");
        }
        List<Excerpt> texts = longTexts();
        long[] lengths = texts.stream()
                .mapToLong(text -> TokenCounts.estimate(text, longTextTokens, tokens))
                .toArray();
        long total = Math.max(1, LongStream.of(lengths).sum());
        List<String> shortened = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            int budget = (int) (longTextTokens * lengths[i] / total);
            shortened.add(TextShortener.shortenMiddle(texts.get(i), budget, tokens));
        }
        List<Turn> turns = Messages.turns(messages, choice.texts(), shortened);
        return new ConversationPrompt(
                messages,
                choice,
                turns,
                shortened.stream().map(Excerpt::of).toList(),
                retrieval.isPresent() ? drafter : turns,
                retrieval);
    }

    /** What the target reads, with a mark in the place of each long text, but for white space around that. */
    public List<Turn> marked(List<String> marks) {
        List<String> replacements = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            Excerpt text = targetTexts.get(i);
            Excerpt stripped = text.stripped();
            replacements.add(text.text().substring(text.start(), stripped.start())
                    + marks.get(i)
                    + text.text().substring(stripped.end(), text.end()));
        }
        return Messages.turns(messages, choice.texts(), replacements);
    }

    /** The long texts as they stand in the messages. */
    public List<Excerpt> longTexts() {
        return longTexts(messages, choice);
    }

    private static List<Excerpt> longTexts(List<ChatMessage> messages, LongTextChoice choice) {
        return choice.texts().stream()
                .map(longText -> Messages.text(messages, longText))
                .toList();
    }

    private static void check(LongTextChoice choice, List<ChatMessage> messages) {
        if (Messages.isBlank(choice.question())) {
            throw new InvalidRequestException("The last user message holds only long text and no question");
        }
        LongText previous = new LongText(-1, 0, 0, 0);
        for (LongText text : choice.texts()) {
            if (!fits(text, messages) || !follows(text, previous)) {
                throw new IllegalStateException("The long-text selector chose " + text
                        + ", which is not part of a user message or not behind " + previous);
            }
            previous = text;
        }
        for (Passage passage : choice.passages()) {
            if (!fits(passage, choice.texts(), messages)) {
                throw new IllegalStateException("The long-text selector gave a passage, from character "
                        + passage.start() + " to " + passage.end() + " of long text " + passage.source()
                        + ", that is not there");
            }
        }
    }

    private static boolean fits(Passage passage, List<LongText> texts, List<ChatMessage> messages) {
        if (passage.source() < 0 || passage.source() >= texts.size() || passage.start() < 0) {
            return false;
        }
        Excerpt text = Messages.text(messages, texts.get(passage.source()));
        return passage.end() == passage.start() + passage.text().length()
                && text.startsWith(passage.text(), passage.start())
                && !Characters.splitsPair(text, passage.start())
                && !Characters.splitsPair(text, passage.end());
    }

    private static boolean fits(LongText text, List<ChatMessage> messages) {
        if (text.message() < 0
                || text.message() >= messages.size()
                || !(messages.get(text.message()) instanceof UserMessage)
                || text.content() < 0
                || text.content() >= Messages.contents(messages, text.message())) {
            return false;
        }
        String content = Messages.text(messages, text.message(), text.content());
        return 0 <= text.start()
                && text.start() < text.end()
                && text.end() <= content.length()
                && !Characters.splitsPair(content, text.start())
                && !Characters.splitsPair(content, text.end());
    }

    private static boolean follows(LongText text, LongText previous) {
        if (text.message() != previous.message()) {
            return text.message() > previous.message();
        }
        return text.content() > previous.content()
                || text.content() == previous.content() && text.start() >= previous.end();
    }
}
