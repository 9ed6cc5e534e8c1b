package dev.rapid4j.chattemplate;

import java.util.List;
import java.util.Map;

/** The evaluated arguments of a call. Names are texts: with {@code **} a value brings its own. */
record Args(List<Value> positional, Map<Text, Value> named) {
    static final Args NONE = new Args(List.of(), Map.of());

    /**
     * The arguments in the order of the parameters, null where one was not given.
     *
     * @param required how many of the parameters must be given
     */
    Value[] bind(String function, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateError(function + "() takes at most " + parameters.length + " arguments but "
                    + positional.size() + " were given");
        }
        Value[] bound = positional.toArray(new Value[parameters.length]);
        int found = 0;
        for (int i = 0; i < parameters.length; i++) {
            Value value = named.get(Text.trusted(parameters[i]));
            if (value != null) {
                found++;
                if (bound[i] != null) {
                    throw new TemplateError(function + "() got two values for '" + parameters[i] + "'");
                }
                bound[i] = value;
            }
            if (bound[i] == null && i < required) {
                throw new TemplateError(function + "() needs the argument '" + parameters[i] + "'");
            }
        }
        if (found < named.size()) {
            throw new TemplateError(function + "() got an unexpected argument among " + named.keySet());
        }
        return bound;
    }

    Args withoutFirst() {
        return new Args(positional.subList(1, positional.size()), named);
    }
}
