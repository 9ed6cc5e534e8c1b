package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.CacheMemory;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KV caches of running requests and of recent conversations, the latter up to a number of bytes: a follow-up
 * question on the same document finds it read already, and so does another one that is asked meanwhile. Safe to use
 * from several threads.
 *
 * <p>A request takes all caches that it needs at once, and waits for them in order of arrival while it holds none.
 */
final class CachePool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

    /** Fewer tokens are read about as fast as they are waited for. */
    private static final int LEAST_AWAITED = 128;

    /** How soon who waits notices that it is cancelled, and tells how far it is what it waits for. */
    private static final long POLL_MILLIS = 50;

    /** How often who waits looks whether others than this have made room. */
    private static final int POLLS_OF_A_LOOK = 20;

    /** A cache that nobody uses. */
    private static final class Entry {

        final LanguageModel model;
        final KeyValueCache cache;
        /** Whether it is worth a place on the disk. */
        final boolean kept;
        /** Whether it has one already. */
        boolean written;

        Entry(LanguageModel model, KeyValueCache cache, boolean kept) {
            this.model = model;
            this.cache = cache;
            this.kept = kept;
        }

        LanguageModel model() {
            return model;
        }

        KeyValueCache cache() {
            return cache;
        }
    }

    /**
     * A cache that a request needs; from {@link #need} or {@link #needForRows}.
     *
     * @param prompt what will be read
     * @param tokens prompt and answer
     * @param readsAtOnce whether all of the prompt is certainly read, so that others can wait for it
     */
    record Need(LanguageModel model, int[] prompt, int tokens, CacheExtent extent, boolean readsAtOnce) {

        int capacity() {
            return Math.min(model.contextLength(), inSteps(tokens));
        }

        /** Its prompt is read whatever becomes of the request, unless this ends. */
        Need readAtOnce() {
            return new Need(model, prompt, tokens, extent, true);
        }

        /** Of the prompt, so many have their keys and values computed before others are asked for logits. */
        private int promptLength() {
            return Math.max(0, prompt.length - 1);
        }
    }

    /** A cache in use, or about to be closed. */
    private record Loan(LanguageModel model, KeyValueCache cache, Optional<Need> need) {

        /** Tokens, from the first on, that its user will not take back. */
        int standing() {
            return need.map(wanted -> Math.min(wanted.promptLength(), cache.length()))
                    .orElse(0);
        }

        boolean isReading() {
            return need.filter(Need::readsAtOnce)
                    .filter(wanted -> cache.length() < wanted.promptLength())
                    .isPresent();
        }
    }

    /** A cache that holds the beginning of a prompt; of one in use {@code idle} is empty. */
    private record Beginning(KeyValueCache cache, Optional<Entry> idle, int common) {}

    /** What becomes of a cache that holds the beginning of a prompt. */
    private enum Use {
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
    private record Choice(Need need, Optional<Beginning> from, Use use, boolean inFreeMemory) {

        private boolean takes() {
            return from.isPresent() && use != Use.BRANCHED;
        }

        /** Of the tokens that are there, those that stay. */
        int common() {
            int common = from.map(Beginning::common).orElse(0);
            return use == Use.BRANCHED ? Math.min(common, need.promptLength()) : common;
        }

        /** Memory that it takes beside what is there. */
        long bytes(Device device) {
            if (takes() && from.get().cache().hasRoom(common(), need.tokens(), need.extent())) {
                return 0;
            }
            // a cache that grows is in memory twice
            int shared = use == Use.BRANCHED ? from.get().cache().shared(common()) : 0;
            return need.model().cacheBytes(device, need.capacity(), shared, need.extent());
        }
    }

    /** How all needs of a request are met, and what has to go for it. */
    private record Plan(List<Choice> choices, List<Entry> leaving) {}

    /** A request that waits. */
    private static final class Ticket {

        /** Whether for another one that is reading its prompt; then it lets others pass. */
        boolean awaitsReading;
    }

    private final long maxBytes;
    private final Optional<StoredCaches> stored;
    private final ToLongFunction<Device> availableMemory;
    /** The most recently used first. */
    private final Deque<Entry> idle = new ArrayDeque<>();

    private final Map<KeyValueCache, Loan> lent = new LinkedHashMap<>();

    /** In order of arrival. */
    private final Deque<Ticket> waiting = new ArrayDeque<>();

    /** Whether a request gets its caches, and the disk what has to go for them; the pool itself is not locked then. */
    private boolean handingOut;

    /** How often there may have become more room. */
    private int changes;

    /** Who needs the machine, or what is to be written, whether with a cache or not. */
    private int users;

    private boolean closed;

    /** @param stored where long prompts go that leave memory */
    CachePool(long maxBytes, Optional<StoredCaches> stored) {
        this(maxBytes, stored, Torch::availableMemory);
    }

    /** @param availableMemory of a device, in bytes */
    CachePool(long maxBytes, Optional<StoredCaches> stored, ToLongFunction<Device> availableMemory) {
        this.maxBytes = maxBytes;
        this.stored = stored;
        this.availableMemory = availableMemory;
    }

    /** @param tokens room that is needed, prompt and answer */
    Need need(LanguageModel model, int[] prompt, int tokens) {
        return new Need(model, prompt, tokens, extent(model, tokens - prompt.length), false);
    }

    /**
     * For tokens that another cache of the same model holds, and some more.
     *
     * @param tokens room that is needed
     */
    static Need needForRows(LanguageModel model, int tokens) {
        return new Need(model, new int[0], tokens, CacheExtent.WINDOW_OF_ANOTHER, false);
    }

    private CacheExtent extent(LanguageModel model, int answer) {
        boolean written = stored.filter(disk -> disk.areOf(model)).isPresent();
        return written ? CacheExtent.ALL : CacheExtent.window(inSteps(answer));
    }

    private static int inSteps(int tokens) {
        long steps = ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP;
        return (int) Math.min(Integer.MAX_VALUE, steps * CAPACITY_STEP);
    }

    /** {@link #take(List, GenerationListener)} of one. */
    KeyValueCache take(Need need, GenerationListener listener) {
        return take(List.of(need), listener).get(0);
    }

    /**
     * Caches that hold as much of the prompts as any does; they belong to the caller until {@link #giveBack} or
     * {@link #discard}. Waits for memory that others use, and for others that are reading the same, so the caller must
     * not hold any.
     *
     * @param listener told how far a reading is that is waited for, and asked whether to go on
     * @return one for each need
     * @throws RequestTooLargeException if a device's memory does not suffice even without all other caches, which are
     *     kept then
     */
    List<KeyValueCache> take(List<Need> needs, GenerationListener listener) {
        begin();
        try {
            Optional<List<KeyValueCache>> caches = Optional.empty();
            while (caches.isEmpty()) {
                caches = handOut(awaitPlan(needs, listener));
            }
            return caches.get();
        } finally {
            end();
        }
    }

    /** A cache for who holds others already, and must not wait; empty if there is no memory. */
    Optional<KeyValueCache> takeFree(Need need) {
        begin();
        try {
            Optional<Plan> plan;
            synchronized (this) {
                while (handingOut) {
                    await();
                }
                plan = plan(List.of(need));
                plan.ifPresent(this::claim);
            }
            return plan.flatMap(this::handOut).map(caches -> caches.get(0));
        } finally {
            end();
        }
    }

    private Plan awaitPlan(List<Need> needs, GenerationListener listener) {
        Ticket ticket = new Ticket();
        try {
            int seen = -1;
            for (int poll = 0; ; poll++) {
                OptionalInt read;
                synchronized (this) {
                    if (poll == 0) {
                        waiting.addLast(ticket);
                    } else {
                        await();
                    }
                    read = readByOthers(needs);
                    ticket.awaitsReading = read.isPresent();
                    boolean looks = poll % POLLS_OF_A_LOOK == 0 || seen != changes;
                    if (ticket.awaitsReading) {
                        seen = -1;
                    } else if (looks && isNext(ticket)) {
                        seen = changes;
                        Optional<Plan> plan = plan(needs);
                        if (plan.isPresent()) {
                            claim(plan.get());
                            return plan.get();
                        }
                        checkFits(needs);
                    }
                }
                if (poll > 0) {
                    read.ifPresent(done -> listener.onPrefill(done, needs.get(0).prompt().length));
                    listener.checkCancelled();
                }
            }
        } finally {
            synchronized (this) {
                waiting.remove(ticket);
                change();
            }
        }
    }

    private synchronized void await() {
        try {
            wait(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while memory for a KV cache was awaited");
        }
    }

    private boolean isNext(Ticket ticket) {
        return !handingOut
                && !ticket.awaitsReading
                && waiting.stream()
                        .filter(other -> !other.awaitsReading)
                        .findFirst()
                        .filter(ticket::equals)
                        .isPresent();
    }

    /** How far others are that are reading what these needs begin with, if it is worth waiting for. */
    private OptionalInt readByOthers(List<Need> needs) {
        return needs.stream()
                .flatMapToInt(need -> lent.values().stream()
                        .filter(loan -> loan.model() == need.model() && loan.isReading())
                        .filter(loan -> isWorthWaitingFor(loan, need))
                        .mapToInt(loan -> loan.cache().length()))
                .max();
    }

    private boolean isWorthWaitingFor(Loan reader, Need need) {
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

    private synchronized void begin() {
        users++;
    }

    private void end() {
        synchronized (this) {
            users--;
        }
        writeSoon();
    }

    /** There may be more room. */
    private synchronized void change() {
        changes++;
        notifyAll();
    }

    /** Does what needs the machine: meanwhile no idle cache is written. */
    void undisturbed(Runnable work) {
        begin();
        try {
            work.run();
        } finally {
            end();
        }
    }

    /**
     * Whether a cache stays in memory, or goes to the disk, when it is given back.
     *
     * @param tokens of the prompt and of an answer
     */
    boolean keeps(LanguageModel model, int promptTokens, int tokens) {
        return stored.isPresent() || bytes(model, promptTokens, tokens) <= maxBytes;
    }

    /** Memory of a cache for a prompt and an answer. */
    long bytes(LanguageModel model, int promptTokens, int tokens) {
        Need need = new Need(model, new int[0], tokens, extent(model, tokens - promptTokens), false);
        return model.cacheBytes(need.capacity(), need.extent());
    }

    /** Empty if there is no room for all of the needs. What is about to be closed anyway goes before idle caches do. */
    private Optional<Plan> plan(List<Need> needs) {
        return plan(needs, List.of(), freeMemory(needs))
                .filter(plan -> plan.leaving().isEmpty() || !isWriting());
    }

    /** Of the devices of these models, what is not reserved and is left when they work. */
    private Map<Device, Long> freeMemory(List<Need> needs) {
        Map<Device, Long> free = new HashMap<>();
        Set<LanguageModel> models = needs.stream().map(Need::model).collect(Collectors.toSet());
        Set<CacheMemory> inUse = memory(lent.keySet().stream());
        for (Device device : models.stream()
                .flatMap(model -> model.devices().stream())
                .distinct()
                .toList()) {
            long reserved = inUse.stream()
                    .mapToLong(memory -> memory.unwrittenBytes(device))
                    .sum();
            free.put(device, availableMemory.applyAsLong(device) - workingBytes(models, device) - reserved);
        }
        return free;
    }

    private static long workingBytes(Set<LanguageModel> models, Device device) {
        return models.stream()
                .filter(model -> model.devices().contains(device))
                .mapToLong(model -> model.workingBytes(device))
                .sum();
    }

    private Optional<Plan> plan(List<Need> needs, List<Choice> chosen, Map<Device, Long> free) {
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
    private List<Choice> choices(Need need, List<Choice> others) {
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
    private Optional<Beginning> best(Need need, List<Choice> others) {
        List<KeyValueCache> chosen = others.stream()
                .flatMap(choice -> choice.from().stream())
                .map(Beginning::cache)
                .toList();
        Stream<Beginning> used = lent.values().stream()
                .filter(loan -> loan.model() == need.model())
                .map(loan -> new Beginning(
                        loan.cache(), Optional.empty(), Math.min(loan.standing(), common(loan.cache(), need))))
                // not for a mere system message
                .filter(from -> from.common() > 0
                        && 2 * from.common() >= lent.get(from.cache()).standing());
        return Stream.concat(bestIdle(need, chosen).stream(), used)
                .filter(from -> !chosen.contains(from.cache()))
                .max(Comparator.comparingInt(Beginning::common));
    }

    private Optional<Beginning> bestIdle(Need need, List<KeyValueCache> others) {
        return idle.stream()
                .filter(entry -> entry.model() == need.model() && !others.contains(entry.cache()))
                .map(entry -> new Beginning(entry.cache(), Optional.of(entry), common(entry.cache(), need)))
                // taking a cache loses what stands behind the common prefix: not for a mere system message
                .filter(from -> 2 * from.common() >= from.cache().length())
                .max(Comparator.comparingInt(Beginning::common));
    }

    private static int common(KeyValueCache cache, Need need) {
        return cache.commonPrefix(need.prompt(), need.prompt().length);
    }

    /** Whether a cache holds much behind what it has in common with a prompt that is not on the disk yet. */
    private boolean losesMuch(Entry entry, int common) {
        return isWritten(entry) && !entry.written && entry.cache().length() - common >= StoredCaches.LEAST_TOKENS;
    }

    /**
     * Idle caches that have to go, the least recently used first, so that there is memory on each device.
     *
     * @return empty if there would be none without any of them
     */
    private Optional<List<Entry>> leavingFor(List<Choice> choices, Map<Device, Long> free) {
        List<KeyValueCache> staying = choices.stream()
                .flatMap(choice -> choice.from().stream())
                .map(Beginning::cache)
                .toList();
        List<Entry> leaving = new ArrayList<>();
        Iterator<Entry> oldest = idle.descendingIterator();
        while (isMissing(choices, free, leaving) && oldest.hasNext()) {
            Entry entry = oldest.next();
            if (!staying.contains(entry.cache())) {
                leaving.add(entry);
            }
        }
        if (isMissing(choices, free, leaving)) {
            return Optional.empty();
        }
        // what is on another device, or what others read, makes no room
        for (Entry entry : List.copyOf(leaving)) {
            List<Entry> fewer = new ArrayList<>(leaving);
            fewer.remove(entry);
            if (!isMissing(choices, free, fewer)) {
                leaving = fewer;
            }
        }
        return Optional.of(leaving);
    }

    private static boolean isMissing(List<Choice> choices, Map<Device, Long> free, List<Entry> leaving) {
        return free.entrySet().stream()
                .anyMatch(device -> choices.stream()
                                .mapToLong(choice -> choice.bytes(device.getKey()))
                                .sum()
                        > device.getValue() + freed(leaving, device.getKey()));
    }

    /** Memory that nobody holds when these are closed. */
    private static long freed(List<Entry> leaving, Device device) {
        Map<CacheMemory, Long> users = leaving.stream()
                .flatMap(entry -> entry.cache().memory().stream())
                .collect(Collectors.groupingBy(memory -> memory, Collectors.counting()));
        return users.entrySet().stream()
                .filter(memory -> memory.getKey().users() == memory.getValue())
                .mapToLong(memory -> memory.getKey().bytes(device))
                .sum();
    }

    /** Until it is {@linkplain #handOut handed out} no other plan is made, as its memory does not show yet. */
    private void claim(Plan plan) {
        handingOut = true;
        plan.leaving().forEach(entry -> lend(entry, Optional.empty()));
        for (Choice choice : plan.choices()) {
            if (choice.takes()) {
                lend(choice.from().get().idle().orElseThrow(), Optional.of(choice.need()));
            } else {
                choice.from().ifPresent(from -> from.cache().hold());
            }
        }
    }

    private void lend(Entry entry, Optional<Need> need) {
        idle.remove(entry);
        lent.put(entry.cache(), new Loan(entry.model(), entry.cache(), need));
    }

    /** @return empty if a cache cannot begin with what it was to begin with, as that has been dropped meanwhile */
    private Optional<List<KeyValueCache>> handOut(Plan plan) {
        List<KeyValueCache> caches = new ArrayList<>();
        try {
            writeAndClose(plan.leaving());
            for (Choice choice : plan.choices()) {
                Optional<KeyValueCache> cache = cache(choice);
                if (cache.isEmpty()) {
                    takeBack(plan, caches);
                    return Optional.empty();
                }
                caches.add(cache.get());
            }
            return Optional.of(caches);
        } catch (RuntimeException | OutOfMemoryError e) {
            takeBack(plan, caches);
            throw e;
        } finally {
            plan.choices().stream()
                    .filter(choice -> !choice.takes())
                    .flatMap(choice -> choice.from().stream())
                    .forEach(from -> from.cache().close());
            synchronized (this) {
                handingOut = false;
                change();
            }
        }
    }

    private void takeBack(Plan plan, List<KeyValueCache> caches) {
        for (int i = 0; i < plan.choices().size(); i++) {
            Choice choice = plan.choices().get(i);
            if (choice.takes()) {
                Entry entry = choice.from().get().idle().orElseThrow();
                giveBack(entry.model(), entry.cache(), entry.kept);
            } else if (i < caches.size()) {
                discard(caches.get(i));
            }
        }
    }

    /** The memory is needed now, so this cannot wait for another thread. */
    private void writeAndClose(List<Entry> leaving) {
        try {
            leaving.forEach(this::writeIfKept);
        } finally {
            leaving.forEach(entry -> discard(entry.cache()));
        }
    }

    private Optional<KeyValueCache> cache(Choice choice) {
        Need need = choice.need();
        if (choice.takes()) {
            return Optional.of(taken(choice));
        }
        Optional<KeyValueCache> cache = choice.from().isPresent()
                ? choice.from().get().cache().branchIfHeld(choice.common(), need.capacity(), need.extent())
                : Optional.of(need.model().newCache(need.capacity(), need.extent()));
        cache.ifPresent(made -> {
            synchronized (this) {
                lent.put(made, new Loan(need.model(), made, Optional.of(need)));
            }
        });
        return cache;
    }

    private KeyValueCache taken(Choice choice) {
        Beginning from = choice.from().orElseThrow();
        if (choice.use() == Use.WRITTEN_AND_TAKEN) {
            writeIfKept(from.idle().orElseThrow());
        }
        KeyValueCache cache = from.cache();
        cache.truncate(from.common());
        if (!cache.hasRoom(from.common(), choice.need().tokens(), choice.need().extent())) {
            cache.ensureRoom(choice.need().capacity(), choice.need().extent());
        }
        return cache;
    }

    /**
     * Refuses what would not fit if nobody else had any cache.
     *
     * @throws RequestTooLargeException then
     */
    private void checkFits(List<Need> needs) {
        Set<CacheMemory> all = memory();
        // with which others may just be working
        Set<LanguageModel> running = lent.values().stream().map(Loan::model).collect(Collectors.toSet());
        Map<Device, Long> free = freeMemory(needs);
        free.replaceAll((device, bytes) ->
                bytes + all.stream().mapToLong(memory -> memory.bytes(device)).sum() + workingBytes(running, device));
        boolean alone = lent.isEmpty() && !isWriting();
        Device fullest = Collections.min(
                free.keySet(), Comparator.comparingLong(device -> free.get(device) - newBytes(needs, device)));
        if (!alone && newBytes(needs, fullest) <= free.get(fullest)) {
            return;
        }
        long cacheBytes = newBytes(needs, fullest);
        List<LanguageModel> models = needs.stream().map(Need::model).distinct().toList();
        long working = workingBytes(Set.copyOf(models), fullest);
        throw new RequestTooLargeException(("%s %s %,d MB on %s for this prompt and its answer (%,d MB for the KV"
                        + " cache), and %,d MB are free; shorten the text or choose a smaller model or weight format")
                .formatted(
                        models.stream().map(LanguageModel::name).collect(Collectors.joining(" and ")),
                        models.size() == 1 ? "needs" : "need",
                        (cacheBytes + working) >> 20,
                        fullest,
                        cacheBytes >> 20,
                        (free.get(fullest) + working) >> 20));
    }

    private static long newBytes(List<Need> needs, Device device) {
        return needs.stream()
                .mapToLong(need -> need.model().cacheBytes(device, need.capacity(), need.extent()))
                .sum();
    }

    /**
     * Takes from the disk what follows in a prompt behind what a cache holds.
     *
     * @param cache on loan, holding no other tokens than the first of these
     * @param length so many tokens are wanted at most
     */
    void extend(KeyValueCache cache, int[] tokens, int length, GenerationListener listener) {
        stored.ifPresent(disk -> disk.extend(cache, tokens, length, listener));
    }

    /**
     * Keeps a cache for later requests, unless nothing is in it, and lets go of the least recently used ones beyond the
     * limit. What is worth it is written while no request has a cache.
     *
     * @param kept whether it goes to the disk when it leaves memory
     */
    void giveBack(LanguageModel model, KeyValueCache cache, boolean kept) {
        for (Entry entry : leaving(new Entry(model, cache, kept))) {
            if (isWritten(entry)) {
                writeInBackground(entry.cache());
            } else {
                discard(entry.cache());
            }
        }
        change();
        writeSoon();
    }

    /** Its memory counts while it waits for another one that is being written. */
    private void writeInBackground(KeyValueCache cache) {
        try {
            stored.orElseThrow().writeInBackground(cache, this::afterWriting);
        } finally {
            synchronized (this) {
                lent.remove(cache);
            }
        }
    }

    private void afterWriting() {
        change();
        writeIdle();
    }

    /** @return what has to go for a cache that has come back; it counts as lent until it is closed */
    private synchronized List<Entry> leaving(Entry returned) {
        lent.remove(returned.cache());
        List<Entry> leaving = beyondLimit(returned);
        leaving.forEach(entry -> lend(entry, Optional.empty()));
        return leaving;
    }

    private List<Entry> beyondLimit(Entry returned) {
        // room without content would drive out what later requests need
        if (closed || returned.cache().length() == 0) {
            return List.of(returned);
        }
        List<Entry> leaving = new ArrayList<>();
        idle.addFirst(returned);
        Set<CacheMemory> staying = new HashSet<>();
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            Entry entry = entries.next();
            Set<CacheMemory> more = new HashSet<>(staying);
            more.addAll(entry.cache().memory());
            if (bytes(more) > maxBytes) {
                entries.remove();
                leaving.add(entry);
            } else {
                staying = more;
            }
        }
        return leaving;
    }

    private boolean isWritten(Entry entry) {
        return stored.isPresent() && entry.kept && StoredCaches.isWorthWriting(entry.cache());
    }

    private void writeSoon() {
        if (nextToWrite().isPresent()) {
            stored.orElseThrow().inBackground(this::writeIdle);
        }
    }

    /** The most recently used cache that is not on the disk yet, if nobody needs the machine for anything else. */
    private synchronized Optional<Entry> nextToWrite() {
        return isQuiet()
                ? idle.stream()
                        .filter(entry -> isWritten(entry) && !entry.written)
                        .filter(this::drivesOutNoOther)
                        .findFirst()
                : Optional.empty();
    }

    /** Whether its blocks have room on the disk beside those of the other caches; else it waits until it has to go. */
    private boolean drivesOutNoOther(Entry entry) {
        List<int[]> others = idle.stream()
                .filter(other -> other != entry && isWritten(other))
                .map(other -> other.cache().tokens())
                .toList();
        return others.isEmpty() || stored.orElseThrow().haveRoom(entry.cache().tokens(), others);
    }

    private boolean isQuiet() {
        return !closed && users == 0 && lent.isEmpty() && !isWriting();
    }

    /** Writes idle caches until somebody needs the machine, for at most the copying of a block longer. */
    private void writeIdle() {
        boolean goesOn = true;
        for (Optional<Entry> next = nextToWrite(); goesOn && next.isPresent(); next = nextToWrite()) {
            Entry entry = next.get();
            goesOn = stored.orElseThrow()
                    .write(tokens(entry), (first, count, into) -> copyIdle(entry, first, count, into));
            if (goesOn) {
                setWritten(entry);
            }
        }
    }

    private synchronized int[] tokens(Entry entry) {
        return idle.contains(entry) ? entry.cache().tokens() : new int[0];
    }

    private synchronized void setWritten(Entry entry) {
        // who has taken it in the meantime cannot know
        entry.written |= idle.contains(entry);
    }

    private synchronized boolean copyIdle(Entry entry, int first, int count, ByteBuffer into) {
        boolean idles = isQuiet() && idle.contains(entry);
        if (idles) {
            entry.cache().copyRows(first, count, into);
        }
        return idles;
    }

    private void writeIfKept(Entry entry) {
        if (isWritten(entry)) {
            stored.orElseThrow().write(entry.cache());
        }
    }

    /** Closes a cache that is of no use any more. What others have of it stays. */
    void discard(KeyValueCache cache) {
        synchronized (this) {
            lent.remove(cache);
            cache.close();
            change();
        }
        writeSoon();
    }

    /**
     * Removes all idle caches that hold a text, and its blocks on the disk with all that depends on them.
     *
     * @return how many of both
     */
    Forgotten forget(TokenRuns text) {
        begin();
        try {
            // first, so that none of them is written any more
            int closedCaches = closeIdle(text);
            boolean abandoned = stored.map(disk -> disk.abandon(text)).orElse(false);
            return new Forgotten(
                    closedCaches + (abandoned ? 1 : 0),
                    stored.map(disk -> disk.forget(text)).orElse(0));
        } finally {
            end();
        }
    }

    private synchronized int closeIdle(TokenRuns text) {
        int closedCaches = 0;
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            KeyValueCache cache = entries.next().cache();
            if (!text.in(cache.tokens()).isEmpty()) {
                entries.remove();
                cache.close();
                closedCaches++;
            }
        }
        change();
        return closedCaches;
    }

    /** How much of a prompt a request would find read, in memory or on the disk, but for what is in use. */
    int known(LanguageModel model, int[] prompt) {
        int held;
        synchronized (this) {
            held = bestIdle(need(model, prompt, prompt.length), List.of())
                    .map(from -> Math.min(from.common(), prompt.length - 1))
                    .orElse(0);
        }
        return stored.map(disk -> disk.known(prompt, held)).orElse(held);
    }

    /** Memory that all caches take, those in use and those being written included. */
    synchronized long bytes() {
        return bytes(memory());
    }

    private static long bytes(Set<CacheMemory> memory) {
        return memory.stream().mapToLong(CacheMemory::bytes).sum();
    }

    private Set<CacheMemory> memory() {
        return memory(Stream.of(idle.stream().map(Entry::cache), lent.keySet().stream(), writing().stream())
                .flatMap(caches -> caches));
    }

    private static Set<CacheMemory> memory(Stream<KeyValueCache> caches) {
        return caches.flatMap(cache -> cache.memory().stream()).collect(Collectors.toSet());
    }

    private Optional<KeyValueCache> writing() {
        return stored.flatMap(StoredCaches::writing);
    }

    private boolean isWriting() {
        return writing().isPresent();
    }

    /** Bytes on the disk. */
    long storedBytes() {
        return stored.map(StoredCaches::bytes).orElse(0L);
    }

    long maxBytes() {
        return maxBytes;
    }

    /** Writes what is kept, and closes all. */
    @Override
    public void close() {
        List<Entry> leaving;
        synchronized (this) {
            closed = true;
            leaving = List.copyOf(idle);
            idle.clear();
        }
        long bytes = bytes(
                memory(Stream.concat(leaving.stream().filter(this::isWritten).map(Entry::cache), writing().stream())));
        if (bytes > 0) {
            LOG.info("Writing KV caches of {} MB to the disk before closing", bytes >> 20);
        }
        // the most recently used last, so that they stay longest on the disk
        for (int i = leaving.size() - 1; i >= 0; i--) {
            try {
                writeIfKept(leaving.get(i));
            } finally {
                leaving.get(i).cache().close();
            }
        }
        stored.ifPresent(StoredCaches::awaitBackground);
    }
}
