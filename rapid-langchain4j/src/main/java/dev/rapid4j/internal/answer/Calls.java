package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.ToolForm.Opening;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The calls that an answer may make.
 *
 * @param arguments the rule of each tool's arguments, by its name
 */
record Calls(List<ToolForm> forms, Map<String, Rule> arguments, AnswerVocabulary vocabulary) {

    /** A model that cannot end would fill its whole answer with calls. */
    private static final int MOST_CALLS = 16;

    /** Ends a name in a form without a marker. */
    private static final String QUOTE = "\"";

    /**
     * What begins a call within text.
     *
     * @param token the marker, if it is a control token
     * @param before what follows it, up to the tool's name, or, if that is part of it, to the arguments
     * @param tool the one whose name is part of the marker; empty: any
     */
    record Beginning(ToolForm form, Marker marker, OptionalInt token, String before, Optional<String> tool) {}

    List<Beginning> beginnings() {
        List<Beginning> beginnings = new ArrayList<>();
        for (ToolForm form : forms) {
            openings(form).forEach(opening -> beginnings.addAll(beginnings(form, opening)));
        }
        return beginnings;
    }

    private List<Beginning> beginnings(ToolForm form, Opening opening) {
        if (opening.marker().isEmpty()) {
            return arguments.keySet().stream()
                    .map(tool -> new Beginning(
                            form,
                            new Marker(opening.before() + form.written(tool) + QUOTE, true),
                            OptionalInt.empty(),
                            form.between().substring(QUOTE.length()),
                            Optional.of(tool)))
                    .toList();
        }
        return List.of(new Beginning(
                form,
                new Marker(opening.marker(), false),
                vocabulary.control(opening.marker()),
                opening.before(),
                Optional.empty()));
    }

    /** A vocabulary without the token of a marker such as {@code <|python_tag|>} does not use it. */
    private List<Opening> openings(ToolForm form) {
        return form.openings().stream()
                .filter(opening -> !opening.marker().startsWith("<|")
                        || vocabulary.control(opening.marker()).isPresent()
                        || form.openings().size() == 1)
                .toList();
    }

    /**
     * Without the ways to begin in which what the answer may be else could begin, too; if that leaves none, a call is
     * the likelier.
     */
    Calls apartFrom(Optional<GrammarState> other) {
        boolean like = other.isPresent()
                && beginnings().stream()
                        .map(Beginning::marker)
                        .anyMatch(marker -> marker.atStart() && mayBegin(other.get(), Spacing.without(marker.text())));
        List<ToolForm> marked = forms.stream()
                .map(ToolForm::marked)
                .filter(form -> !form.openings().isEmpty())
                .toList();
        return like && !marked.isEmpty() ? new Calls(marked, arguments, vocabulary) : this;
    }

    private boolean mayBegin(GrammarState state, String text) {
        GrammarState now = state;
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            OptionalInt token = vocabulary.bytes().token(next);
            if (token.isEmpty()) {
                return true;
            }
            if (now.complete() || !now.allows(token.getAsInt())) {
                return false;
            }
            now = now.after(token.getAsInt());
        }
        return true;
    }

    /** All calls of an answer. */
    Rule rule() {
        return new Rule.Choice(forms.stream()
                .flatMap(form -> openings(form).stream().map(opening -> called(form, opening.text())))
                .toList());
    }

    /** What follows a beginning's marker. */
    Rule behind(Beginning beginning) {
        ToolForm form = beginning.form();
        return beginning
                .tool()
                .map(tool -> sequence(
                        parts(beginning.before()), List.of(arguments.get(tool)), parts(form.after()), rest(form)))
                .orElseGet(() -> called(form, beginning.before()));
    }

    private Rule called(ToolForm form, String before) {
        return sequence(parts(before), List.of(call(form)), rest(form));
    }

    private Rule call(ToolForm form) {
        return new Rule.Choice(arguments.keySet().stream()
                .map(tool -> sequence(parts(form.named(tool)), List.of(arguments.get(tool)), parts(form.after())))
                .toList());
    }

    private List<Rule> rest(ToolForm form) {
        List<Rule> rest = new ArrayList<>();
        if (!form.next().isEmpty()) {
            List<Rule> next = form.next().stream()
                    .<Rule>map(before -> sequence(parts(before)))
                    .toList();
            Rule further = sequence(List.of(new Rule.Choice(next)), List.of(call(form)));
            rest.add(new Rule.Repetition(further, 0, MOST_CALLS - 1));
        }
        rest.addAll(parts(form.end()));
        if (form.mayGoOnBehindItsEnd()) {
            // the token that closes a call may hold line ends, too, and no other call need follow
            rest.add(new Rule.Repetition(new Rule.Literal("\n"), 0, 2));
        }
        return rest;
    }

    private List<Rule> parts(String text) {
        return Spacing.rules(text, vocabulary.parts());
    }

    @SafeVarargs
    private static Rule sequence(List<Rule>... parts) {
        List<Rule> rules = new ArrayList<>();
        for (List<Rule> part : parts) {
            rules.addAll(part);
        }
        return new Rule.Sequence(rules);
    }
}
