package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Expression.Arguments;
import dev.rapid4j.chattemplate.Expression.BinaryOperator;
import dev.rapid4j.chattemplate.Expression.Comparator;
import dev.rapid4j.chattemplate.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions; each rule of Jinja's grammar has a method, from the loosest binding to the tightest. */
class ExpressionParser {
    static final Map<String, Value> CONSTANTS = Map.of(
            "true",
            Value.TRUE,
            "True",
            Value.TRUE,
            "false",
            Value.FALSE,
            "False",
            Value.FALSE,
            "none",
            Value.NONE,
            "None",
            Value.NONE);

    private static final int MAX_DEPTH = 100;
    private static final Map<String, Comparator> COMPARATORS = Map.of(
            "==",
            Comparator.EQUAL,
            "!=",
            Comparator.NOT_EQUAL,
            "<",
            Comparator.LESS,
            "<=",
            Comparator.LESS_OR_EQUAL,
            ">",
            Comparator.GREATER,
            ">=",
            Comparator.GREATER_OR_EQUAL);
    private static final Map<String, BinaryOperator> SUMS =
            Map.of("+", BinaryOperator.ADD, "-", BinaryOperator.SUBTRACT);
    private static final Map<String, BinaryOperator> PRODUCTS = Map.of(
            "*",
            BinaryOperator.MULTIPLY,
            "/",
            BinaryOperator.DIVIDE,
            "//",
            BinaryOperator.FLOOR_DIVIDE,
            "%",
            BinaryOperator.MODULO);

    private final List<Token> tokens;
    private int position;
    private int depth;
    private Set<String> names = new HashSet<>();
    private final Set<String> asked = new LinkedHashSet<>();
    private final Set<String> settled = new HashSet<>();

    ExpressionParser(List<Token> tokens) {
        this.tokens = tokens;
    }

    // ---- tokens ------------------------------------------------------------------------------------------------

    final Token current() {
        return tokens.get(position);
    }

    private Token following() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    final Token next() {
        Token token = current();
        position = Math.min(position + 1, tokens.size() - 1);
        return token;
    }

    final boolean skipOperator(String symbol) {
        boolean found = current().isOperator(symbol);
        if (found) {
            next();
        }
        return found;
    }

    final boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    final Token expect(Kind kind, String what) {
        if (current().kind() != kind) {
            throw fail("expected " + what + ", got " + current().describe());
        }
        return next();
    }

    final void expectOperator(String symbol) {
        if (!skipOperator(symbol)) {
            throw fail("expected '" + symbol + "', got " + current().describe());
        }
    }

    final void expectName(String name) {
        if (!skipName(name)) {
            throw fail("expected '" + name + "', got " + current().describe());
        }
    }

    final TemplateError fail(String message) {
        return new TemplateError(current().line(), message);
    }

    final void enter() {
        if (++depth > MAX_DEPTH) {
            throw fail("the template is nested over " + MAX_DEPTH + " deep");
        }
    }

    final void leave() {
        depth--;
    }

    // ---- which names are mentioned -----------------------------------------------------------------------------

    final void mention(String name) {
        names.add(name);
        if (!settled.contains(name)) {
            asked.add(name);
        }
    }

    /** From here on the template's own value stands under this name, whatever it was given. */
    final void settle(String name) {
        settled.add(name);
    }

    /** The names that the template mentions before it has set them itself, or without having done so in any case. */
    final Set<String> askedNames() {
        return asked;
    }

    /** Whether a statement is parsed that no other one holds. */
    final boolean atTopLevel() {
        return depth == 1;
    }

    /** Begins to collect the names that are mentioned, and gives what {@link #endNames} needs. */
    final Set<String> startNames() {
        Set<String> outer = names;
        names = new HashSet<>();
        return outer;
    }

    final Set<String> endNames(Set<String> outer) {
        Set<String> own = names;
        outer.addAll(own);
        names = outer;
        return own;
    }

    // ---- the grammar -------------------------------------------------------------------------------------------

    final Expression parseTuple(boolean conditional) {
        return parseTuple(conditional, Set.of());
    }

    /** Parses one expression, or several with commas between them, which make a tuple. */
    final Expression parseTuple(boolean conditional, Set<String> endNames) {
        int line = current().line();
        if (isTupleEnd(endNames)) {
            throw fail("expected an expression, got " + current().describe());
        }
        Expression first = parseExpression(conditional);
        return current().isOperator(",") ? parseTupleRest(first, conditional, endNames, line) : first;
    }

    private Expression parseTupleRest(Expression first, boolean conditional, Set<String> endNames, int line) {
        List<Expression> items = new ArrayList<>(List.of(first));
        while (skipOperator(",") && !isTupleEnd(endNames)) {
            items.add(parseExpression(conditional));
        }
        return new Expression.ListDisplay(items, true, line);
    }

    final boolean isTupleEnd(Set<String> endNames) {
        Token token = current();
        return token.kind() == Kind.VARIABLE_END
                || token.kind() == Kind.BLOCK_END
                || token.isOperator(")")
                || token.kind() == Kind.NAME && endNames.contains(token.text());
    }

    final Expression parseExpression(boolean conditional) {
        enter();
        Expression expression = conditional ? parseConditional() : parseOr();
        leave();
        return expression;
    }

    private Expression parseConditional() {
        int line = current().line();
        Expression value = parseOr();
        while (skipName("if")) {
            Expression condition = parseOr();
            Expression alternative = skipName("else") ? parseExpression(true) : null;
            value = new Expression.Conditional(condition, value, alternative, line);
        }
        return value;
    }

    private Expression parseOr() {
        Expression left = parseAnd();
        while (current().isName("or")) {
            int line = next().line();
            left = new Expression.Or(left, parseAnd(), line);
        }
        return left;
    }

    private Expression parseAnd() {
        Expression left = parseNot();
        while (current().isName("and")) {
            int line = next().line();
            left = new Expression.And(left, parseNot(), line);
        }
        return left;
    }

    private Expression parseNot() {
        if (!current().isName("not")) {
            return parseComparison();
        }
        int line = next().line();
        enter();
        Expression operand = parseNot();
        leave();
        return new Expression.Not(operand, line);
    }

    private Expression parseComparison() {
        int line = current().line();
        Expression first = parseSum();
        List<Expression.Comparand> rest = new ArrayList<>();
        for (Comparator comparator = nextComparator(); comparator != null; comparator = nextComparator()) {
            rest.add(new Expression.Comparand(comparator, parseSum()));
        }
        return rest.isEmpty() ? first : new Expression.Comparison(first, rest, line);
    }

    private Comparator nextComparator() {
        Comparator comparator =
                current().kind() == Kind.OPERATOR ? COMPARATORS.get(current().text()) : null;
        if (comparator != null) {
            next();
        } else if (skipName("in")) {
            comparator = Comparator.IN;
        } else if (current().isName("not") && following().isName("in")) {
            next();
            next();
            comparator = Comparator.NOT_IN;
        }
        return comparator;
    }

    private BinaryOperator operator(Map<String, BinaryOperator> operators) {
        return current().kind() == Kind.OPERATOR ? operators.get(current().text()) : null;
    }

    private Expression parseSum() {
        Expression left = parseConcat();
        for (BinaryOperator operator = operator(SUMS); operator != null; operator = operator(SUMS)) {
            int line = next().line();
            left = new Expression.Binary(operator, left, parseConcat(), line);
        }
        return left;
    }

    private Expression parseConcat() {
        int line = current().line();
        Expression first = parseProduct();
        if (!current().isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (skipOperator("~")) {
            parts.add(parseProduct());
        }
        return new Expression.Concat(parts, line);
    }

    private Expression parseProduct() {
        Expression left = parsePower();
        for (BinaryOperator operator = operator(PRODUCTS); operator != null; operator = operator(PRODUCTS)) {
            int line = next().line();
            left = new Expression.Binary(operator, left, parsePower(), line);
        }
        return left;
    }

    private Expression parsePower() {
        Expression left = parseUnary(true);
        while (current().isOperator("**")) {
            int line = next().line();
            left = new Expression.Binary(BinaryOperator.POWER, left, parseUnary(true), line);
        }
        return left;
    }

    private Expression parseUnary(boolean filters) {
        Token token = current();
        Expression operand;
        if (token.isOperator("-") || token.isOperator("+")) {
            next();
            enter();
            operand = new Expression.Sign(token.isOperator("-"), parseUnary(false), token.line());
            leave();
        } else {
            operand = parsePrimary();
        }
        operand = parsePostfix(operand);
        return filters ? parseFilters(operand) : operand;
    }

    private Expression parsePrimary() {
        Token token = next();
        int line = token.line();
        switch (token.kind()) {
            case NAME -> {
                Value constant = CONSTANTS.get(token.text());
                if (constant != null) {
                    return new Expression.Literal(constant, line);
                }
                mention(token.text());
                return new Expression.Name(token.text(), line);
            }
            case STRING -> {
                StringBuilder string = new StringBuilder(token.text());
                while (current().kind() == Kind.STRING) {
                    string.append(next().text());
                }
                return new Expression.Literal(Text.trusted(string.toString()), line);
            }
            case INTEGER -> {
                Value value = Numbers.parseInteger(token.text(), 0);
                if (value == null) {
                    throw new TemplateError(line, "a number is too long");
                }
                return new Expression.Literal(value, line);
            }
            case FLOAT -> {
                return new Expression.Literal(Numbers.parseFloat(token.text()), line);
            }
            default -> {
                if (token.isOperator("(")) {
                    return parseParentheses(line);
                }
                if (token.isOperator("[")) {
                    return parseList(line);
                }
                if (token.isOperator("{")) {
                    return parseDict(line);
                }
                throw new TemplateError(line, "unexpected " + token.describe());
            }
        }
    }

    private Expression parseParentheses(int line) {
        if (skipOperator(")")) {
            return new Expression.ListDisplay(List.of(), true, line);
        }
        Expression inner = parseTuple(true);
        expectOperator(")");
        return inner;
    }

    private Expression parseList(int line) {
        List<Expression> items = new ArrayList<>();
        while (!current().isOperator("]")) {
            items.add(parseExpression(true));
            if (!skipOperator(",")) {
                break;
            }
        }
        expectOperator("]");
        return new Expression.ListDisplay(items, false, line);
    }

    private Expression parseDict(int line) {
        List<Expression.Entry> entries = new ArrayList<>();
        while (!current().isOperator("}")) {
            Expression key = parseExpression(true);
            expectOperator(":");
            entries.add(new Expression.Entry(key, parseExpression(true)));
            if (!skipOperator(",")) {
                break;
            }
        }
        expectOperator("}");
        return new Expression.DictDisplay(entries, line);
    }

    private Expression parsePostfix(Expression start) {
        Expression target = start;
        while (true) {
            int line = current().line();
            if (skipOperator(".")) {
                target = parseAttribute(target, line);
            } else if (skipOperator("[")) {
                target = parseSubscript(target, line);
            } else if (current().isOperator("(")) {
                target = new Expression.Call(target, parseArguments(), line);
            } else {
                return target;
            }
        }
    }

    private Expression parseAttribute(Expression target, int line) {
        Token name = next();
        return switch (name.kind()) {
            case NAME -> new Expression.Attribute(target, name.text(), line);
            case INTEGER ->
                new Expression.Item(target, new Expression.Literal(Numbers.parseInteger(name.text(), 0), line), line);
            default -> throw new TemplateError(line, "expected a name after '.', got " + name.describe());
        };
    }

    private Expression parseSubscript(Expression target, int line) {
        Expression subscript = parseSubscribed(target, line);
        if (!current().isOperator(",")) {
            expectOperator("]");
            return subscript instanceof Expression.Slice ? subscript : new Expression.Item(target, subscript, line);
        }
        List<Expression> keys = new ArrayList<>(List.of(subscript));
        while (skipOperator(",")) {
            keys.add(parseExpression(true));
        }
        expectOperator("]");
        return new Expression.Item(target, new Expression.ListDisplay(keys, true, line), line);
    }

    private Expression parseSubscribed(Expression target, int line) {
        Expression start = current().isOperator(":") ? null : parseExpression(true);
        if (start != null && !current().isOperator(":")) {
            return start;
        }
        expectOperator(":");
        Expression stop = atSliceEnd() ? null : parseExpression(true);
        Expression step = skipOperator(":") && !atSliceEnd() ? parseExpression(true) : null;
        return new Expression.Slice(target, start, stop, step, line);
    }

    private boolean atSliceEnd() {
        return current().isOperator(":")
                || current().isOperator("]")
                || current().isOperator(",");
    }

    final Arguments parseArguments() {
        expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.Keyword> named = new ArrayList<>();
        Expression star = null;
        Expression doubleStar = null;
        while (!current().isOperator(")")) {
            boolean misplaced;
            if (skipOperator("*")) {
                misplaced = star != null || doubleStar != null;
                star = parseExpression(true);
            } else if (skipOperator("**")) {
                misplaced = doubleStar != null;
                doubleStar = parseExpression(true);
            } else if (current().kind() == Kind.NAME && following().isOperator("=")) {
                misplaced = doubleStar != null;
                String name = next().text();
                next();
                named.add(new Expression.Keyword(name, parseExpression(true)));
            } else {
                misplaced = star != null || doubleStar != null || !named.isEmpty();
                positional.add(parseExpression(true));
            }
            if (misplaced) {
                throw fail("the arguments of a call are in the wrong order");
            }
            if (!skipOperator(",")) {
                break;
            }
        }
        expectOperator(")");
        return new Arguments(positional, named, star, doubleStar);
    }

    private Expression parseFilters(Expression start) {
        Expression input = start;
        while (true) {
            if (current().isOperator("|")) {
                input = parseFilterChain(input, false);
            } else if (current().isName("is")) {
                input = parseTest(input);
            } else if (current().isOperator("(")) {
                int line = current().line();
                input = new Expression.Call(input, parseArguments(), line);
            } else {
                return input;
            }
        }
    }

    /** Parses filters, each after a {@code |}; in a filter block the first one stands without it. */
    final Expression parseFilterChain(Expression start, boolean firstIsBare) {
        Expression input = start;
        boolean bare = firstIsBare;
        while (bare || skipOperator("|")) {
            bare = false;
            Token name = expect(Kind.NAME, "the name of a filter");
            Arguments arguments = current().isOperator("(") ? parseArguments() : Arguments.NONE;
            input = new Expression.Filter(input, name.text(), arguments, name.line());
        }
        return input;
    }

    private Expression parseTest(Expression input) {
        int line = next().line();
        boolean negated = skipName("not");
        String name = expect(Kind.NAME, "the name of a test").text();
        Arguments arguments = Arguments.NONE;
        if (current().isOperator("(")) {
            arguments = parseArguments();
        } else if (startsTestArgument()) {
            if (current().isName("is")) {
                throw fail("tests cannot be chained with 'is'");
            }
            arguments = new Arguments(List.of(parsePostfix(parsePrimary())), List.of(), null, null);
        }
        Expression test = new Expression.Test(input, name, arguments, line);
        return negated ? new Expression.Not(test, line) : test;
    }

    private boolean startsTestArgument() {
        Token token = current();
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }
}
