package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Function;
import dev.rapid4j.chattemplate.Value.Namespace;
import dev.rapid4j.chattemplate.Value.Seq;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions every template can call. */
final class Globals {
    static final Map<String, Function> FUNCTIONS = Map.of(
            "range", Globals::range,
            "namespace", Globals::namespace,
            "dict", (interpreter, args) -> dict(interpreter, "dict", args),
            "raise_exception", Globals::raise,
            "strftime_now", Globals::now);

    private Globals() {}

    private static Value range(Interpreter interpreter, Args args) {
        Value[] bounds = args.bind("range", 1, "first", "second", "step");
        int start = bounds[1] == null ? 0 : Numbers.index(bounds[0], "a bound of range()");
        int stop = Numbers.index(bounds[1] == null ? bounds[0] : bounds[1], "a bound of range()");
        int step = bounds[2] == null ? 1 : Numbers.index(bounds[2], "the step of range()");
        if (step == 0) {
            throw new TemplateError("the step of range() cannot be zero");
        }
        long size = Math.max(0, ((long) stop - start + step - Integer.signum(step)) / step);
        if (size > Budget.MAX_RANGE) {
            throw new TemplateError("range() is limited to " + Budget.MAX_RANGE + " numbers");
        }
        interpreter.budget().charge(Budget.NODE * size);
        List<Value> numbers = new ArrayList<>((int) size);
        for (long i = 0; i < size; i++) {
            numbers.add(Value.of(start + i * step));
        }
        String label = "range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")");
        return new Seq(Seq.Kind.RANGE, numbers, label);
    }

    private static Value namespace(Interpreter interpreter, Args args) {
        Namespace namespace = new Namespace();
        dict(interpreter, "namespace", args).entries.forEach((name, value) -> set(namespace, Python.str(name), value));
        return namespace;
    }

    static void set(Namespace namespace, Text name, Value value) {
        if (name.chars().startsWith("_")) {
            throw new TemplateError("a namespace cannot hold a name with an underscore in front: '" + name + "'");
        }
        namespace.attributes.put(name, value);
    }

    private static Dict dict(Interpreter interpreter, String function, Args args) {
        Value start = new Args(args.positional(), Map.of()).bind(function, 0, "entries")[0];
        Map<Value, Value> entries = new LinkedHashMap<>();
        if (start instanceof Dict dict) {
            entries.putAll(dict.entries);
        } else if (start != null) {
            for (Value pair : interpreter.operators().toList(start)) {
                List<Value> keyAndValue = interpreter.operators().toList(pair);
                if (keyAndValue.size() != 2) {
                    throw new TemplateError(function + "() needs pairs");
                }
                entries.put(keyAndValue.get(0), keyAndValue.get(1));
            }
        }
        entries.putAll(args.named());
        interpreter.budget().charge((long) Budget.NODE * entries.size());
        return new Dict(entries);
    }

    private static Value raise(Interpreter interpreter, Args args) {
        throw new TemplateError(
                interpreter.str(args.bind("raise_exception", 1, "message")[0]).chars());
    }

    private static Value now(Interpreter interpreter, Args args) {
        if (!(args.bind("strftime_now", 1, "format")[0] instanceof Text format)) {
            throw new TemplateError("strftime_now() needs a format");
        }
        return Text.of(Strftime.format(format.chars(), LocalDateTime.now(interpreter.clock())), format.isTrusted());
    }
}
