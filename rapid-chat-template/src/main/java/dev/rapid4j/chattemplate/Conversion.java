package dev.rapid4j.chattemplate;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns Java's objects into values of a template.
 *
 * @param variable the variable that holds them, for error messages
 */
record Conversion(Budget budget, String variable) {

    Value convert(Object value) {
        return convert(value, 0);
    }

    private Value convert(Object value, int depth) {
        budget.charge(Budget.NODE);
        if (depth > Budget.MAX_VALUE_DEPTH) {
            throw new TemplateError("'" + variable + "' is nested over " + Budget.MAX_VALUE_DEPTH + " deep");
        }
        if (value == null) {
            return Value.NONE;
        }
        if (value instanceof String string) {
            return text(string, false);
        }
        if (value instanceof ChatTemplate.Trusted string) {
            return text(string.text(), true);
        }
        if (value instanceof RenderedChat chat) {
            return text(chat);
        }
        if (value instanceof Boolean bool) {
            return Value.of(bool);
        }
        if (value instanceof Number number) {
            return number(number);
        }
        if (value instanceof Collection<?> items) {
            List<Value> list = new ArrayList<>();
            items.forEach(item -> list.add(convert(item, depth + 1)));
            return Value.list(list);
        }
        if (value instanceof Map<?, ?> map) {
            Map<Value, Value> entries = new LinkedHashMap<>();
            map.forEach((key, item) -> entries.put(text(String.valueOf(key), false), convert(item, depth + 1)));
            return new Value.Dict(entries);
        }
        throw new TemplateError("'" + variable + "' holds a " + value.getClass().getName()
                + "; a template sees strings, numbers, booleans, null, collections and maps");
    }

    private Text text(RenderedChat chat) {
        TextBuilder builder = new TextBuilder();
        for (RenderedChat.Span span : chat.spans()) {
            budget.allowFor(span.text().length());
            builder.append(span.text(), span.trusted());
        }
        return builder.build();
    }

    private Text text(String string, boolean trusted) {
        budget.allowFor(string.length());
        Budget.checkLength(string.length());
        return Text.of(string, trusted);
    }

    private static Value number(Number number) {
        if (number instanceof BigInteger integer) {
            return new Value.Int(integer);
        }
        boolean real = number instanceof Double || number instanceof Float || number instanceof BigDecimal;
        return real ? new Value.Float(number.doubleValue()) : Value.of(number.longValue());
    }
}
