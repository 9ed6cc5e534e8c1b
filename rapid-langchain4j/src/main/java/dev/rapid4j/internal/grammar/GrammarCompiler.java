package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.Step.Fork;
import dev.rapid4j.internal.grammar.Step.Loop;
import dev.rapid4j.internal.grammar.Step.Terminal;
import dev.rapid4j.internal.grammar.Step.Token;
import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.List;

/**
 * Makes machines of rules, for one vocabulary. Keep one for each tokenizer: it has the vocabulary in an order that
 * takes a tenth of a second to make, and what it has learned of one rule serves the next.
 *
 * <p>Safe to use from several threads, as are the states.
 */
public final class GrammarCompiler {

    /** What no JSON text can do without. */
    private static final String JSON = "{}[]:,\"\\-0123456789truefalsn";

    private final Vocabulary vocabulary;
    private final Terminals terminals;

    /** @param endTokens those that end an answer */
    public GrammarCompiler(TokenBytes tokens, TokenSet endTokens) {
        vocabulary = new Vocabulary(tokens, endTokens);
        terminals = new Terminals(vocabulary.missing());
        // most answers need them, and they take longest
        for (Automaton string : List.of(terminals.string(), terminals.string(0, 1))) {
            if (!string.isEmpty()) {
                vocabulary.masks().of(string, string.step(0, '"'));
            }
        }
    }

    /**
     * Where a text that follows a rule begins.
     *
     * @throws UnsupportedSchemaException if a schema asks for what cannot be enforced, contradicts itself, or is too
     *     large
     * @throws IllegalArgumentException if a pattern is no regular expression or too large, a control token is none of
     *     the vocabulary, what is repeated may be empty, or the vocabulary cannot write a text
     */
    public GrammarState compile(Rule rule) {
        return new GrammarState(vocabulary, Configuration.at(steps(rule, Step.END)), WritingStyle.DEFAULT);
    }

    private Step steps(Rule rule, Step next) {
        if (rule instanceof Rule.Literal literal) {
            return literal.text().isEmpty() ? next : terminal(terminals.literal(literal.text()), literal, next);
        }
        if (rule instanceof Rule.Pattern || rule instanceof Rule.Text) {
            try {
                return terminal(expression(rule), rule, next);
            } catch (TooLargeException e) {
                throw new IllegalArgumentException("%s: %s".formatted(rule, e.getMessage()), e);
            }
        }
        if (rule instanceof Rule.Control control) {
            if (control.token() < 0 || control.token() >= vocabulary.size()) {
                throw new IllegalArgumentException("there is no token %d".formatted(control.token()));
            }
            return new Token(control.token(), next);
        }
        if (rule instanceof Rule.Sequence sequence) {
            Step first = next;
            for (int i = sequence.rules().size() - 1; i >= 0; i--) {
                first = steps(sequence.rules().get(i), first);
            }
            return first;
        }
        if (rule instanceof Rule.Choice choice) {
            return new Fork(choice.rules().stream().map(one -> steps(one, next)).toList());
        }
        if (rule instanceof Rule.Selection selection) {
            return selection(selection, next);
        }
        if (rule instanceof Rule.Repetition repetition) {
            if (mayBeEmpty(repetition.rule())) {
                throw new IllegalArgumentException("what is repeated may be empty: " + repetition);
            }
            return new Loop(steps(repetition.rule(), Step.RETURN), repetition.least(), repetition.most(), next);
        }
        if (!terminals.writes(JSON)) {
            throw new IllegalArgumentException("the vocabulary has no tokens for some of " + JSON);
        }
        SchemaValue value = SchemaReader.read((Rule.Schema) rule, terminals);
        return new SchemaSteps(terminals).value(value, next);
    }

    private Automaton expression(Rule rule) {
        return rule instanceof Rule.Text text
                ? terminals.plain(text.expression(), text.nowhere())
                : terminals.plain(((Rule.Pattern) rule).expression());
    }

    /** From the last part, as each leads to those behind it. */
    private Step selection(Rule.Selection selection, Step next) {
        Step first = next;
        Step further = next;
        for (int i = selection.parts().size() - 1; i >= 0; i--) {
            Rule.Selection.Part part = selection.parts().get(i);
            Step written = steps(part.rule(), further);
            Step more = steps(selection.between(), written);
            first = part.required() ? written : new Fork(List.of(written, first));
            further = part.required() ? more : new Fork(List.of(more, further));
        }
        return first;
    }

    private static Step terminal(Automaton automaton, Rule rule, Step next) {
        if (automaton.isEmpty()) {
            throw new IllegalArgumentException("the vocabulary has no way to write " + rule);
        }
        return new Terminal(automaton, next);
    }

    private boolean mayBeEmpty(Rule rule) {
        if (rule instanceof Rule.Literal literal) {
            return literal.text().isEmpty();
        }
        if (rule instanceof Rule.Pattern || rule instanceof Rule.Text) {
            return expression(rule).exit(0) >= 0;
        }
        if (rule instanceof Rule.Sequence sequence) {
            return sequence.rules().stream().allMatch(this::mayBeEmpty);
        }
        if (rule instanceof Rule.Choice choice) {
            return choice.rules().stream().anyMatch(this::mayBeEmpty);
        }
        if (rule instanceof Rule.Selection selection) {
            return selection.parts().stream().allMatch(part -> !part.required() || mayBeEmpty(part.rule()));
        }
        return rule instanceof Rule.Repetition repetition && (repetition.least() == 0 || mayBeEmpty(repetition.rule()));
    }
}
