package dev.rapid4j.chattemplate;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Predicate;

/** The items that satisfy a condition, which is asked when an item is wanted. */
final class SelectedItems implements Iterator<Value> {
    private final Iterator<Value> items;
    private final Predicate<Value> condition;
    private Value next;

    SelectedItems(Iterator<Value> items, Predicate<Value> condition) {
        this.items = items;
        this.condition = condition;
    }

    @Override
    public boolean hasNext() {
        while (next == null && items.hasNext()) {
            Value item = items.next();
            next = condition.test(item) ? item : null;
        }
        return next != null;
    }

    @Override
    public Value next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Value item = next;
        next = null;
        return item;
    }
}
