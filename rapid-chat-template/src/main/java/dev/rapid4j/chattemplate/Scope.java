package dev.rapid4j.chattemplate;

import java.util.HashMap;
import java.util.Map;

/** The names of a part of the template with their values. What is set in a scope is not seen outside of it. */
final class Scope {
    private final Scope outer;
    private final Map<String, Value> values = new HashMap<>();

    Scope(Scope outer) {
        this.outer = outer;
    }

    Value get(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value value = scope.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return new Value.Undefined("'" + name + "' is undefined");
    }

    void set(String name, Value value) {
        values.put(name, value);
    }
}
