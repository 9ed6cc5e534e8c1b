package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Expression.BinaryOperator;
import dev.rapid4j.chattemplate.Value.Bool;
import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.None;
import dev.rapid4j.chattemplate.Value.Number;
import dev.rapid4j.chattemplate.Value.Seq;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** Jinja's tests by name: conditions that stand after {@code is}. */
final class Tests {
    interface Test {
        boolean holds(Interpreter interpreter, Value value, Args args);
    }

    private interface Relation {
        boolean holds(Operators operators, Value left, Value right);
    }

    static final Map<String, Test> ALL = new HashMap<>();

    static {
        add(value -> !(value instanceof Undefined), "defined");
        add(Undefined.class::isInstance, "undefined");
        add(None.class::isInstance, "none");
        add(Bool.class::isInstance, "boolean");
        add(value -> value instanceof Bool bool && bool.value(), "true");
        add(value -> value instanceof Bool bool && !bool.value(), "false");
        add(Int.class::isInstance, "integer");
        add(Value.Float.class::isInstance, "float");
        add(Number.class::isInstance, "number");
        add(Text.class::isInstance, "string");
        add(Dict.class::isInstance, "mapping");
        add(Operators::isIterable, "iterable");
        add(Tests::isSequence, "sequence");
        add(Operators::isCallable, "callable");
        add(value -> value instanceof Text text && text.isMarkup(), "escaped");
        add(value -> isCased(Python.str(value).chars(), Character::isLowerCase), "lower");
        add(value -> isCased(Python.str(value).chars(), Character::isUpperCase), "upper");
        add(value -> value instanceof Text name && Filters.ALL.containsKey(name.chars()), "filter");
        add(value -> value instanceof Text name && isTest(name.chars()), "test");
        relation(Operators::equal, "eq", "==", "equalto");
        relation((operators, left, right) -> !operators.equal(left, right), "ne", "!=");
        relation((operators, left, right) -> operators.less(left, right, false), "lt", "<", "lessthan");
        relation((operators, left, right) -> operators.less(left, right, true), "le", "<=");
        relation((operators, left, right) -> operators.less(right, left, false), "gt", ">", "greaterthan");
        relation((operators, left, right) -> operators.less(right, left, true), "ge", ">=");
        relation((operators, left, right) -> operators.contains(right, left), "in");
        relation((operators, left, right) -> isSame(left, right), "sameas");
        relation((operators, value, by) -> modulo(operators, value, by).equals(Value.of(0)), "divisibleby");
        parity("odd", 1);
        parity("even", 0);
    }

    private Tests() {}

    private static void add(Predicate<Value> predicate, String name) {
        ALL.put(name, (interpreter, value, args) -> {
            args.bind(name, 0);
            return predicate.test(value);
        });
    }

    private static void relation(Relation relation, String... names) {
        for (String name : names) {
            ALL.put(
                    name,
                    (interpreter, value, args) ->
                            relation.holds(interpreter.operators(), value, args.bind(name, 1, "other")[0]));
        }
    }

    private static void parity(String name, int rest) {
        ALL.put(name, (interpreter, value, args) -> {
            args.bind(name, 0);
            return modulo(interpreter.operators(), value, Value.of(2)).equals(Value.of(rest));
        });
    }

    private static boolean isTest(String name) {
        return ALL.containsKey(name);
    }

    private static Value modulo(Operators operators, Value value, Value by) {
        return operators.arithmetic(BinaryOperator.MODULO, value, by);
    }

    private static boolean isSequence(Value value) {
        return value instanceof Text
                || value instanceof Seq seq && seq.kind.isIndexed()
                || value instanceof Dict
                || value instanceof Undefined;
    }

    private static boolean isSame(Value left, Value right) {
        return left == right
                || left.getClass() == right.getClass()
                        && (left instanceof Number || left instanceof None || left instanceof Text)
                        && left.equals(right);
    }

    /** Whether the text has characters with case, all of which are as wanted. */
    static boolean isCased(String text, IntPredicate wanted) {
        boolean found = false;
        for (int c : text.codePoints().toArray()) {
            boolean cased = Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
            if (cased && !wanted.test(c)) {
                return false;
            }
            found |= cased;
        }
        return found;
    }
}
