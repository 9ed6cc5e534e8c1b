package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.CacheMemory;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.torch.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides with which caches the needs of a request are met, and which idle ones have to go for them; changes none.
 *
 * @param idle the most recently used first
 * @param lent those in use
 * @param written whether an idle cache is put on the disk before it goes
 */
record CachePlanner(Deque<IdleCache> idle, Collection<CacheLoan> lent, Predicate<IdleCache> written) {

    /** Fewer tokens are read about as fast as they are waited for. */
    private static final int LEAST_AWAITED = 128;

    /** A cache that holds the beginning of a prompt; of one in use {@code idle} is empty. */
    record Beginning(KeyValueCache cache, Optional<IdleCache> idle, int common) {}

    /** What becomes of a cache that holds the beginning of a prompt. */
    enum Use {
        TAKEN,
        /** It stays what it is, and a new one begins with its tokens. */
        BRANCHED,
        /** What it holds beside is written first, as there is no memory to have it stay. */
        WRITTEN_AND_TAKEN
    }

    /**
     * How a need is met.
     *
     * @param from empty: by a new cache
     * @param inFreeMemory only if nothing has to go for it
     */
    record Choice(CacheNeed need, Optional<Beginning> from, Use use, boolean inFreeMemory) {

        boolean takes() {
            return from.isPresent() && use != Use.BRANCHED;
        }

        /** Of the tokens that are there, those that stay. */
        int common() {
            int common = from.map(Beginning::common).orElse(0);
            return use == Use.BRANCHED ? Math.min(common, need.promptLength()) : common;
        }

        /** Memory that it takes beside what is there: of a cache that is taken, what it has not written yet. */
        long bytes(Device device) {
            if (takes() && from.get().cache().hasRoom(common(), need.tokens(), need.extent())) {
                return from.get().cache().unwrittenBytes(device);
            }
            // a cache that grows is in memory twice
            int shared = use == Use.BRANCHED ? from.get().cache().shared(common()) : 0;
            return need.model().cacheBytes(device, need.capacity(), shared, need.extent());
        }
    }

    /** How all needs of a request are met, and what has to go for it. */
    record Plan(List<Choice> choices, List<IdleCache> leaving) {}

    /**
     * @param free memory of each device that any of the models uses, in bytes
     * @return empty if there is no room for all of the needs
     */
    Optional<Plan> plan(List<CacheNeed> needs, Map<Device, Long> free) {
        return plan(needs, List.of(), free);
    }

    private Optional<Plan> plan(List<CacheNeed> needs, List<Choice> chosen, Map<Device, Long> free) {
        if (chosen.size() == needs.size()) {
            return leavingFor(chosen, free)
                    .filter(leaving -> leaving.isEmpty() || chosen.stream().noneMatch(Choice::inFreeMemory))
                    .map(leaving -> new Plan(chosen, leaving));
        }
        return choices(needs.get(chosen.size()), chosen).stream()
                .map(choice -> plan(
                        needs, Stream.concat(chosen.stream(), Stream.of(choice)).toList(), free))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The best first. */
    private List<Choice> choices(CacheNeed need, List<Choice> others) {
        List<Choice> choices = new ArrayList<>();
        Optional<Beginning> best = best(need, others);
        best.ifPresent(from -> {
            boolean taken = from.idle().isPresent() && !from.cache().isReadBehind(from.common());
            boolean losesMuch =
                    from.idle().filter(entry -> losesMuch(entry, from.common())).isPresent();
            if (!taken || losesMuch) {
                choices.add(new Choice(need, best, Use.BRANCHED, taken));
            }
            if (taken) {
                choices.add(new Choice(need, best, losesMuch ? Use.WRITTEN_AND_TAKEN : Use.TAKEN, false));
            }
        });
        choices.add(new Choice(need, Optional.empty(), Use.TAKEN, false));
        return choices;
    }

    /** The cache that a prompt goes on with; of equal ones an idle one, of these the most recently used. */
    private Optional<Beginning> best(CacheNeed need, List<Choice> others) {
        List<KeyValueCache> chosen = others.stream()
                .flatMap(choice -> choice.from().stream())
                .map(Beginning::cache)
                .toList();
        Stream<Beginning> used = lent.stream()
                .filter(loan -> loan.model() == need.model())
                .map(loan -> beginning(loan, need))
                .flatMap(Optional::stream);
        return Stream.concat(bestIdle(need, chosen).stream(), used)
                .filter(from -> !chosen.contains(from.cache()))
                .max(Comparator.comparingInt(Beginning::common));
    }

    Optional<Beginning> bestIdle(CacheNeed need, List<KeyValueCache> others) {
        return idle.stream()
                .filter(entry -> entry.model() == need.model() && !others.contains(entry.cache()))
                .map(entry -> new Beginning(entry.cache(), Optional.of(entry), common(entry.cache(), need)))
                // taking a cache loses what stands behind the common prefix: not for a mere system message
                .filter(from -> 2 * from.common() >= from.cache().length())
                .max(Comparator.comparingInt(Beginning::common));
    }

    private static Optional<Beginning> beginning(CacheLoan loan, CacheNeed need) {
        int common = Math.min(loan.standing(), common(loan.cache(), need));
        // not for a mere system message
        return common > 0 && 2 * common >= loan.standing()
                ? Optional.of(new Beginning(loan.cache(), Optional.empty(), common))
                : Optional.empty();
    }

    private static int common(KeyValueCache cache, CacheNeed need) {
        return cache.commonPrefix(need.prompt(), need.prompt().length);
    }

    /** Whether a cache holds much behind what it has in common with a prompt that is not on the disk yet. */
    private boolean losesMuch(IdleCache entry, int common) {
        return written.test(entry) && !entry.written && entry.cache().length() - common >= StoredCaches.LEAST_TOKENS;
    }

    /**
     * Idle caches that have to go, the least recently used first, so that there is memory on each device.
     *
     * @return empty if there would be none without any of them
     */
    private Optional<List<IdleCache>> leavingFor(List<Choice> choices, Map<Device, Long> free) {
        List<KeyValueCache> staying = choices.stream()
                .flatMap(choice -> choice.from().stream())
                .map(Beginning::cache)
                .toList();
        List<IdleCache> leaving = new ArrayList<>();
        Iterator<IdleCache> oldest = idle.descendingIterator();
        while (isMissing(choices, free, leaving) && oldest.hasNext()) {
            IdleCache entry = oldest.next();
            if (!staying.contains(entry.cache())) {
                leaving.add(entry);
            }
        }
        if (isMissing(choices, free, leaving)) {
            return Optional.empty();
        }
        // what is on another device, or what others read, makes no room
        for (IdleCache entry : List.copyOf(leaving)) {
            List<IdleCache> fewer = new ArrayList<>(leaving);
            fewer.remove(entry);
            if (!isMissing(choices, free, fewer)) {
                leaving = fewer;
            }
        }
        return Optional.of(leaving);
    }

    private static boolean isMissing(List<Choice> choices, Map<Device, Long> free, List<IdleCache> leaving) {
        return free.entrySet().stream()
                .anyMatch(device -> choices.stream()
                                .mapToLong(choice -> choice.bytes(device.getKey()))
                                .sum()
                        > device.getValue() + freed(leaving, device.getKey()));
    }

    /** Memory that nobody holds when these are closed; what they have not written is free already. */
    private static long freed(List<IdleCache> leaving, Device device) {
        Map<CacheMemory, Long> users = leaving.stream()
                .flatMap(entry -> entry.cache().memory().stream())
                .collect(Collectors.groupingBy(memory -> memory, Collectors.counting()));
        return users.entrySet().stream()
                .filter(memory -> memory.getKey().users() == memory.getValue())
                .mapToLong(memory -> memory.getKey().writtenBytes(device))
                .sum();
    }

    /** Whether another request will have read so much more of a prompt that it is worth waiting for. */
    boolean isWorthWaitingFor(CacheLoan reader, CacheNeed need) {
        int[] prompt = reader.need().orElseThrow().prompt();
        int difference = Arrays.mismatch(prompt, need.prompt());
        int common = difference < 0 ? need.promptLength() : Math.min(difference, need.promptLength());
        int known = Math.max(
                reader.cache().length(),
                best(need, List.of()).map(Beginning::common).orElse(0));
        return common - known >= LEAST_AWAITED
                && 2 * common >= prompt.length
                && reader.cache().keeps(common, prompt.length);
    }
}
