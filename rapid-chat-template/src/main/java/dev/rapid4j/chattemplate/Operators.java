package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Bool;
import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Float;
import dev.rapid4j.chattemplate.Value.Function;
import dev.rapid4j.chattemplate.Value.Generator;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.None;
import dev.rapid4j.chattemplate.Value.Number;
import dev.rapid4j.chattemplate.Value.Seq;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** Python's operators on values, each charged for what it walks through. */
final class Operators {
    private final Budget budget;

    Operators(Budget budget) {
        this.budget = budget;
    }

    // ---- truth, iteration, size --------------------------------------------------------------------------------

    static boolean isTrue(Value value) {
        if (value instanceof Bool bool) {
            return bool.value();
        }
        if (value instanceof None || value instanceof Undefined) {
            return false;
        }
        if (value instanceof Number number) {
            return number.asDouble() != 0;
        }
        if (value instanceof Text text) {
            return !text.isEmpty();
        }
        if (value instanceof Seq seq) {
            return !seq.items.isEmpty();
        }
        return !(value instanceof Dict dict) || !dict.entries.isEmpty();
    }

    static boolean isIterable(Value value) {
        return value instanceof Text
                || value instanceof Seq
                || value instanceof Dict
                || value instanceof Generator
                || value instanceof Undefined;
    }

    Iterator<Value> iterate(Value value) {
        if (value instanceof Seq seq) {
            return seq.items.iterator();
        }
        if (value instanceof Dict dict) {
            return dict.entries.keySet().iterator();
        }
        if (value instanceof Generator generator) {
            return generator.items;
        }
        if (value instanceof Undefined) {
            return Collections.emptyIterator();
        }
        if (value instanceof Text text) {
            budget.charge((long) Budget.NODE * text.length());
            return text.characters().iterator();
        }
        throw new TemplateError(Python.typeName(value) + " is not iterable");
    }

    List<Value> toList(Value value) {
        Iterator<Value> items = iterate(value);
        List<Value> list = new ArrayList<>();
        while (items.hasNext()) {
            list.add(items.next());
            budget.charge(Budget.NODE);
            Budget.checkItems(list.size());
        }
        return list;
    }

    static int length(Value value) {
        if (value instanceof Text text) {
            return text.codePoints();
        }
        if (value instanceof Seq seq) {
            return seq.size();
        }
        if (value instanceof Dict dict) {
            return dict.entries.size();
        }
        if (value instanceof Loop loop) {
            return loop.length();
        }
        if (value instanceof Undefined) {
            return 0;
        }
        throw new TemplateError(Python.typeName(value) + " has no length");
    }

    // ---- comparison --------------------------------------------------------------------------------------------

    boolean equal(Value left, Value right) {
        if (left instanceof Text a && right instanceof Text b) {
            budget.charge(a.length() == b.length() ? a.length() : 0);
        } else if (left instanceof Seq || left instanceof Dict) {
            budget.charge(Math.min(left.weight(), right.weight()));
        }
        return left.equals(right);
    }

    /** Compares as a comparator does; where NaN may occur, {@link #less} is right. */
    int compare(Value left, Value right) {
        if (left instanceof Text a && right instanceof Text b) {
            budget.charge(Math.min(a.length(), b.length()));
            return compareCodePoints(a.chars(), b.chars());
        }
        if (left instanceof Number a && right instanceof Number b) {
            return Numbers.compare(a, b);
        }
        if (left instanceof Seq a && right instanceof Seq b && a.kind == b.kind && a.kind.isIndexed()) {
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                budget.charge(1);
                if (!equal(a.items.get(i), b.items.get(i))) {
                    return compare(a.items.get(i), b.items.get(i));
                }
            }
            return Integer.compare(a.size(), b.size());
        }
        requireDefined(left, right);
        throw new TemplateError(
                "cannot put " + Python.typeName(left) + " and " + Python.typeName(right) + " into an order");
    }

    boolean less(Value left, Value right, boolean orEqual) {
        int order = compare(left, right);
        boolean unordered =
                left instanceof Number a && Numbers.isNaN(a) || right instanceof Number b && Numbers.isNaN(b);
        return !unordered && (order < 0 || orEqual && order == 0);
    }

    private static int compareCodePoints(String a, String b) {
        int end = Math.min(a.length(), b.length());
        for (int i = 0; i < end; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // surrogates stand for code points above all others
                boolean same = Character.isSurrogate(x) == Character.isSurrogate(y);
                return same ? x - y : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return a.length() - b.length();
    }

    boolean contains(Value container, Value item) {
        if (container instanceof Text text) {
            if (!(item instanceof Text part)) {
                throw new TemplateError("only a string can be in a string, not " + Python.typeName(item));
            }
            budget.charge(Search.cost(text.chars(), part.chars()));
            return Search.indexOf(text.chars(), part.chars(), 0) >= 0;
        }
        if (container instanceof Dict dict) {
            budget.charge(item.weight());
            return dict.entries.containsKey(item);
        }
        if (!isIterable(container)) {
            throw new TemplateError("cannot look for an item in " + Python.typeName(container));
        }
        for (Iterator<Value> items = iterate(container); items.hasNext(); ) {
            budget.charge(1);
            if (equal(items.next(), item)) {
                return true;
            }
        }
        return false;
    }

    // ---- arithmetic --------------------------------------------------------------------------------------------

    Value add(Value left, Value right) {
        if (left instanceof Text a && right instanceof Text b) {
            budget.charge((long) a.length() + b.length());
            boolean markup = a.isMarkup() || b.isMarkup();
            return markup ? Filters.escape(a).plus(Filters.escape(b)).asMarkup() : a.plus(b);
        }
        if (left instanceof Seq a && right instanceof Seq b && a.kind == b.kind && isListOrTuple(a)) {
            List<Value> items = new ArrayList<>(Budget.checkItems((long) a.size() + b.size()));
            items.addAll(a.items);
            items.addAll(b.items);
            budget.charge(Budget.NODE / 4L * items.size());
            return new Seq(a.kind, items, null);
        }
        Number x = number("+", left, right, left);
        Number y = number("+", left, right, right);
        BigInteger i = Numbers.integer(x);
        BigInteger j = Numbers.integer(y);
        return i != null && j != null ? new Int(i.add(j)) : new Float(x.asDouble() + y.asDouble());
    }

    Value multiply(Value left, Value right) {
        if (left instanceof Text || left instanceof Seq) {
            return repeat(left, right);
        }
        if (right instanceof Text || right instanceof Seq) {
            return repeat(right, left);
        }
        Number x = number("*", left, right, left);
        Number y = number("*", left, right, right);
        BigInteger i = Numbers.integer(x);
        BigInteger j = Numbers.integer(y);
        return i != null && j != null ? new Int(i.multiply(j)) : new Float(x.asDouble() * y.asDouble());
    }

    private Value repeat(Value sequence, Value count) {
        requireDefined(sequence, count);
        int times = Math.max(0, Numbers.index(count, "the factor of a sequence"));
        if (sequence instanceof Text text) {
            Text repeated = text.repeat(times);
            budget.charge(repeated.length());
            return repeated;
        }
        Seq seq = (Seq) sequence;
        if (!isListOrTuple(seq)) {
            throw new TemplateError("cannot repeat " + Python.typeName(seq));
        }
        int size = Budget.checkItems((long) times * seq.size());
        budget.charge(Budget.NODE / 4L * size);
        List<Value> items = new ArrayList<>(size);
        for (int i = 0; i < times && !seq.items.isEmpty(); i++) {
            items.addAll(seq.items);
        }
        return new Seq(seq.kind, items, null);
    }

    private static boolean isListOrTuple(Seq seq) {
        return seq.kind == Seq.Kind.LIST || seq.kind == Seq.Kind.TUPLE;
    }

    Value arithmetic(Expression.BinaryOperator operator, Value left, Value right) {
        Number x = number(operator.symbol(), left, right, left);
        Number y = number(operator.symbol(), left, right, right);
        BigInteger i = Numbers.integer(x);
        BigInteger j = Numbers.integer(y);
        boolean integers = i != null && j != null;
        boolean divides = operator != Expression.BinaryOperator.SUBTRACT && operator != Expression.BinaryOperator.POWER;
        if (divides && y.asDouble() == 0) {
            throw new TemplateError("division by zero");
        }
        double a = x.asDouble();
        double b = y.asDouble();
        return switch (operator) {
            case SUBTRACT -> integers ? new Int(i.subtract(j)) : new Float(a - b);
            case DIVIDE -> new Float(a / b);
            case FLOOR_DIVIDE -> integers ? new Int(floorDivide(i, j)) : new Float(Math.floor(a / b));
            case MODULO -> integers ? new Int(i.subtract(floorDivide(i, j).multiply(j))) : new Float(modulo(a, b));
            case POWER -> integers && j.signum() >= 0 ? power(i, j) : new Float(Math.pow(a, b));
            default -> throw new IllegalStateException(operator.name());
        };
    }

    private static double modulo(double a, double b) {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest == 0 ? Math.copySign(0.0, b) : rest;
    }

    private static BigInteger floorDivide(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() != 0 && parts[1].signum() != b.signum() ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Int power(BigInteger base, BigInteger exponent) {
        if (base.abs().bitLength() <= 1) {
            return new Int(base.pow(exponent.signum() == 0 ? 0 : exponent.testBit(0) ? 1 : 2));
        }
        if (exponent.bitLength() > 31 || (long) base.bitLength() * exponent.intValue() > 1 << 14) {
            throw new TemplateError("the power is too large");
        }
        return new Int(base.pow(exponent.intValue()));
    }

    Value negate(Value value) {
        Number number = number("-", value, value, value);
        BigInteger integer = Numbers.integer(number);
        return integer != null ? new Int(integer.negate()) : new Float(-number.asDouble());
    }

    Value plus(Value value) {
        Number number = number("+", value, value, value);
        BigInteger integer = Numbers.integer(number);
        return integer != null ? new Int(integer) : number;
    }

    private static Number number(String operator, Value left, Value right, Value operand) {
        if (left instanceof Number && right instanceof Number) {
            return (Number) operand;
        }
        requireDefined(left, right);
        throw new TemplateError(
                "cannot apply " + operator + " to " + Python.typeName(left) + " and " + Python.typeName(right));
    }

    static void requireDefined(Value... values) {
        for (Value value : values) {
            if (value instanceof Undefined undefined) {
                throw undefined.failure();
            }
        }
    }

    // ---- items and slices --------------------------------------------------------------------------------------

    /** Gives {@code value[key]}, or an undefined value where there is none. */
    Value item(Value value, Value key) {
        Value found = null;
        requireDefined(value);
        if (value instanceof Dict dict) {
            budget.charge(key.weight());
            boolean hashable = !(key instanceof Dict) && !(key instanceof Seq seq && seq.kind != Seq.Kind.TUPLE);
            found = hashable ? dict.get(key) : null;
        } else if (Numbers.integer(key) != null) {
            int index = Numbers.index(key, "an index");
            if (value instanceof Text text) {
                found = character(text, index);
            } else if (value instanceof Seq seq && seq.kind.isIndexed()) {
                int position = index < 0 ? index + seq.size() : index;
                found = position >= 0 && position < seq.size() ? seq.items.get(position) : null;
            }
        }
        if (found == null && key instanceof Text name) {
            found = Attributes.of(value, name.chars());
        }
        return found != null ? found : missing(value, key);
    }

    private Value character(Text text, int index) {
        int size = text.codePoints();
        int codePoint = index < 0 ? index + size : index;
        if (codePoint < 0 || codePoint >= size) {
            return null;
        }
        budget.charge(size == text.length() ? 1 : size);
        return text.characterAt(text.position(codePoint));
    }

    /** Gives {@code value.name}, for which methods come before items. */
    Value attribute(Value value, String name) {
        requireDefined(value);
        Value found = Attributes.of(value, name);
        if (found == null && value instanceof Dict dict) {
            found = dict.get(Text.trusted(name));
        }
        return found != null ? found : missing(value, Text.trusted(name));
    }

    private static Undefined missing(Value value, Value key) {
        String name = Python.repr(key).chars();
        String shown = name.length() > 60 ? name.substring(0, 60) + "..." : name;
        return new Undefined("'" + Python.typeName(value) + "' has no element " + shown);
    }

    Value slice(Value value, Value start, Value stop, Value step) {
        requireDefined(value);
        int by = step instanceof None ? 1 : Numbers.index(step, "the step of a slice");
        if (by == 0) {
            throw new TemplateError("the step of a slice cannot be zero");
        }
        int size;
        if (value instanceof Text text) {
            size = text.codePoints();
        } else if (value instanceof Seq seq && seq.kind.isIndexed()) {
            size = seq.size();
        } else {
            throw new TemplateError("cannot slice " + Python.typeName(value));
        }
        int from = bound(start, size, by > 0 ? 0 : size - 1, by);
        int to = bound(stop, size, by > 0 ? size : -1, by);
        if (value instanceof Text text) {
            return slice(text, from, to, by);
        }
        Seq seq = (Seq) value;
        List<Value> items = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            items.add(seq.items.get((int) i));
        }
        budget.charge(Budget.NODE / 4L * items.size());
        return new Seq(seq.kind == Seq.Kind.TUPLE ? Seq.Kind.TUPLE : Seq.Kind.LIST, items, null);
    }

    private static int bound(Value value, int size, int absent, int step) {
        if (value instanceof None) {
            return absent;
        }
        int index = Numbers.index(value, "the bound of a slice");
        if (index < 0) {
            index += size;
        }
        return step > 0 ? Math.max(0, Math.min(size, index)) : Math.max(-1, Math.min(size - 1, index));
    }

    private Text slice(Text text, int from, int to, int by) {
        budget.charge(text.length() == text.codePoints() ? 1 : text.length());
        if (by == 1) {
            Text part = from >= to ? Text.EMPTY : text.substring(text.position(from), text.position(to));
            budget.charge(part.length());
            return part;
        }
        List<Value> characters = text.length() == text.codePoints() ? null : text.characters();
        TextBuilder out = new TextBuilder();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            budget.charge(1);
            if (characters != null) {
                out.append((Text) characters.get((int) i));
            } else {
                out.append(text, (int) i, (int) i + 1);
            }
        }
        return out.build();
    }

    static boolean isCallable(Value value) {
        return value instanceof Function || value instanceof Undefined;
    }
}
