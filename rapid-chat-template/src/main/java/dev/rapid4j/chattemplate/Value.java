package dev.rapid4j.chattemplate;

import java.math.BigInteger;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a template can hold. Lists and dicts never change, as in transformers' immutable sandbox. {@code equals} is
 * Python's {@code ==} (so {@code 1 == 1.0 == true}); templates compare through {@link Operators}, which counts the
 * work. What can be the key of a dict is comparable: of keys with one hash, which a template can make as many of as it
 * likes, Java's maps then find theirs without looking at all.
 */
sealed interface Value
        permits Text,
                Value.Number,
                Value.None,
                Value.Undefined,
                Value.Seq,
                Value.Dict,
                Value.Namespace,
                Value.Generator,
                Value.Function {

    None NONE = new None();
    Bool TRUE = new Bool(true);
    Bool FALSE = new Bool(false);

    static Bool of(boolean value) {
        return value ? TRUE : FALSE;
    }

    static Int of(long value) {
        return new Int(BigInteger.valueOf(value));
    }

    static Seq list(List<? extends Value> items) {
        return new Seq(Seq.Kind.LIST, items, null);
    }

    static Seq tuple(List<? extends Value> items) {
        return new Seq(Seq.Kind.TUPLE, items, null);
    }

    /** The characters and items one meets walking through the value; aliases count each time. */
    default long weight() {
        return 1;
    }

    /** How deep lists and dicts are nested. */
    default int depth() {
        return 0;
    }

    record None() implements Value {}

    sealed interface Number extends Value permits Int, Float, Bool {
        double asDouble();
    }

    record Int(BigInteger value) implements Number, Comparable<Int> {
        private static final int MAX_BITS = 1 << 13;

        public Int {
            if (value.bitLength() > MAX_BITS) {
                throw new TemplateError("an integer grows over " + MAX_BITS + " bits");
            }
        }

        @Override
        public double asDouble() {
            return value.doubleValue();
        }

        @Override
        public int compareTo(Int other) {
            return Numbers.compare(this, other);
        }

        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            return Numbers.hash(this);
        }
    }

    record Float(double value) implements Number, Comparable<Float> {
        @Override
        public double asDouble() {
            return value;
        }

        @Override
        public int compareTo(Float other) {
            return Numbers.compare(this, other);
        }

        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            return Numbers.hash(this);
        }
    }

    record Bool(boolean value) implements Number {
        @Override
        public double asDouble() {
            return value ? 1 : 0;
        }

        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            return Numbers.hash(this);
        }
    }

    /**
     * The value of what is not there. It prints as nothing and is empty; anything else done with it fails with the
     * message.
     */
    record Undefined(String message) implements Value {
        TemplateError failure() {
            return new TemplateError(message);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Undefined;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }

    /** A list, or what behaves much like one: a tuple, a range, a dict's keys, values or items. */
    final class Seq implements Value, Comparable<Seq> {
        enum Kind {
            LIST,
            TUPLE,
            RANGE,
            KEYS,
            VALUES,
            ITEMS;

            boolean isIndexed() {
                return this == LIST || this == TUPLE || this == RANGE;
            }

            boolean isUnordered() {
                return this == KEYS || this == ITEMS;
            }
        }

        final Kind kind;
        final List<Value> items;
        /** How it prints, where the items do not tell. */
        final String label;

        private final long weight;
        private final int depth;

        Seq(Kind kind, List<? extends Value> items, String label) {
            Budget.checkItems(items.size());
            this.kind = kind;
            this.items = Collections.unmodifiableList(items);
            this.label = label;
            this.weight = weigh(1, items);
            this.depth = nest(items);
        }

        int size() {
            return items.size();
        }

        @Override
        public long weight() {
            return weight;
        }

        @Override
        public int depth() {
            return depth;
        }

        @Override
        public int compareTo(Seq other) {
            int order = Integer.compare(size(), other.size());
            for (int i = 0; i < size() && order == 0; i++) {
                order = order(items.get(i), other.items.get(i));
            }
            return order;
        }

        @Override
        public boolean equals(Object other) {
            if (this == other) {
                return true;
            }
            if (!(other instanceof Seq seq) || seq.kind != kind || kind == Kind.VALUES) {
                return false;
            }
            return kind.isUnordered() ? new HashSet<>(items).equals(new HashSet<>(seq.items)) : items.equals(seq.items);
        }

        @Override
        public int hashCode() {
            if (kind != Kind.TUPLE && kind != Kind.RANGE) {
                throw new TemplateError("a list cannot be the key of a dict");
            }
            return items.hashCode();
        }
    }

    final class Dict implements Value {
        static final Dict EMPTY = new Dict(Map.of());

        final Map<Value, Value> entries;

        private final long weight;
        private final int depth;

        Dict(Map<Value, Value> entries) {
            Budget.checkItems(entries.size());
            this.entries = Collections.unmodifiableMap(entries);
            this.weight = weigh(weigh(1, entries.keySet()), entries.values());
            this.depth = nest(entries.values());
        }

        static Dict ofNames(Map<Text, Value> entries) {
            return new Dict(new LinkedHashMap<>(entries));
        }

        Value get(Value key) {
            return entries.get(key);
        }

        @Override
        public long weight() {
            return weight;
        }

        @Override
        public int depth() {
            return depth;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Dict dict && dict.entries.equals(entries);
        }

        @Override
        public int hashCode() {
            throw new TemplateError("a dict cannot be the key of a dict");
        }
    }

    /** A namespace, the one value that a template can change. */
    final class Namespace implements Value {
        final Map<Text, Value> attributes = new LinkedHashMap<>();
    }

    /** A generator, whose items can be gone through once. */
    final class Generator implements Value {
        final Iterator<Value> items;

        Generator(Iterator<Value> items) {
            this.items = items;
        }
    }

    /** A value that can be called: a macro, a method, a global function, the loop itself. */
    non-sealed interface Function extends Value {
        Value call(Interpreter interpreter, Args args);
    }

    private static int order(Value left, Value right) {
        if (left instanceof Text a && right instanceof Text b) {
            return a.compareTo(b);
        }
        if (left instanceof Number a && right instanceof Number b) {
            return Numbers.compare(a, b);
        }
        if (left instanceof Seq a && right instanceof Seq b) {
            return a.compareTo(b);
        }
        return left.getClass().getName().compareTo(right.getClass().getName());
    }

    private static long weigh(long start, Iterable<? extends Value> items) {
        long sum = start;
        for (Value item : items) {
            long weight = item.weight();
            sum = sum > Long.MAX_VALUE - weight - 1 ? Long.MAX_VALUE / 2 : sum + weight;
        }
        return Math.min(sum, Long.MAX_VALUE / 4);
    }

    private static int nest(Iterable<? extends Value> items) {
        int deepest = 0;
        for (Value item : items) {
            deepest = Math.max(deepest, item.depth());
        }
        if (deepest >= Budget.MAX_VALUE_DEPTH) {
            throw new TemplateError("lists and dicts are nested over " + Budget.MAX_VALUE_DEPTH + " deep");
        }
        return deepest + 1;
    }
}
