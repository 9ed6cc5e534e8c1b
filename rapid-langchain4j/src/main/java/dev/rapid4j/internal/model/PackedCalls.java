package dev.rapid4j.internal.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Calls of several threads into the networks on a device, one at a time: side by side they would take each other's
 * cores and memory. Those that can go together become one, which reads the weights once for all of them.
 *
 * <p>There is no thread for it. Of the threads that have a call to make, one makes the next for all who can go with it,
 * while the others wait, and meanwhile further ones come. Parts of prompts and rounds of answers get as much of the
 * time as the other, where both are waiting; among each, who has waited longest comes first.
 */
final class PackedCalls {

    /**
     * Most tokens of a call of several: fewer than the 128 from which on 8-bit products are less exact ({@code is_few}
     * in {@code decoder.py}), as what a token's logits are must not depend on who asks at the same time. From about as
     * many on, arithmetic takes longer than reading weights, so that there is nothing to win.
     */
    static final int MOST_TOKENS = 127;

    /**
     * For those that have just got what they asked for, and mostly go on with the next round at once, a call waits a
     * fraction of what the last round took: together they take little longer than one.
     */
    private static final int WAITING_SHARE = 4;

    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition ended = lock.newCondition();
    /** In order of arrival. */
    private final List<Call<?, ?>> waiting = new ArrayList<>();
    /** Those that may come back at any moment. */
    private final Set<Thread> expected = new HashSet<>();

    private boolean running;
    private long roundNanos;
    /** What parts of prompts have taken more than rounds that were waiting, in nanoseconds. */
    private long readingAhead;

    PackedCalls() {
        this(System::nanoTime);
    }

    /** @param nanoTime a clock */
    PackedCalls(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * A kind of call into one network.
     *
     * @param reads whether it is part of reading a prompt, and not of a round
     * @param program has an output for each input. May fail, and be called again with the same inputs one by one
     */
    record Kind<I, O>(boolean reads, Function<List<I>, List<O>> program) {}

    /** What a thread waits for; all but the first three are guarded by the lock. */
    private static final class Call<I, O> {

        private final Kind<I, O> kind;
        private final I input;
        private final int tokens;
        private final Thread caller = Thread.currentThread();
        private Optional<O> output = Optional.empty();
        private Throwable failure;
        private boolean ended;

        Call(Kind<I, O> kind, I input, int tokens) {
            this.kind = kind;
            this.input = input;
            this.tokens = tokens;
        }

        O result() {
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure != null) {
                throw (RuntimeException) failure;
            }
            return output.orElseThrow();
        }
    }

    /**
     * Has a call made, and waits for its end, interrupted or not.
     *
     * @param kind what has the same one, not an equal one, may go together
     * @param tokens that go through the network
     * @throws RuntimeException what the call by itself has failed with
     */
    <I, O> O call(Kind<I, O> kind, I input, int tokens) {
        Call<I, O> call = new Call<>(kind, input, tokens);
        lock.lock();
        try {
            waiting.add(call);
            expected.remove(call.caller);
            arrived.signal();
            while (!call.ended) {
                if (running) {
                    ended.awaitUninterruptibly();
                } else {
                    runNext();
                }
            }
        } finally {
            lock.unlock();
        }
        return call.result();
    }

    /** Calls that wait for the one that is being made. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void runNext() {
        running = true;
        try {
            awaitExpected();
            List<Call<?, ?>> together = takeNext();
            long begin = nanoTime.getAsLong();
            lock.unlock();
            try {
                run(together);
            } finally {
                lock.lock();
                end(together, nanoTime.getAsLong() - begin);
            }
        } finally {
            running = false;
            ended.signalAll();
        }
    }

    /** Who does not come in time is not waited for again before the next call. */
    private void awaitExpected() {
        long left = roundNanos / WAITING_SHARE;
        boolean interrupted = false;
        while (left > 0 && !expected.isEmpty()) {
            try {
                left = arrived.awaitNanos(left);
            } catch (InterruptedException e) {
                interrupted = true;
                left = 0;
            }
        }
        expected.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Call<?, ?>> takeNext() {
        Optional<Call<?, ?>> reading =
                waiting.stream().filter(call -> call.kind.reads()).findFirst();
        Optional<Call<?, ?>> round =
                waiting.stream().filter(call -> !call.kind.reads()).findFirst();
        Call<?, ?> first = round.filter(call -> readingAhead > 0)
                .or(() -> reading)
                .or(() -> round)
                .orElseThrow();
        List<Call<?, ?>> together = new ArrayList<>(List.of(first));
        int tokens = first.tokens;
        for (Call<?, ?> call : waiting) {
            if (call != first && call.kind == first.kind && tokens + call.tokens <= MOST_TOKENS) {
                together.add(call);
                tokens += call.tokens;
            }
        }
        waiting.removeAll(together);
        return together;
    }

    private void end(List<Call<?, ?>> together, long nanos) {
        boolean reading = together.get(0).kind.reads();
        boolean othersWait = waiting.stream().anyMatch(call -> call.kind.reads() != reading);
        if (!reading) {
            roundNanos = nanos;
        }
        // what nobody has waited for is not to be made up for
        readingAhead = othersWait ? readingAhead + (reading ? nanos : -nanos) : 0;
        for (Call<?, ?> call : together) {
            call.ended = true;
            expected.add(call.caller);
        }
    }

    /** All have an output, or a failure, when this returns. */
    @SuppressWarnings("unchecked")
    private static <I, O> void run(List<Call<?, ?>> together) {
        // of one kind, and so of the same types
        List<Call<I, O>> calls =
                together.stream().map(call -> (Call<I, O>) call).toList();
        try {
            runAsOne(calls);
        } catch (RuntimeException e) {
            if (calls.size() == 1) {
                calls.get(0).failure = e;
            } else {
                // what one of them has brought must not be the others' failure
                calls.forEach(call -> run(List.<Call<?, ?>>of(call)));
            }
        } catch (Error e) {
            calls.forEach(call -> call.failure = e);
        }
    }

    private static <I, O> void runAsOne(List<Call<I, O>> calls) {
        List<O> outputs = calls.get(0)
                .kind
                .program()
                .apply(calls.stream().map(call -> call.input).toList());
        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).output = Optional.of(outputs.get(i));
        }
    }
}
