package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Statement.Target;
import dev.rapid4j.chattemplate.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Parses statements; each rule of Jinja's grammar has a method. */
final class Parser extends ExpressionParser {
    private static final Set<String> REFUSED =
            Set.of("include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug");

    private int loops;

    Parser(List<Token> tokens) {
        super(tokens);
    }

    List<Statement> parse() {
        return parseUntil(Set.of());
    }

    /** Parses statements up to a tag with one of these names, which becomes the current token. */
    private List<Statement> parseUntil(Set<String> ends) {
        List<Statement> body = new ArrayList<>();
        while (true) {
            Token token = current();
            switch (token.kind()) {
                case DATA -> {
                    next();
                    body.add(new Statement.Output(
                            new Expression.Literal(Text.trusted(token.text()), token.line()), token.line()));
                }
                case VARIABLE_BEGIN -> {
                    next();
                    body.add(new Statement.Output(parseTuple(true), token.line()));
                    expect(Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    next();
                    if (current().kind() == Kind.NAME && ends.contains(current().text())) {
                        return body;
                    }
                    parseStatement(body);
                    expect(Kind.BLOCK_END, "'%}'");
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw fail("the template ends where one of " + new TreeSet<>(ends) + " is missing");
                    }
                    return body;
                }
            }
        }
    }

    /** Parses what is left of an opening tag, and the body up to a tag with one of these names. */
    private List<Statement> parseBody(String... ends) {
        skipOperator(":");
        expect(Kind.BLOCK_END, "'%}'");
        return parseUntil(Set.of(ends));
    }

    private List<Statement> parseBodyAndEnd(String end) {
        List<Statement> body = parseBody(end);
        next();
        return body;
    }

    private void parseStatement(List<Statement> out) {
        enter();
        Token tag = expect(Kind.NAME, "the name of a tag");
        int line = tag.line();
        switch (tag.text()) {
            case "if" -> out.add(parseIf(line));
            case "for" -> out.add(parseFor(line));
            case "set" -> out.add(parseSet(line));
            case "macro" -> out.add(parseMacro(line));
            case "call" -> out.add(parseCallBlock(line));
            case "filter" -> {
                Expression filter = parseFilterChain(new Expression.Name(Statement.CAPTURED, line), true);
                out.add(new Statement.FilterBlock(filter, parseBodyAndEnd("endfilter"), line));
            }
            case "with" -> out.add(parseWith(line));
            case "generation" -> out.add(new Statement.With(List.of(), outsideLoops("endgeneration"), line));
            case "print" -> parsePrint(out);
            case "break" -> out.add(new Statement.Break(insideLoop(tag)));
            case "continue" -> out.add(new Statement.Continue(insideLoop(tag)));
            default ->
                throw new TemplateError(
                        line,
                        (REFUSED.contains(tag.text()) ? "tag not supported: '" : "unknown tag '") + tag.text() + "'");
        }
        leave();
    }

    private int insideLoop(Token tag) {
        if (loops == 0) {
            throw new TemplateError(tag.line(), "'" + tag.text() + "' outside a loop");
        }
        return tag.line();
    }

    private List<Statement> outsideLoops(String end) {
        int outer = loops;
        loops = 0;
        List<Statement> body = parseBodyAndEnd(end);
        loops = outer;
        return body;
    }

    private Statement parseIf(int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        String tag;
        do {
            Expression condition = parseTuple(false);
            branches.add(new Statement.Branch(condition, parseBody("elif", "else", "endif")));
            tag = next().text();
        } while (tag.equals("elif"));
        List<Statement> otherwise = tag.equals("else") ? parseBodyAndEnd("endif") : List.of();
        return new Statement.If(branches, otherwise, line);
    }

    private Statement parseFor(int line) {
        Target target = parseTarget(Set.of("in"), false);
        expectName("in");
        Expression items = parseTuple(false, Set.of("recursive"));
        Expression condition = skipName("if") ? parseExpression(true) : null;
        boolean recursive = skipName("recursive");
        loops++;
        List<Statement> body = parseBody("endfor", "else");
        loops--;
        List<Statement> otherwise = next().text().equals("else") ? parseBodyAndEnd("endfor") : List.of();
        return new Statement.For(target, items, condition, recursive, body, otherwise, line);
    }

    private Statement parseSet(int line) {
        Target target = parseTarget(Set.of(), true);
        if (skipOperator("=")) {
            Expression value = parseTuple(true);
            if (atTopLevel() && target instanceof Statement.Variable variable) {
                settle(variable.name());
            }
            return new Statement.Assign(target, value, line);
        }
        Expression filter = parseFilterChain(new Expression.Name(Statement.CAPTURED, line), false);
        return new Statement.AssignBlock(target, filter, parseBodyAndEnd("endset"), line);
    }

    private Statement parseMacro(int line) {
        String name = parseName();
        return new Statement.DefineMacro(parseMacroFrom(name, "endmacro"), line);
    }

    private Statement parseCallBlock(int line) {
        Set<String> outer = startNames();
        List<Statement.Parameter> parameters = current().isOperator("(") ? parseParameters() : List.of();
        Set<String> own = endNames(outer);
        if (!(parseExpression(true) instanceof Expression.Call call)) {
            throw new TemplateError(line, "{% call %} needs a call");
        }
        Set<String> around = startNames();
        List<Statement> body = outsideLoops("endcall");
        own.addAll(endNames(around));
        return new Statement.CallBlock(new Statement.Macro("caller", parameters, body, own), call, line);
    }

    private Statement.Macro parseMacroFrom(String name, String end) {
        Set<String> outer = startNames();
        List<Statement.Parameter> parameters = parseParameters();
        List<Statement> body = outsideLoops(end);
        return new Statement.Macro(name, parameters, body, endNames(outer));
    }

    private List<Statement.Parameter> parseParameters() {
        expectOperator("(");
        List<Statement.Parameter> parameters = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        boolean defaults = false;
        while (!current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                expectOperator(",");
            }
            String name = parseName();
            if (!seen.add(name)) {
                throw fail("a macro has two parameters '" + name + "'");
            }
            Expression value = skipOperator("=") ? parseExpression(true) : null;
            if (defaults && value == null) {
                throw fail("parameter '" + name + "' needs a default, as one before it has");
            }
            defaults |= value != null;
            parameters.add(new Statement.Parameter(name, value));
        }
        next();
        return parameters;
    }

    private Statement parseWith(int line) {
        List<Statement.Binding> bindings = new ArrayList<>();
        while (current().kind() != Kind.BLOCK_END) {
            if (!bindings.isEmpty()) {
                expectOperator(",");
            }
            Target target = parseTarget(Set.of(), false);
            expectOperator("=");
            bindings.add(new Statement.Binding(target, parseExpression(true)));
        }
        return new Statement.With(bindings, parseBodyAndEnd("endwith"), line);
    }

    private void parsePrint(List<Statement> out) {
        boolean first = true;
        while (current().kind() != Kind.BLOCK_END) {
            if (!first) {
                expectOperator(",");
            }
            first = false;
            int line = current().line();
            out.add(new Statement.Output(parseExpression(true), line));
        }
    }

    private Target parseTarget(Set<String> endNames, boolean namespaces) {
        List<Target> targets = new ArrayList<>();
        boolean tuple = false;
        while (!isTupleEnd(endNames) && !current().isOperator("=")) {
            targets.add(parseSingleTarget(namespaces));
            if (!current().isOperator(",")) {
                break;
            }
            next();
            tuple = true;
        }
        if (targets.isEmpty()) {
            throw fail("expected a name to assign to, got " + current().describe());
        }
        return tuple ? new Statement.Targets(targets) : targets.get(0);
    }

    private Target parseSingleTarget(boolean namespaces) {
        if (skipOperator("(")) {
            enter();
            Target target = parseTarget(Set.of(), false);
            expectOperator(")");
            leave();
            return target;
        }
        String name = parseName();
        if (namespaces && skipOperator(".")) {
            mention(name);
            return new Statement.NamespaceAttribute(
                    name, expect(Kind.NAME, "the name of an attribute").text());
        }
        return new Statement.Variable(name);
    }

    private String parseName() {
        Token token = expect(Kind.NAME, "a name");
        if (CONSTANTS.containsKey(token.text())) {
            throw new TemplateError(token.line(), "cannot assign to '" + token.text() + "'");
        }
        return token.text();
    }
}
