package dev.rapid4j.samples.evaluation.data;

import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** The records of a file that are tasks. */
final class TaskIterator<T extends Task> implements Iterator<T> {

    private final RecordSource records;
    private final Function<Fields, T> conversion;
    private final Consumer<SkippedRecord> skipped;
    private final Set<String> ids = new HashSet<>();
    private Optional<T> next = Optional.empty();
    private boolean ended;

    TaskIterator(RecordSource records, Function<Fields, T> conversion, Consumer<SkippedRecord> skipped) {
        this.records = records;
        this.conversion = conversion;
        this.skipped = skipped;
    }

    @Override
    public boolean hasNext() {
        while (next.isEmpty() && !ended) {
            advance();
        }
        return next.isPresent();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        T task = next.get();
        next = Optional.empty();
        return task;
    }

    private void advance() {
        Optional<Fields> fields = Optional.empty();
        try {
            fields = records.next();
            ended = fields.isEmpty();
            next = fields.map(conversion);
            next.filter(task -> !ids.add(task.id())).ifPresent(task -> {
                next = Optional.empty();
                throw new InvalidRecordException("another record has this id");
            });
        } catch (InvalidRecordException e) {
            skipped.accept(new SkippedRecord(records.number(), fields.flatMap(Fields::id), e.getMessage()));
        }
    }
}
