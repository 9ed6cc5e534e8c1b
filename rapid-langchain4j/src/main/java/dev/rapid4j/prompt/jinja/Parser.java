package dev.rapid4j.prompt.jinja;

import dev.rapid4j.prompt.jinja.Stmt.Target;
import dev.rapid4j.prompt.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Statements; a rule of Jinja2's grammar a method. */
final class Parser extends ExpressionParser {
    private static final Set<String> REFUSED =
            Set.of("include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug");

    private int loops;

    Parser(List<Token> tokens) {
        super(tokens);
    }

    List<Stmt> parse() {
        return parseUntil(Set.of());
    }

    /** Statements up to a tag with one of these names, which becomes the current token. */
    private List<Stmt> parseUntil(Set<String> ends) {
        List<Stmt> body = new ArrayList<>();
        while (true) {
            Token token = current();
            switch (token.kind()) {
                case DATA -> {
                    next();
                    body.add(new Stmt.Output(new Expr.Literal(Text.trusted(token.text()), token.line()), token.line()));
                }
                case VARIABLE_BEGIN -> {
                    next();
                    body.add(new Stmt.Output(parseTuple(true), token.line()));
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

    /** The body of a tag: to the end of the opening tag, and on to one of the names. */
    private List<Stmt> parseBody(String... ends) {
        skipOperator(":");
        expect(Kind.BLOCK_END, "'%}'");
        return parseUntil(Set.of(ends));
    }

    private List<Stmt> parseBodyAndEnd(String end) {
        List<Stmt> body = parseBody(end);
        next();
        return body;
    }

    private void parseStatement(List<Stmt> out) {
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
                Expr filter = parseFilterChain(new Expr.Name(Stmt.CAPTURED, line), true);
                out.add(new Stmt.FilterBlock(filter, parseBodyAndEnd("endfilter"), line));
            }
            case "with" -> out.add(parseWith(line));
            case "generation" -> out.add(new Stmt.With(List.of(), outsideLoops("endgeneration"), line));
            case "print" -> parsePrint(out);
            case "break" -> out.add(new Stmt.Break(insideLoop(tag)));
            case "continue" -> out.add(new Stmt.Continue(insideLoop(tag)));
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

    private List<Stmt> outsideLoops(String end) {
        int outer = loops;
        loops = 0;
        List<Stmt> body = parseBodyAndEnd(end);
        loops = outer;
        return body;
    }

    private Stmt parseIf(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        String tag;
        do {
            Expr condition = parseTuple(false);
            branches.add(new Stmt.Branch(condition, parseBody("elif", "else", "endif")));
            tag = next().text();
        } while (tag.equals("elif"));
        List<Stmt> otherwise = tag.equals("else") ? parseBodyAndEnd("endif") : List.of();
        return new Stmt.If(branches, otherwise, line);
    }

    private Stmt parseFor(int line) {
        Target target = parseTarget(Set.of("in"), false);
        expectName("in");
        Expr items = parseTuple(false, Set.of("recursive"));
        Expr condition = skipName("if") ? parseExpression(true) : null;
        boolean recursive = skipName("recursive");
        loops++;
        List<Stmt> body = parseBody("endfor", "else");
        loops--;
        List<Stmt> otherwise = next().text().equals("else") ? parseBodyAndEnd("endfor") : List.of();
        return new Stmt.For(target, items, condition, recursive, body, otherwise, line);
    }

    private Stmt parseSet(int line) {
        Target target = parseTarget(Set.of(), true);
        if (skipOperator("=")) {
            return new Stmt.Assign(target, parseTuple(true), line);
        }
        Expr filter = parseFilterChain(new Expr.Name(Stmt.CAPTURED, line), false);
        return new Stmt.AssignBlock(target, filter, parseBodyAndEnd("endset"), line);
    }

    private Stmt parseMacro(int line) {
        String name = parseName();
        return new Stmt.DefineMacro(parseMacroFrom(name, "endmacro"), line);
    }

    private Stmt parseCallBlock(int line) {
        Set<String> outer = startNames();
        List<Stmt.Parameter> parameters = current().isOperator("(") ? parseParameters() : List.of();
        Set<String> own = endNames(outer);
        if (!(parseExpression(true) instanceof Expr.Call call)) {
            throw new TemplateError(line, "{% call %} needs a call");
        }
        Set<String> around = startNames();
        List<Stmt> body = outsideLoops("endcall");
        own.addAll(endNames(around));
        return new Stmt.CallBlock(new Stmt.Macro("caller", parameters, body, own), call, line);
    }

    private Stmt.Macro parseMacroFrom(String name, String end) {
        Set<String> outer = startNames();
        List<Stmt.Parameter> parameters = parseParameters();
        List<Stmt> body = outsideLoops(end);
        return new Stmt.Macro(name, parameters, body, endNames(outer));
    }

    private List<Stmt.Parameter> parseParameters() {
        expectOperator("(");
        List<Stmt.Parameter> parameters = new ArrayList<>();
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
            Expr value = skipOperator("=") ? parseExpression(true) : null;
            if (defaults && value == null) {
                throw fail("parameter '" + name + "' needs a default, as one before it has");
            }
            defaults |= value != null;
            parameters.add(new Stmt.Parameter(name, value));
        }
        next();
        return parameters;
    }

    private Stmt parseWith(int line) {
        List<Stmt.Binding> bindings = new ArrayList<>();
        while (current().kind() != Kind.BLOCK_END) {
            if (!bindings.isEmpty()) {
                expectOperator(",");
            }
            Target target = parseTarget(Set.of(), false);
            expectOperator("=");
            bindings.add(new Stmt.Binding(target, parseExpression(true)));
        }
        return new Stmt.With(bindings, parseBodyAndEnd("endwith"), line);
    }

    private void parsePrint(List<Stmt> out) {
        boolean first = true;
        while (current().kind() != Kind.BLOCK_END) {
            if (!first) {
                expectOperator(",");
            }
            first = false;
            int line = current().line();
            out.add(new Stmt.Output(parseExpression(true), line));
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
        return tuple ? new Stmt.Targets(targets) : targets.get(0);
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
            return new Stmt.NamespaceAttribute(
                    name, expect(Kind.NAME, "the name of an attribute").text());
        }
        return new Stmt.Variable(name);
    }

    private String parseName() {
        Token token = expect(Kind.NAME, "a name");
        if (CONSTANTS.containsKey(token.text())) {
            throw new TemplateError(token.line(), "cannot assign to '" + token.text() + "'");
        }
        return token.text();
    }
}
