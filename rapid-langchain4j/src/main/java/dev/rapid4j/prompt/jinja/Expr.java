package dev.rapid4j.prompt.jinja;

import java.util.List;

/** An expression. */
sealed interface Expr {
    int line();

    record Literal(Value value, int line) implements Expr {}

    record Name(String name, int line) implements Expr {}

    record Attribute(Expr target, String name, int line) implements Expr {}

    record Item(Expr target, Expr key, int line) implements Expr {}

    /** Bounds that are left out are null. */
    record Slice(Expr target, Expr start, Expr stop, Expr step, int line) implements Expr {}

    record Call(Expr target, Arguments arguments, int line) implements Expr {}

    record Filter(Expr input, String name, Arguments arguments, int line) implements Expr {}

    record Test(Expr input, String name, Arguments arguments, int line) implements Expr {}

    record Not(Expr operand, int line) implements Expr {}

    record Sign(boolean negative, Expr operand, int line) implements Expr {}

    record And(Expr left, Expr right, int line) implements Expr {}

    record Or(Expr left, Expr right, int line) implements Expr {}

    record Binary(BinaryOperator operator, Expr left, Expr right, int line) implements Expr {}

    /** {@code a < b < c}. */
    record Comparison(Expr first, List<Comparand> rest, int line) implements Expr {}

    record Concat(List<Expr> parts, int line) implements Expr {}

    /** Without an alternative (null) the value is undefined. */
    record Conditional(Expr condition, Expr value, Expr alternative, int line) implements Expr {}

    record ListDisplay(List<Expr> items, boolean tuple, int line) implements Expr {}

    record DictDisplay(List<Entry> entries, int line) implements Expr {}

    record Entry(Expr key, Expr value) {}

    record Comparand(Comparator comparator, Expr operand) {}

    record Keyword(String name, Expr value) {}

    /** The arguments of a call; {@code star} and {@code doubleStar} may be null. */
    record Arguments(List<Expr> positional, List<Keyword> named, Expr star, Expr doubleStar) {
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
