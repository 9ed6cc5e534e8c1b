package dev.rapid4j.chattemplate;

import java.util.List;

/** An expression of a template, as parsed. */
sealed interface Expression {
    int line();

    record Literal(Value value, int line) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record Attribute(Expression target, String name, int line) implements Expression {}

    record Item(Expression target, Expression key, int line) implements Expression {}

    /** A slice such as {@code a[1:2]}; bounds that are left out are null. */
    record Slice(Expression target, Expression start, Expression stop, Expression step, int line)
            implements Expression {}

    record Call(Expression target, Arguments arguments, int line) implements Expression {}

    record Filter(Expression input, String name, Arguments arguments, int line) implements Expression {}

    record Test(Expression input, String name, Arguments arguments, int line) implements Expression {}

    record Not(Expression operand, int line) implements Expression {}

    record Sign(boolean negative, Expression operand, int line) implements Expression {}

    record And(Expression left, Expression right, int line) implements Expression {}

    record Or(Expression left, Expression right, int line) implements Expression {}

    record Binary(BinaryOperator operator, Expression left, Expression right, int line) implements Expression {}

    /** A chain such as {@code a < b < c}, in which each operand is evaluated once. */
    record Comparison(Expression first, List<Comparand> rest, int line) implements Expression {}

    record Concat(List<Expression> parts, int line) implements Expression {}

    /** An inline {@code if}; without an alternative, which is null then, the value is undefined. */
    record Conditional(Expression condition, Expression value, Expression alternative, int line)
            implements Expression {}

    record ListDisplay(List<Expression> items, boolean tuple, int line) implements Expression {}

    record DictDisplay(List<Entry> entries, int line) implements Expression {}

    record Entry(Expression key, Expression value) {}

    record Comparand(Comparator comparator, Expression operand) {}

    record Keyword(String name, Expression value) {}

    /** The arguments of a call; {@code star} and {@code doubleStar} may be null. */
    record Arguments(List<Expression> positional, List<Keyword> named, Expression star, Expression doubleStar) {
        static final Arguments NONE = new Arguments(List.of(), List.of(), null, null);
    }

    enum Comparator {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        IN,
        NOT_IN
    }

    enum BinaryOperator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        MODULO("%"),
        POWER("**");

        private final String symbol;

        BinaryOperator(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }
    }
}
