package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.rapid4j.internal.grammar.SchemaValue.Alternative;
import dev.rapid4j.internal.grammar.SchemaValue.ArrayForm;
import dev.rapid4j.internal.grammar.SchemaValue.ObjectForm;
import dev.rapid4j.internal.grammar.SchemaValue.Others;
import dev.rapid4j.internal.grammar.SchemaValue.Property;
import dev.rapid4j.internal.grammar.SchemaValue.Scalar;
import dev.rapid4j.internal.grammar.Step.Call;
import dev.rapid4j.internal.grammar.Step.Loop;
import dev.rapid4j.internal.grammar.Step.Production;
import dev.rapid4j.internal.grammar.Step.Terminal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The steps that write a value. Between the brackets of objects and arrays and what is in them there may be a space or
 * a new line, before and behind which there is nothing: white space never goes on and on.
 */
final class SchemaSteps {

    /** Of all objects: properties times how many there may be. */
    private static final int MAX_PLACES = 200_000;

    private final Terminals terminals;
    private final Map<SchemaValue, Production> productions = new IdentityHashMap<>();
    private final Deque<SchemaValue> waiting = new ArrayDeque<>();
    private int places;

    SchemaSteps(Terminals terminals) {
        this.terminals = terminals;
    }

    /** The steps of a value and what comes behind it. */
    Step value(SchemaValue value, Step next) {
        Step first = call(value, next);
        while (!waiting.isEmpty()) {
            SchemaValue one = waiting.poll();
            productions.get(one).startsWith(alternatives(one, Step.RETURN));
        }
        return first;
    }

    private Step call(SchemaValue value, Step next) {
        if (value.alternatives().stream().allMatch(Scalar.class::isInstance)) {
            return alternatives(value, next);
        }
        Production production = productions.computeIfAbsent(value, fresh -> {
            waiting.add(fresh);
            return new Production();
        });
        return new Call(production, next);
    }

    private Step alternatives(SchemaValue value, Step next) {
        List<Step> ways = new ArrayList<>();
        for (Alternative alternative : value.possibleAlternatives()) {
            if (alternative instanceof Scalar scalar) {
                ways.add(new Terminal(scalar.automaton(), next));
            } else if (alternative instanceof ArrayForm array) {
                ways.add(array(array, next));
            } else {
                ways.add(new ObjectSteps((ObjectForm) alternative, next).start());
            }
        }
        return Step.fork(ways);
    }

    private Step text(String text, Step next) {
        return new Terminal(terminals.literal(text), next);
    }

    private Step blank(Step next) {
        return new Terminal(terminals.blank(), new Step[] {next}, true);
    }

    private Step array(ArrayForm array, Step next) {
        Step bracket = text("]", next);
        Step close = blank(bracket);
        int first = array.first().size();
        int reachable = 0;
        while (reachable < Math.min(first, array.most()) && array.item(reachable) != null) {
            reachable++;
        }
        SchemaValue rest = reachable == first ? array.item(first) : null;
        // behind the items that have schemas of their own, or behind the first one
        int before = Math.max(first, 1);
        Step behind = close;
        if (rest != null && array.most() > before) {
            int most = array.most() == Rule.Repetition.UNBOUNDED ? array.most() : array.most() - before;
            Step more = text(",", blank(call(rest, Step.RETURN)));
            behind = new Loop(more, Math.max(0, array.least() - before), most, close);
        }
        for (int i = reachable - 1; i > 0; i--) {
            Step more = text(",", blank(call(array.item(i), behind)));
            behind = array.least() <= i ? Step.fork(List.of(more, close)) : more;
        }
        List<Step> ways = new ArrayList<>();
        if (array.most() > 0 && array.item(0) != null) {
            ways.add(call(array.item(0), behind));
        }
        if (array.least() == 0) {
            ways.add(bracket);
        }
        return text("[", blank(Step.fork(ways)));
    }

    /** The steps of one object: where it is, is the next property that may come and how many there are. */
    private final class ObjectSteps {

        private final ObjectForm object;
        private final List<Property> properties;
        private final Words names;
        private final boolean counted;

        /** How many there may be, or need to be: behind that they need not be counted. */
        private final int most;

        private final Step close;
        private final Map<Integer, Step[]> valuesByCount = new HashMap<>();

        ObjectSteps(ObjectForm object, Step next) {
            this.object = object;
            properties = object.properties().stream()
                    .filter(property -> property.value().isPossible())
                    .toList();
            names = Words.of(properties.stream()
                    .map(property -> TextNode.valueOf(property.name()).toString())
                    .toList());
            long required = properties.stream().filter(Property::required).count();
            boolean bounded = object.most() < properties.size()
                    || object.most() < Integer.MAX_VALUE && !object.others().isEmpty();
            counted = bounded || object.least() > required;
            most = bounded ? object.most() : object.least();
            close = text("}", next);
        }

        Step start() {
            // from the last property, as each leads to those behind it
            int counts = counted ? most + 1 : 1;
            places += (properties.size() + 1) * counts;
            if (places > MAX_PLACES || places < 0) {
                throw new UnsupportedSchemaException("minProperties and maxProperties are not supported for so many"
                        + " properties (%,d)".formatted(properties.size()));
            }
            Step[] first = null;
            for (int i = properties.size(); i >= 0; i--) {
                Step[] more = new Step[counts];
                for (int count = 0; count < counts; count++) {
                    more[count] = place(i, count, false);
                }
                if (i == 0) {
                    first = new Step[] {place(0, 0, true)};
                } else {
                    Property property = properties.get(i - 1);
                    for (int count = 0; count < counts; count++) {
                        Step value = more[Math.min(count + 1, counts - 1)];
                        if (value != null && !(counted && bounded() && count + 1 > most)) {
                            values(count)[i - 1] = colon(call(property.value(), value));
                        }
                    }
                }
            }
            if (first[0] == null) {
                throw new UnsupportedSchemaException(
                        "minProperties and maxProperties leave no way to have all required properties");
            }
            return text("{", first[0]);
        }

        private boolean bounded() {
            return most == object.most();
        }

        private Step[] values(int count) {
            return valuesByCount.computeIfAbsent(count, fresh -> new Step[properties.size()]);
        }

        private Step colon(Step next) {
            return text(":", new Terminal(terminals.blankBehindColon(), new Step[] {next}, true));
        }

        /**
         * Behind so many properties, of which the last was before number {@code from}; {@code null} if none may follow.
         */
        private Step place(int from, int count, boolean first) {
            int required = from;
            while (required < properties.size() && !properties.get(required).required()) {
                required++;
            }
            boolean open = required == properties.size();
            int last = open ? required - 1 : required;
            List<Step> ways = new ArrayList<>();
            Step[] values = values(count);
            int missing = counted ? object.least() - count : 0;
            int left = counted && bounded() ? most - count : Integer.MAX_VALUE;
            ways.addAll(named(from, last, values));
            if (open && left > 0) {
                ways.addAll(others(missing, left));
            }
            boolean whole = open && missing <= 0;
            if (first) {
                if (whole) {
                    ways.add(close);
                }
                return ways.isEmpty() ? null : blank(Step.fork(ways));
            }
            List<Step> all = new ArrayList<>();
            if (!ways.isEmpty()) {
                all.add(text(",", blank(Step.fork(ways))));
            }
            if (whole) {
                all.add(blank(close));
            }
            return all.isEmpty() ? null : Step.fork(all);
        }

        /** Properties from one to another of which a value may come behind so many. */
        private List<Step> named(int from, int to, Step[] values) {
            List<Step> ways = new ArrayList<>();
            int start = from;
            for (int i = from; i <= to + 1; i++) {
                if (i == to + 1 || values[i] == null) {
                    if (start < i) {
                        ways.add(new Terminal(names.part(start, i - 1), values, false));
                    }
                    start = i + 1;
                }
            }
            return ways;
        }

        private List<Step> others(int missing, int left) {
            List<Others> possible = object.others().stream()
                    .filter(other -> other.value().isPossible())
                    .toList();
            if (possible.isEmpty()) {
                return List.of();
            }
            int rounds = left == Integer.MAX_VALUE ? Rule.Repetition.UNBOUNDED : left - 1;
            Step more = text(",", blank(others(possible, Step.RETURN)));
            return List.of(others(possible, new Loop(more, Math.max(0, missing - 1), rounds, blank(close))));
        }

        private Step others(List<Others> possible, Step next) {
            return Step.fork(possible.stream()
                    .<Step>map(other -> new Terminal(other.names(), colon(call(other.value(), next))))
                    .toList());
        }
    }
}
