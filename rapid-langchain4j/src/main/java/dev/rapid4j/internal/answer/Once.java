package dev.rapid4j.internal.answer;

import java.util.function.Supplier;

/** What takes a while to make, and is not always asked for. Safe to use from several threads. */
final class Once<T> implements Supplier<T> {

    private final Supplier<T> source;
    private T made;

    Once(Supplier<T> source) {
        this.source = source;
    }

    @Override
    public synchronized T get() {
        if (made == null) {
            made = source.get();
        }
        return made;
    }
}
