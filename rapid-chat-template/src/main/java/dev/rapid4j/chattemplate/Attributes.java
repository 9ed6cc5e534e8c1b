package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Function;
import dev.rapid4j.chattemplate.Value.Namespace;
import dev.rapid4j.chattemplate.Value.Seq;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks up what a name after a dot stands for: a method, or a field of {@code loop} or of a namespace. */
final class Attributes {
    private static final Set<String> CHANGES_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> CHANGES_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Attributes() {}

    /** A method with the value it belongs to. */
    record Method(Value self, String name, Function body) implements Function {
        @Override
        public Value call(Interpreter interpreter, Args args) {
            return body.call(interpreter, args);
        }
    }

    /** The attribute of a value, or null if there is none of this name. */
    static Value of(Value value, String name) {
        if (value instanceof Text text) {
            TextMethods.Body body = TextMethods.ALL.get(name);
            return body == null
                    ? null
                    : new Method(text, name, (interpreter, args) -> {
                        chargeText(interpreter, text, args);
                        return body.call(interpreter, text, args);
                    });
        }
        if (value instanceof Dict dict) {
            return CHANGES_DICT.contains(name) ? unsafe("dict", name) : method(value, name, ofDict(dict, name));
        }
        if (value instanceof Seq seq) {
            boolean changes = seq.kind == Seq.Kind.LIST && CHANGES_LIST.contains(name);
            return changes ? unsafe("list", name) : method(value, name, ofSeq(seq, name));
        }
        if (value instanceof Namespace namespace) {
            return namespace.attributes.get(Text.trusted(name));
        }
        return value instanceof Loop loop ? loop.attribute(name) : null;
    }

    private static Value unsafe(String type, String name) {
        return new Undefined("a template may not change a " + type + " with '" + name + "'");
    }

    private static Value method(Value self, String name, Function body) {
        return body == null ? null : new Method(self, name, body);
    }

    private static void chargeText(Interpreter interpreter, Text text, Args args) {
        long work = text.length();
        for (Value arg : args.positional()) {
            work += arg instanceof Text other ? other.length() : 1;
        }
        interpreter.budget().charge(work);
    }

    private static Function ofDict(Dict dict, String name) {
        return switch (name) {
            case "get" ->
                (interpreter, args) -> {
                    Value[] bound = new Args(args.positional(), Map.of()).bind("get", 1, "key", "default");
                    if (!args.named().isEmpty()) {
                        throw new TemplateError("get() takes no arguments with names");
                    }
                    interpreter.budget().charge(bound[0].weight());
                    Value found = dict.get(bound[0]);
                    return found != null ? found : bound[1] != null ? bound[1] : Value.NONE;
                };
            case "keys" -> (interpreter, args) -> view(interpreter, Seq.Kind.KEYS, dict.entries.keySet());
            case "values" -> (interpreter, args) -> view(interpreter, Seq.Kind.VALUES, dict.entries.values());
            case "items" -> (interpreter, args) -> view(interpreter, Seq.Kind.ITEMS, pairs(dict));
            case "copy" -> (interpreter, args) -> dict;
            default -> null;
        };
    }

    static List<Value> pairs(Dict dict) {
        List<Value> pairs = new ArrayList<>(dict.entries.size());
        for (Map.Entry<Value, Value> entry : dict.entries.entrySet()) {
            pairs.add(Value.tuple(List.of(entry.getKey(), entry.getValue())));
        }
        return pairs;
    }

    private static Seq view(Interpreter interpreter, Seq.Kind kind, Collection<Value> items) {
        interpreter.budget().charge((long) Budget.NODE * items.size());
        return new Seq(kind, new ArrayList<>(items), null);
    }

    private static Function ofSeq(Seq seq, String name) {
        if (!seq.kind.isIndexed()) {
            return null;
        }
        return switch (name) {
            case "count" ->
                (interpreter, args) -> {
                    Value wanted = args.bind("count", 1, "value")[0];
                    long count = 0;
                    for (Value item : seq.items) {
                        interpreter.budget().charge(1);
                        count += interpreter.operators().equal(item, wanted) ? 1 : 0;
                    }
                    return Value.of(count);
                };
            case "index" ->
                (interpreter, args) -> {
                    Value wanted = args.bind("index", 1, "value")[0];
                    for (int i = 0; i < seq.size(); i++) {
                        interpreter.budget().charge(1);
                        if (interpreter.operators().equal(seq.items.get(i), wanted)) {
                            return Value.of(i);
                        }
                    }
                    throw new TemplateError("the value is not in the list");
                };
            case "copy" -> seq.kind == Seq.Kind.LIST ? (interpreter, args) -> seq : null;
            default -> null;
        };
    }
}
