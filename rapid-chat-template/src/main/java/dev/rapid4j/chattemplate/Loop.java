package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The variable {@code loop}. It reads ahead only when asked to, as conditions of loops may look at what the body sets.
 */
final class Loop implements Value.Function {
    private final BiFunction<Value, Integer, Value> recursion;
    private final int depth0;

    private Iterator<Value> items;
    private int index0 = -1;
    private int length = -1;
    private Value previous;
    private Value current;
    private Value next;
    private List<Value> lastChanged;

    /** @param recursion renders the loop over other items one level deeper; null if the loop is not recursive */
    Loop(Iterator<Value> items, int depth0, BiFunction<Value, Integer, Value> recursion) {
        this.items = items;
        this.depth0 = depth0;
        this.recursion = recursion;
    }

    boolean hasNext() {
        if (next == null && items.hasNext()) {
            next = items.next();
        }
        return next != null;
    }

    Value advance() {
        hasNext();
        previous = current;
        current = next;
        next = null;
        index0++;
        return current;
    }

    int length() {
        if (length < 0) {
            List<Value> rest = new ArrayList<>();
            items.forEachRemaining(item -> {
                Budget.checkItems(rest.size());
                rest.add(item);
            });
            length = index0 + 1 + (next == null ? 0 : 1) + rest.size();
            items = rest.iterator();
        }
        return length;
    }

    Value attribute(String name) {
        return switch (name) {
            case "index" -> Value.of(index0 + 1);
            case "index0" -> Value.of(index0);
            case "revindex" -> Value.of(length() - index0);
            case "revindex0" -> Value.of(length() - index0 - 1);
            case "first" -> Value.of(index0 == 0);
            case "last" -> Value.of(!hasNext());
            case "length" -> Value.of(length());
            case "depth" -> Value.of(depth0 + 1);
            case "depth0" -> Value.of(depth0);
            case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : previous;
            case "nextitem" -> hasNext() ? next : new Undefined("there is no next item");
            case "cycle" -> new Attributes.Method(this, name, this::cycle);
            case "changed" -> new Attributes.Method(this, name, this::changed);
            default -> null;
        };
    }

    private Value cycle(Interpreter interpreter, Args args) {
        if (args.positional().isEmpty()) {
            throw new TemplateError("loop.cycle() needs values");
        }
        return args.positional().get(index0 % args.positional().size());
    }

    private Value changed(Interpreter interpreter, Args args) {
        boolean changed = lastChanged == null
                || !interpreter.operators().equal(Value.tuple(lastChanged), Value.tuple(args.positional()));
        lastChanged = args.positional();
        return Value.of(changed);
    }

    @Override
    public Value call(Interpreter interpreter, Args args) {
        if (recursion == null) {
            throw new TemplateError("only a loop marked 'recursive' can be called");
        }
        return recursion.apply(args.bind("loop", 1, "items")[0], depth0 + 1);
    }
}
