package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** Makes constraints of rules, for one vocabulary. */
record Writer(AnswerVocabulary vocabulary, Function<Rule, GrammarState> compiler) {

    /** @param then what follows where nothing can follow by the rule */
    Constraint written(Rule rule, Written.Then then) {
        return Written.of(vocabulary, compiler.apply(rule), controls(rule), then);
    }

    private static Set<Integer> controls(Rule rule) {
        Set<Integer> found = new HashSet<>();
        if (rule instanceof Rule.Control control) {
            found.add(control.token());
        } else if (rule instanceof Rule.Sequence sequence) {
            sequence.rules().forEach(part -> found.addAll(controls(part)));
        } else if (rule instanceof Rule.Choice choice) {
            choice.rules().forEach(part -> found.addAll(controls(part)));
        } else if (rule instanceof Rule.Selection selection) {
            selection.parts().forEach(part -> found.addAll(controls(part.rule())));
            found.addAll(controls(selection.between()));
        } else if (rule instanceof Rule.Repetition repetition) {
            found.addAll(controls(repetition.rule()));
        }
        return found;
    }
}
