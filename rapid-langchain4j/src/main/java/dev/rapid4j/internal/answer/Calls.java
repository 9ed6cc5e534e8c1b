package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.ToolForm.Opening;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The calls that an answer may make.
 *
 * @param arguments those of each tool, by its name
 */
record Calls(List<ToolForm> forms, Map<String, Arguments> arguments, AnswerVocabulary vocabulary) {

    /** A model that cannot end would fill its whole answer with calls. */
    static final int MOST_CALLS = 16;

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
                        .anyMatch(marker -> marker.atStart()
                                && other.get()
                                        .after(Spacing.without(marker.text()))
                                        .isPresent());
        List<ToolForm> marked = forms.stream()
                .map(ToolForm::marked)
                .filter(form -> !form.openings().isEmpty())
                .toList();
        return like && !marked.isEmpty() ? new Calls(marked, arguments, vocabulary) : this;
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
                        parts(beginning.before()),
                        List.of(arguments.get(tool).rule()),
                        parts(form.after()),
                        rest(form)))
                .orElseGet(() -> called(form, beginning.before()));
    }

    private Rule called(ToolForm form, String before) {
        return sequence(parts(before), List.of(call(form)), rest(form));
    }

    private Rule call(ToolForm form) {
        return new Rule.Choice(arguments.keySet().stream()
                .map(tool -> sequence(
                        parts(form.named(tool)), List.of(arguments.get(tool).rule()), parts(form.after())))
                .toList());
    }

    private List<Rule> rest(ToolForm form) {
        List<Rule> rest = new ArrayList<>();
        boolean inBrackets = form.next().stream().noneMatch(Spacing::beginsFree)
                || !form.end().isEmpty();
        if (!form.next().isEmpty() && inBrackets) {
            List<Rule> next = form.next().stream()
                    .<Rule>map(before -> sequence(parts(before)))
                    .toList();
            Rule further = sequence(List.of(new Rule.Choice(next)), List.of(call(form)));
            rest.add(new Rule.Repetition(further, 0, MOST_CALLS - 1));
        }
        rest.addAll(parts(form.end()));
        return rest;
    }

    /**
     * Where white space stands between calls, who lets only further calls follow it makes one of every line end. So
     * anything may follow a call, and what is no further one is no part of the answer; where that cannot be told by one
     * token, a call is the last.
     *
     * @param closing ends a call
     * @param opening begins another one
     */
    record Separator(int closing, int opening, Rule further) {}

    Optional<Separator> separator() {
        return forms.stream().map(this::separator).flatMap(Optional::stream).findFirst();
    }

    /** @return empty if no white space is between them, or if the marks around it are no control tokens */
    Optional<Separator> separator(ToolForm form) {
        Optional<String> next = form.next().stream().findFirst().filter(Spacing::beginsFree);
        List<Rule> after = parts(form.after());
        if (next.isEmpty() || !form.end().isEmpty() || !(after.get(after.size() - 1) instanceof Rule.Control closing)) {
            return Optional.empty();
        }
        List<Rule> opening = parts(Spacing.without(next.get()));
        if (!(opening.get(0) instanceof Rule.Control marker)) {
            return Optional.empty();
        }
        Rule further = sequence(opening.subList(1, opening.size()), List.of(call(form)));
        return Optional.of(new Separator(closing.token(), marker.token(), further));
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
