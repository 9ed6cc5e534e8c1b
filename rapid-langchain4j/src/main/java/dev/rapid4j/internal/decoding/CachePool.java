package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.CachePlanner.Beginning;
import dev.rapid4j.internal.decoding.CachePlanner.Choice;
import dev.rapid4j.internal.decoding.CachePlanner.Plan;
import dev.rapid4j.internal.decoding.CachePlanner.Use;
import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.CacheMemory;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    /** How soon who waits notices that it is cancelled, and tells how far it is what it waits for. */
    private static final long POLL_MILLIS = 50;

    /** How often who waits looks whether others than this have made room. */
    private static final int POLLS_OF_A_LOOK = 20;

    /** A request that waits. */
    private static final class Ticket {

        /** Whether for another one that is reading its prompt; then it lets others pass. */
        boolean awaitsReading;
    }

    private final long maxBytes;
    private final Optional<StoredCaches> stored;
    private final ToLongFunction<Device> availableMemory;
    /** The most recently used first. */
    private final Deque<IdleCache> idle = new ArrayDeque<>();

    private final Map<KeyValueCache, CacheLoan> lent = new LinkedHashMap<>();

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
    CacheNeed need(LanguageModel model, int[] prompt, int tokens) {
        return new CacheNeed(model, prompt, tokens, extent(model, tokens - prompt.length), false);
    }

    private CacheExtent extent(LanguageModel model, int answer) {
        boolean written = stored.filter(disk -> disk.areOf(model)).isPresent();
        return written ? CacheExtent.ALL : CacheExtent.window(CacheNeed.inSteps(answer));
    }

    /** {@link #take(List, GenerationListener)} of one. */
    KeyValueCache take(CacheNeed need, GenerationListener listener) {
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
    List<KeyValueCache> take(List<CacheNeed> needs, GenerationListener listener) {
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
    Optional<KeyValueCache> takeFree(CacheNeed need) {
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

    private Plan awaitPlan(List<CacheNeed> needs, GenerationListener listener) {
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
    private OptionalInt readByOthers(List<CacheNeed> needs) {
        CachePlanner planner = planner();
        return needs.stream()
                .flatMapToInt(need -> lent.values().stream()
                        .filter(loan -> loan.model() == need.model() && loan.isReading())
                        .filter(loan -> planner.isWorthWaitingFor(loan, need))
                        .mapToInt(loan -> loan.cache().length()))
                .max();
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
        CacheNeed need = new CacheNeed(model, new int[0], tokens, extent(model, tokens - promptTokens), false);
        return model.cacheBytes(need.capacity(), need.extent());
    }

    /** Empty if there is no room for all of the needs. What is about to be closed anyway goes before idle caches do. */
    private Optional<Plan> plan(List<CacheNeed> needs) {
        return planner()
                .plan(needs, freeMemory(needs))
                .filter(plan -> plan.leaving().isEmpty() || !isWriting());
    }

    private CachePlanner planner() {
        return new CachePlanner(idle, lent.values(), this::isWritten);
    }

    /** Of the devices of these models, what is not reserved and is left when they work. */
    private Map<Device, Long> freeMemory(List<CacheNeed> needs) {
        Map<Device, Long> free = new HashMap<>();
        Set<LanguageModel> models = needs.stream().map(CacheNeed::model).collect(Collectors.toSet());
        for (Device device : models.stream()
                .flatMap(model -> model.devices().stream())
                .distinct()
                .toList()) {
            free.put(
                    device, availableMemory.applyAsLong(device) - workingBytes(models, device) - reservedBytes(device));
        }
        return free;
    }

    /** What those in use have not written yet. */
    private long reservedBytes(Device device) {
        return memory(lent.keySet().stream()).stream()
                .mapToLong(memory -> memory.unwrittenBytes(device))
                .sum();
    }

    private static long workingBytes(Set<LanguageModel> models, Device device) {
        return models.stream()
                .filter(model -> model.devices().contains(device))
                .mapToLong(model -> model.workingBytes(device))
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

    private void lend(IdleCache entry, Optional<CacheNeed> need) {
        idle.remove(entry);
        lent.put(entry.cache(), new CacheLoan(entry.model(), entry.cache(), need));
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
                IdleCache entry = choice.from().get().idle().orElseThrow();
                giveBack(entry.model(), entry.cache(), entry.kept);
            } else if (i < caches.size()) {
                discard(caches.get(i));
            }
        }
    }

    /** The memory is needed now, so this cannot wait for another thread. */
    private void writeAndClose(List<IdleCache> leaving) {
        try {
            leaving.forEach(this::writeIfKept);
        } finally {
            leaving.forEach(entry -> discard(entry.cache()));
        }
    }

    private Optional<KeyValueCache> cache(Choice choice) {
        CacheNeed need = choice.need();
        if (choice.takes()) {
            return Optional.of(taken(choice));
        }
        Optional<KeyValueCache> cache = choice.from().isPresent()
                ? choice.from().get().cache().branchIfHeld(choice.common(), need.capacity(), need.extent())
                : Optional.of(need.model().newCache(need.capacity(), need.extent()));
        cache.ifPresent(made -> {
            synchronized (this) {
                lent.put(made, new CacheLoan(need.model(), made, Optional.of(need)));
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
    private void checkFits(List<CacheNeed> needs) {
        Set<CacheMemory> all = memory();
        // with which others may just be working
        Set<LanguageModel> running =
                lent.values().stream().map(CacheLoan::model).collect(Collectors.toSet());
        Map<Device, Long> free = freeMemory(needs);
        free.replaceAll((device, bytes) -> bytes
                + all.stream().mapToLong(memory -> memory.writtenBytes(device)).sum()
                + reservedBytes(device)
                + workingBytes(running, device));
        boolean alone = lent.isEmpty() && !isWriting();
        Device fullest = Collections.min(
                free.keySet(), Comparator.comparingLong(device -> free.get(device) - newBytes(needs, device)));
        if (!alone && newBytes(needs, fullest) <= free.get(fullest)) {
            return;
        }
        long cacheBytes = newBytes(needs, fullest);
        List<LanguageModel> models =
                needs.stream().map(CacheNeed::model).distinct().toList();
        long working = workingBytes(Set.copyOf(models), fullest);
        throw new RequestTooLargeException(("%s %s %,d MB on %s for this prompt and its answer (%,d MB for the KV"
                        + " cache), and %,d MB are free; shorten the text or choose a smaller model or weight format")
                .formatted(
                        models.stream().map(LanguageModel::name).collect(Collectors.joining(" and ")),
                        models.size() == 1 ? "needs" : "need",
                        ByteSizes.megabytes(cacheBytes + working),
                        fullest,
                        ByteSizes.megabytes(cacheBytes),
                        ByteSizes.megabytes(free.get(fullest) + working)));
    }

    private static long newBytes(List<CacheNeed> needs, Device device) {
        return needs.stream().mapToLong(need -> need.newBytes(device)).sum();
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
        for (IdleCache entry : leaving(new IdleCache(model, cache, kept))) {
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
    private synchronized List<IdleCache> leaving(IdleCache returned) {
        lent.remove(returned.cache());
        List<IdleCache> leaving = beyondLimit(returned);
        leaving.forEach(entry -> lend(entry, Optional.empty()));
        return leaving;
    }

    private List<IdleCache> beyondLimit(IdleCache returned) {
        // room without content would drive out what later requests need
        if (closed || returned.cache().length() == 0) {
            return List.of(returned);
        }
        List<IdleCache> leaving = new ArrayList<>();
        idle.addFirst(returned);
        Set<CacheMemory> staying = new HashSet<>();
        for (Iterator<IdleCache> entries = idle.iterator(); entries.hasNext(); ) {
            IdleCache entry = entries.next();
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

    private boolean isWritten(IdleCache entry) {
        return stored.isPresent() && entry.kept && StoredCaches.isWorthWriting(entry.cache());
    }

    private void writeSoon() {
        if (nextToWrite().isPresent()) {
            stored.orElseThrow().inBackground(this::writeIdle);
        }
    }

    /** The most recently used cache that is not on the disk yet, if nobody needs the machine for anything else. */
    private synchronized Optional<IdleCache> nextToWrite() {
        return isQuiet()
                ? idle.stream()
                        .filter(entry -> isWritten(entry) && !entry.written)
                        .filter(this::drivesOutNoOther)
                        .findFirst()
                : Optional.empty();
    }

    /** Whether its blocks have room on the disk beside those of the other caches; else it waits until it has to go. */
    private boolean drivesOutNoOther(IdleCache entry) {
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
        for (Optional<IdleCache> next = nextToWrite(); goesOn && next.isPresent(); next = nextToWrite()) {
            IdleCache entry = next.get();
            goesOn = stored.orElseThrow()
                    .write(tokens(entry), (first, count, into) -> copyIdle(entry, first, count, into));
            if (goesOn) {
                setWritten(entry);
            }
        }
    }

    private synchronized int[] tokens(IdleCache entry) {
        return idle.contains(entry) ? entry.cache().tokens() : new int[0];
    }

    private synchronized void setWritten(IdleCache entry) {
        // who has taken it in the meantime cannot know
        entry.written |= idle.contains(entry);
    }

    private synchronized boolean copyIdle(IdleCache entry, int first, int count, ByteBuffer into) {
        boolean idles = isQuiet() && idle.contains(entry);
        if (idles) {
            entry.cache().copyRows(first, count, into);
        }
        return idles;
    }

    private void writeIfKept(IdleCache entry) {
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
        for (Iterator<IdleCache> entries = idle.iterator(); entries.hasNext(); ) {
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
            held = planner()
                    .bestIdle(need(model, prompt, prompt.length), List.of())
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
        return memory(Stream.of(idle.stream().map(IdleCache::cache), lent.keySet().stream(), writing().stream())
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
        List<IdleCache> leaving;
        synchronized (this) {
            closed = true;
            leaving = List.copyOf(idle);
            idle.clear();
        }
        long bytes = bytes(memory(
                Stream.concat(leaving.stream().filter(this::isWritten).map(IdleCache::cache), writing().stream())));
        if (bytes > 0) {
            LOG.info("Writing KV caches of {} MB to the disk before closing", ByteSizes.megabytes(bytes));
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
