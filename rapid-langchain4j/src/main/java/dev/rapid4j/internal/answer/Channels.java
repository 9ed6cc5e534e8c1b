package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The harmony format of gpt-oss: an answer is a row of messages, each of which has a header that says what it is for.
 * {@code analysis} is thinking, {@code final} is the text, {@code commentary} is text before a call, or, with a
 * recipient, a call. The recipient stands before the channel or behind it.
 *
 * @param start begins a message
 * @param channel what follows in a header is the channel's name
 * @param message ends the header
 * @param end ends a message that another one follows
 */
record Channels(int start, int channel, int message, int end) {

    private static final String START = "<|start|>";
    private static final String CHANNEL = "<|channel|>";
    private static final String MESSAGE = "<|message|>";
    private static final String END = "<|end|>";
    private static final String CONSTRAIN = "<|constrain|>";
    private static final String ROLE = "assistant";
    private static final String RECIPIENT = " to=functions.";
    private static final List<String> OF_CALLS = List.of("commentary", "analysis");
    private static final List<String> TYPES = List.of(" " + CONSTRAIN + "json", CONSTRAIN + "json", " json", "");

    private static final Pattern HEADER = Pattern.compile("(?:" + ROLE + ")?(?: to=functions\\.(?<before>[^ ]+?))?"
            + Pattern.quote(CHANNEL)
            + "(?<channel>[a-z]+)(?: to=functions\\.(?<behind>[^ ]+?))?(?: ?"
            + Pattern.quote(CONSTRAIN)
            + "json| json)?");

    /**
     * What a message is.
     *
     * @param tool the one that it calls
     */
    record Header(boolean thinking, Optional<String> tool) {}

    /** Where a template shows them and the vocabulary has their tokens. */
    static Optional<Channels> of(String template, AnswerVocabulary vocabulary) {
        if (!Stream.of(START, CHANNEL, MESSAGE, END).allMatch(template::contains)) {
            return Optional.empty();
        }
        OptionalInt start = vocabulary.control(START);
        OptionalInt channel = vocabulary.control(CHANNEL);
        OptionalInt message = vocabulary.control(MESSAGE);
        OptionalInt end = vocabulary.control(END);
        boolean known = start.isPresent() && channel.isPresent() && message.isPresent() && end.isPresent();
        return known
                ? Optional.of(new Channels(start.getAsInt(), channel.getAsInt(), message.getAsInt(), end.getAsInt()))
                : Optional.empty();
    }

    /** Whether a token ends what a message says. */
    boolean divides(int token) {
        return token == start || token == channel || token == end;
    }

    /** @param tokens of the header, without the one that ends it; empty if it is none of an answer */
    Optional<Header> header(List<Integer> tokens, AnswerVocabulary vocabulary) {
        Matcher matcher = HEADER.matcher(text(tokens, vocabulary));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Optional<String> tool =
                Optional.ofNullable(matcher.group("before")).or(() -> Optional.ofNullable(matcher.group("behind")));
        return Optional.of(new Header(tool.isEmpty() && matcher.group("channel").equals("analysis"), tool));
    }

    /** Whether what there is of a header says that the message is a call. */
    boolean begunCall(List<Integer> tokens, AnswerVocabulary vocabulary) {
        return text(tokens, vocabulary).contains(" to=");
    }

    /** No name of a tool holds a control token. */
    private String text(List<Integer> tokens, AnswerVocabulary vocabulary) {
        StringBuilder text = new StringBuilder();
        List<Integer> piece = new ArrayList<>();
        for (int token : tokens) {
            if (vocabulary.bytes().of(token).length > 0) {
                piece.add(token);
                continue;
            }
            text.append(decoded(piece, vocabulary)).append(token == channel ? CHANNEL : CONSTRAIN);
            piece.clear();
        }
        return text.append(decoded(piece, vocabulary)).toString();
    }

    private static String decoded(List<Integer> tokens, AnswerVocabulary vocabulary) {
        return vocabulary
                .decode()
                .apply(tokens.stream().mapToInt(Integer::intValue).toArray());
    }

    /** What stands before a message of the answer. */
    Rule role() {
        return new Rule.Literal(ROLE);
    }

    Rule begin() {
        return new Rule.Sequence(new Rule.Control(start), role());
    }

    /** The header of a message that calls nobody. */
    Rule header(String name) {
        return new Rule.Sequence(new Rule.Control(channel), new Rule.Literal(name), new Rule.Control(message));
    }

    /** A message that calls one of the tools. */
    Rule call(Calls calls) {
        return new Rule.Choice(calls.arguments().entrySet().stream()
                .map(tool -> (Rule) new Rule.Sequence(
                        recipient(tool.getKey(), calls.vocabulary()),
                        new Rule.Control(message),
                        tool.getValue().rule()))
                .toList());
    }

    private Rule recipient(String tool, AnswerVocabulary vocabulary) {
        Rule name = new Rule.Literal(RECIPIENT + tool);
        Rule control = new Rule.Control(channel);
        Rule of = new Rule.Choice(OF_CALLS.stream().map(Rule.Literal::new).toArray(Rule[]::new));
        Rule type = new Rule.Choice(TYPES.stream()
                .map(text -> (Rule) new Rule.Sequence(vocabulary.parts().apply(text)))
                .toList());
        return new Rule.Choice(new Rule.Sequence(control, of, name, type), new Rule.Sequence(name, control, of, type));
    }

    /**
     * What a chat template has begun of the answer's first message.
     *
     * @param opening what it writes last
     * @return none if the answer goes on from a text
     */
    int[] begun(String opening, AnswerVocabulary vocabulary) {
        int from = opening.lastIndexOf(START);
        if (from < 0) {
            return new int[0];
        }
        return vocabulary.parts().apply(opening.substring(from)).stream()
                .flatMapToInt(part -> part instanceof Rule.Control control
                        ? IntStream.of(control.token())
                        : IntStream.of(vocabulary.encode().apply(((Rule.Literal) part).text())))
                .toArray();
    }
}
