package dev.rapid4j.internal.answer;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.Calls.Beginning;
import dev.rapid4j.internal.answer.Calls.Separator;
import dev.rapid4j.internal.answer.FreeText.Watch;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.Written.Then;
import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a request's answer consists of: thinking, and behind it text that may end in calls, calls, or JSON.
 *
 * <p>Safe to use from several threads.
 */
public final class AnswerPlan {

    /** What models write between thinking and answer. */
    private static final Rule LINES = new Rule.Repetition(new Rule.Literal("\n"), 0, 2);

    private static final Set<Integer> NONE = Set.of();

    private final Writer writer;
    private final AnswerVocabulary vocabulary;
    private final AnswerForm form;
    private final Optional<Calls> calls;
    private final Optional<Rule> json;
    private final AnswerOptions options;
    private final Then further;
    private final Constraint whole;
    /** Where the template has begun thinking or, in channels, the text. */
    private final Constraint begun;

    AnswerPlan(Writer writer, AnswerForm form, Optional<Calls> calls, Optional<Rule> json, AnswerOptions options) {
        this.writer = writer;
        this.vocabulary = writer.vocabulary();
        this.form = form;
        this.calls = calls;
        this.json = json;
        this.options = options;
        this.further = further(Calls.MOST_CALLS - 1);
        if (form.channels().isPresent()) {
            ChannelConstraints messages = new ChannelConstraints(form.channels().get(), writer, calls, json, options);
            this.whole = messages.whole();
            this.begun = messages.behindText();
            return;
        }
        Optional<Rule> rule = rule(json);
        if (rule.isEmpty() && calls.isEmpty() && options.maxThinkingTokens().isEmpty() && mayOpen()) {
            this.whole = Constraint.NONE;
            this.begun = Constraint.NONE;
            return;
        }
        Map<Beginning, Supplier<Constraint>> begun = rule.isPresent() ? Map.of() : begun();
        Constraint behind = rule(json.map(text -> opened(text, true)))
                .map(found -> written(new Rule.Sequence(LINES, found), further))
                .orElseGet(() -> text(begun, Optional.empty()));
        this.begun = form.thinking()
                .map(thinking -> thinking(thinking, behind, rule.isPresent()))
                .orElse(Constraint.NONE);
        this.whole = rule(json.map(text -> opened(text, options.thinking().orElse(false))))
                .map(found -> mayThink(written(found, further)))
                .orElseGet(() -> text(begun, Optional.of(this.begun)));
    }

    /** For an answer that goes on from a text, and so neither thinks nor calls. */
    private AnswerPlan(AnswerPlan plan, Constraint whole) {
        this.writer = plan.writer;
        this.vocabulary = plan.vocabulary;
        this.form = AnswerForm.PLAIN;
        this.calls = Optional.empty();
        this.json = plan.json;
        this.options = plan.options;
        this.further = Then.END;
        this.whole = whole;
        this.begun = whole;
    }

    /**
     * The plan for an answer whose beginning is there: JSON goes on from it. A call that has to come follows it.
     *
     * @throws InvalidRequestException if no JSON of the answer's schema goes on from there
     */
    public AnswerPlan behind(String started) {
        if (json.isEmpty() || mustCall()) {
            return this;
        }
        GrammarState state = writer.compiler()
                .apply(json.get())
                .after(started.stripLeading())
                .filter(place -> !place.complete())
                .orElseThrow(() -> new InvalidRequestException(
                        "The last message is an AI message, from which the answer goes on, but no JSON as responseFormat"
                                + " asks for goes on from it: '" + started + "'; end with a user message, or with the"
                                + " beginning of such JSON, its properties in the schema's order"));
        return new AnswerPlan(this, Written.of(vocabulary, state, NONE, Then.END));
    }

    private boolean mustCall() {
        return calls.isPresent() && options.mustCall();
    }

    private boolean mayOpen() {
        return options.thinking().orElse(true);
    }

    /** What the answer has to follow from its first token on; empty if it is text at first. */
    private Optional<Rule> rule(Optional<Rule> json) {
        if (calls.isEmpty()) {
            return json;
        }
        Rule called = calls.get().rule();
        return mustCall() ? Optional.of(called) : json.map(found -> new Rule.Choice(called, found));
    }

    /**
     * With what may stand before a text; what stands behind it need not come.
     *
     * @param thinks whether the model has thought, or is to
     */
    private Rule opened(Rule text, boolean thinks) {
        return form.text()
                .filter(known -> thinks || !known.withThinking())
                .<Rule>map(known -> new Rule.Sequence(
                        new Rule.Repetition(new Rule.Sequence(vocabulary.parts().apply(known.open())), 0, 1), text))
                .orElse(text);
    }

    /** What follows a call, where that is not a matter of the calls' rule. */
    private Then further(int left) {
        Optional<Separator> separator = calls.flatMap(Calls::separator);
        if (separator.isEmpty() || left == 0) {
            return Then.END;
        }
        Separator between = separator.get();
        Supplier<Constraint> call = new Once<>(() -> written(between.further(), further(left - 1)));
        return last -> last == between.closing()
                ? Optional.of(BehindCall.of(vocabulary, between.opening(), call))
                : Optional.empty();
    }

    private Constraint written(Rule rule, Then then) {
        return writer.written(rule, then);
    }

    /**
     * What follows each beginning. Where that has a tool's name in it, there are as many as there are tools, and behind
     * each of them calls of all may follow: they are compiled when they are needed, but schemas are checked before.
     */
    private Map<Beginning, Supplier<Constraint>> begun() {
        Map<Beginning, Supplier<Constraint>> begun = new HashMap<>();
        calls.ifPresent(found -> {
            writer.compiler().apply(found.rule());
            found.beginnings()
                    .forEach(beginning ->
                            begun.put(beginning, new Once<>(() -> written(found.behind(beginning), further))));
        });
        return begun;
    }

    /** @param thinking what the text may begin with; empty if the model has thought */
    private Constraint text(Map<Beginning, Supplier<Constraint>> begun, Optional<Constraint> thinking) {
        Map<Integer, Supplier<Constraint>> controls = new HashMap<>();
        Map<Integer, Supplier<Constraint>> atStart = new HashMap<>();
        List<Marker> markers = new ArrayList<>();
        List<Supplier<Constraint>> behind = new ArrayList<>();
        begun.forEach((beginning, constraint) -> {
            if (beginning.token().isPresent()) {
                controls.put(beginning.token().getAsInt(), constraint);
            } else {
                markers.add(beginning.marker());
                behind.add(constraint);
            }
        });
        Set<Integer> forbidden = NONE;
        if (thinking.isPresent() && form.thinking().isPresent()) {
            OptionalInt open = vocabulary.control(form.thinking().get().open());
            if (open.isPresent() && !mayOpen()) {
                forbidden = Set.of(open.getAsInt());
            } else if (open.isPresent()) {
                atStart.put(open.getAsInt(), thinking::get);
            } else {
                markers.add(new Marker(form.thinking().get().open(), true));
                behind.add(thinking::get);
            }
        }
        if (controls.isEmpty() && atStart.isEmpty() && markers.isEmpty() && forbidden.isEmpty()) {
            return Constraint.NONE;
        }
        Watch watch = new Watch(
                vocabulary, controls, atStart, TextMarkers.ofBytes(markers), behind, forbidden, () -> Constraint.NONE);
        return watch.begin(Integer.MAX_VALUE);
    }

    /** @param bound whether what is behind has to come, so that the answer may not end before */
    private Constraint thinking(ThinkingForm thinking, Constraint behind, boolean bound) {
        OptionalInt close = vocabulary.control(thinking.close());
        Rule closing = new Rule.Sequence(vocabulary.parts().apply(thinking.close()));
        Watch watch = new Watch(
                vocabulary,
                close.isPresent() ? Map.of(close.getAsInt(), () -> behind) : Map.of(),
                Map.of(),
                TextMarkers.ofBytes(close.isPresent() ? List.of() : List.of(new Marker(thinking.close(), false))),
                close.isPresent() ? List.of() : List.of(() -> behind),
                bound ? vocabulary.endTokens() : NONE,
                () -> written(closing, last -> Optional.of(behind)));
        return watch.begin(options.maxThinkingTokens().orElse(Integer.MAX_VALUE));
    }

    /** Where a rule binds from the first token on, thinking has to begin with a token of its own. */
    private Constraint mayThink(Constraint answer) {
        OptionalInt open = form.thinking()
                .map(thinking -> vocabulary.control(thinking.open()))
                .orElse(OptionalInt.empty());
        return open.isPresent() && mayOpen()
                ? OneOf.of(List.of(written(new Rule.Control(open.getAsInt()), last -> Optional.of(begun)), answer))
                : answer;
    }

    /** @param opening what the chat template writes last, which may have begun a part of the answer */
    public Constraint constraint(String opening) {
        if (form.channels().isEmpty()) {
            return beginsInThinking(opening) ? begun : whole;
        }
        Constraint now = whole;
        int[] written = form.channels().get().begun(opening, vocabulary);
        for (int token : written) {
            if (!now.allows(token)) {
                return begun;
            }
            now = now.after(token);
        }
        return written.length == 0 ? begun : now;
    }

    /**
     * Reads the answer.
     *
     * @param opening as for {@link #constraint}
     * @param stopSequences texts before which the answer's text ends; none of them empty
     */
    public AnswerReader reader(String opening, List<String> stopSequences, AnswerListener listener) {
        AnswerReader reader =
                new AnswerReader(vocabulary, form, calls, options, beginsInThinking(opening), stopSequences, listener);
        form.channels()
                .map(channels -> channels.begun(opening, vocabulary))
                .ifPresent(
                        written -> Arrays.stream(written).forEach(token -> reader.append(token, TokenSource.TARGET)));
        return reader;
    }

    private boolean beginsInThinking(String opening) {
        return form.thinking().filter(thinking -> thinking.opens(opening)).isPresent();
    }
}
