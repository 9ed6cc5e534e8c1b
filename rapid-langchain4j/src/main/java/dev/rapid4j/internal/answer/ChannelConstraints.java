package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.answer.FreeText.Watch;
import dev.rapid4j.internal.answer.Written.Then;
import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What may come in an answer of several messages: headers are held to those that there are, a call to a tool's schema,
 * the final text to that of JSON.
 */
final class ChannelConstraints {

    private final Channels channels;
    private final Writer writer;
    private final Optional<Calls> calls;
    private final Optional<Rule> json;
    private final AnswerOptions options;
    private final boolean mustCall;
    /** Messages, from their headers on, behind others. */
    private final Supplier<Constraint> further = new Once<>(() -> message(thinks() && !limited()));

    private final Supplier<Constraint> furtherAnswer = new Once<>(() -> message(false));
    private final Supplier<Constraint> thinking = new Once<>(this::thinking);
    private final Supplier<Constraint> comment =
            new Once<>(() -> body(further, begun(further), Set.of()).begin());
    private final Supplier<Constraint> text =
            new Once<>(() -> body(further, () -> BehindCall.END, Set.of()).begin());

    /** @param json what the final text has to be */
    ChannelConstraints(
            Channels channels, Writer writer, Optional<Calls> calls, Optional<Rule> json, AnswerOptions options) {
        this.channels = channels;
        this.writer = writer;
        this.calls = calls;
        this.json = json;
        this.options = options;
        this.mustCall = calls.isPresent() && options.mustCall();
    }

    private boolean thinks() {
        return options.thinking().orElse(true);
    }

    /** One limit is for all that is thought, so that there is one message of it. */
    private boolean limited() {
        return options.maxThinkingTokens().isPresent();
    }

    /** An answer from the beginning of its first message on. */
    Constraint whole() {
        return writer.written(channels.begin(), last -> Optional.of(message(thinks())));
    }

    /** One that goes on from a text. */
    Constraint behindText() {
        return calls.filter(found -> mustCall)
                .map(found -> writer.written(
                        new Rule.Sequence(new Rule.Control(channels.end()), channels.begin(), channels.call(found)),
                        Then.END))
                .orElseGet(text);
    }

    private Constraint message(boolean mayThink) {
        List<Constraint> ways = new ArrayList<>();
        if (mayThink) {
            ways.add(headed("analysis", thinking));
        }
        calls.ifPresent(found -> ways.add(writer.written(channels.call(found), Then.END)));
        if (!mustCall && json.isPresent()) {
            ways.add(writer.written(new Rule.Sequence(channels.header("final"), json.get()), Then.END));
        } else if (!mustCall) {
            ways.add(headed("final", text));
            ways.add(headed("commentary", comment));
        }
        return OneOf.of(ways);
    }

    private Constraint headed(String channel, Supplier<Constraint> body) {
        return writer.written(channels.header(channel), last -> Optional.of(body.get()));
    }

    private Constraint thinking() {
        Supplier<Constraint> next = limited() ? furtherAnswer : further;
        Set<Integer> forbidden =
                mustCall || json.isPresent() ? writer.vocabulary().endTokens() : Set.of();
        return body(next, begun(next), forbidden)
                .begin(options.maxThinkingTokens().orElse(Integer.MAX_VALUE));
    }

    /** What comes where a message has ended. */
    private Supplier<Constraint> begun(Supplier<Constraint> next) {
        return new Once<>(() -> writer.written(channels.begin(), last -> Optional.of(next.get())));
    }

    /**
     * What a message says. Models may leave out its end, and with it the beginning of the next one.
     *
     * @param next what follows behind the role in the next message's header
     * @param ended what follows the end
     */
    private Watch body(Supplier<Constraint> next, Supplier<Constraint> ended, Set<Integer> forbidden) {
        Map<Integer, Supplier<Constraint>> dividers = Map.of(
                channels.end(),
                ended,
                channels.start(),
                () -> writer.written(channels.role(), last -> Optional.of(next.get())),
                channels.channel(),
                () -> next.get().after(channels.channel()));
        return new Watch(
                writer.vocabulary(),
                dividers,
                Map.of(),
                TextMarkers.ofBytes(List.of()),
                List.of(),
                forbidden,
                () -> writer.written(new Rule.Control(channels.end()), last -> Optional.of(ended.get())));
    }
}
