package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.ToolForm.Opening;
import dev.rapid4j.internal.grammar.Rule;
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
record Calls(ToolForm form, Map<String, Rule> arguments, AnswerVocabulary vocabulary) {

    /**
     * What begins a call within text.
     *
     * @param token the marker, if it is a control token
     * @param before what follows it, up to the tool's name
     * @param tool the one whose name and what is between that and the arguments are part of the marker; empty: any
     */
    record Beginning(Marker marker, OptionalInt token, String before, Optional<String> tool) {}

    List<Beginning> beginnings() {
        List<Beginning> beginnings = new ArrayList<>();
        for (Opening opening : openings()) {
            if (opening.marker().isEmpty()) {
                for (String tool : arguments.keySet()) {
                    Marker marker = new Marker(opening.before() + form.named(tool), true);
                    beginnings.add(new Beginning(marker, OptionalInt.empty(), "", Optional.of(tool)));
                }
            } else {
                beginnings.add(new Beginning(
                        new Marker(opening.marker(), false),
                        vocabulary.control(opening.marker()),
                        opening.before(),
                        Optional.empty()));
            }
        }
        return beginnings;
    }

    /** A vocabulary without the token of a marker such as {@code <|python_tag|>} does not use it. */
    private List<Opening> openings() {
        return form.openings().stream()
                .filter(opening -> !opening.marker().startsWith("<|")
                        || vocabulary.control(opening.marker()).isPresent()
                        || form.openings().size() == 1)
                .toList();
    }

    /** All calls of an answer. */
    Rule rule() {
        return new Rule.Choice(
                openings().stream().map(opening -> called(opening.text())).toList());
    }

    /** What follows a beginning's marker. */
    Rule behind(Beginning beginning) {
        return beginning
                .tool()
                .map(tool -> sequence(List.of(arguments.get(tool)), parts(form.after()), rest()))
                .orElseGet(() -> called(beginning.before()));
    }

    private Rule called(String before) {
        return sequence(parts(before), List.of(call()), rest());
    }

    private Rule call() {
        return new Rule.Choice(arguments.keySet().stream()
                .map(tool -> sequence(parts(form.named(tool)), List.of(arguments.get(tool)), parts(form.after())))
                .toList());
    }

    private List<Rule> rest() {
        List<Rule> rest = new ArrayList<>();
        form.next()
                .ifPresent(next -> rest.add(
                        new Rule.Repetition(sequence(parts(next), List.of(call())), 0, Rule.Repetition.UNBOUNDED)));
        rest.addAll(parts(form.end()));
        return rest;
    }

    private List<Rule> parts(String text) {
        return vocabulary.parts().apply(text);
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
