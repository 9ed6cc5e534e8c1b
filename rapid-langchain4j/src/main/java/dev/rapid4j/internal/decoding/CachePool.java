package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KV caches of recent conversations, up to a number of bytes: a follow-up question on the same document finds it
 * read already. Safe to use from several threads.
 */
final class CachePool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

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
     * What a request needs.
     *
     * @param tokens prompt and answer
     */
    private record Room(LanguageModel model, int tokens, CacheExtent extent) {

        int capacity() {
            return Math.min(model.contextLength(), inSteps(tokens));
        }

        long bytes() {
            return model.cacheBytes(capacity(), extent);
        }

        /** On a device of the model. */
        long bytes(Device device) {
            return model.cacheBytes(device, capacity(), extent);
        }
    }

    /**
     * What a request gets, and what has to go for it.
     *
     * @param reused empty: a new cache
     * @param use what becomes of the reused one
     */
    private record Choice(Optional<Entry> reused, Use use, List<Entry> leaving) {}

    /** What becomes of an idle cache that holds the beginning of a prompt. */
    private enum Use {
        TAKEN,
        /** Its beginning is copied, so that it stays what it is. */
        COPIED,
        /** What it holds beside is written first, as there is no memory to have it stay. */
        WRITTEN_AND_TAKEN
    }

    private final long maxBytes;
    private final Optional<StoredCaches> stored;
    private final ToLongFunction<Device> availableMemory;
    /** The most recently used first. */
    private final Deque<Entry> idle = new ArrayDeque<>();

    /** In use, or about to be closed. */
    private final List<KeyValueCache> lent = new ArrayList<>();

    /** Held while a request gets its cache, and the disk what has to go for it; the pool itself is not locked then. */
    private final Object taking = new Object();

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

    /**
     * The idle cache with the longest common prefix with a prompt, or a new one; it belongs to the caller until
     * {@link #giveBack} or {@link #discard}.
     *
     * @param tokens room that is needed, prompt and answer
     * @throws RequestTooLargeException if the device's memory does not suffice even without the idle caches, which are
     *     kept then
     */
    KeyValueCache take(LanguageModel model, int[] prompt, int tokens) {
        return take(room(model, tokens, prompt.length), prompt);
    }

    /**
     * A new cache for tokens that another one of the same model holds, and some more; as from {@link #take}.
     *
     * @param tokens room that is needed
     * @throws RequestTooLargeException as there
     */
    KeyValueCache takeForRows(LanguageModel model, int tokens) {
        return take(new Room(model, tokens, CacheExtent.WINDOW_OF_ANOTHER), new int[0]);
    }

    private Room room(LanguageModel model, int tokens, int promptTokens) {
        boolean written = stored.filter(disk -> disk.areOf(model)).isPresent();
        return new Room(model, tokens, written ? CacheExtent.ALL : CacheExtent.window(inSteps(tokens - promptTokens)));
    }

    private static int inSteps(int tokens) {
        long steps = ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP;
        return (int) Math.min(Integer.MAX_VALUE, steps * CAPACITY_STEP);
    }

    private KeyValueCache take(Room room, int[] prompt) {
        synchronized (taking) {
            begin();
            try {
                Choice choice = choice(room, prompt);
                writeAndClose(choice);
                return cache(room, prompt, choice);
            } finally {
                end();
            }
        }
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

    /** Does what needs the machine: meanwhile no idle cache is written. */
    void undisturbed(Runnable work) {
        begin();
        try {
            work.run();
        } finally {
            end();
        }
    }

    private Choice choice(Room room, int[] prompt) {
        Optional<Choice> choice = choose(room, prompt, writingBytes() == 0);
        if (choice.isEmpty() && stored.isPresent()) {
            stored.get().awaitWritten();
            choice = choose(room, prompt, true);
        }
        return choice.orElseThrow(() -> tooLarge(room));
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
        return room(model, tokens, promptTokens).bytes();
    }

    /**
     * Chooses, and takes out of the idle caches what is chosen.
     *
     * @param last whether idle caches may have to go; else only if nothing has to
     * @return empty if there is no room, in which case all stay
     */
    private synchronized Optional<Choice> choose(Room room, int[] prompt, boolean last) {
        LanguageModel model = room.model();
        Optional<Entry> best = best(model, prompt);
        boolean large = best.filter(entry -> hasRoom(entry, prompt, room)).isPresent();
        // a cache that grows is in memory twice; where that is too much, the prompt has to be read anew
        Optional<Choice> choice = best.flatMap(
                        entry -> leavingFor(room, !large, best).map(leaving -> new Choice(best, Use.TAKEN, leaving)))
                .or(() -> leavingFor(room, true, Optional.empty())
                        .map(leaving -> new Choice(Optional.empty(), Use.TAKEN, leaving)))
                .filter(found -> last || found.leaving().isEmpty());
        choice = choice.map(found -> found.reused()
                .filter(entry -> losesMuch(entry, prompt))
                .map(entry -> leavingFor(room, true, best)
                        .filter(List::isEmpty)
                        .map(none -> new Choice(best, Use.COPIED, none))
                        .orElse(new Choice(best, Use.WRITTEN_AND_TAKEN, found.leaving())))
                .orElse(found));
        choice.ifPresent(found -> Stream.concat(found.reused().stream(), found.leaving().stream())
                .forEach(entry -> {
                    idle.remove(entry);
                    lent.add(entry.cache());
                }));
        return choice;
    }

    private static boolean hasRoom(Entry entry, int[] prompt, Room room) {
        return entry.cache().hasRoom(entry.cache().commonPrefix(prompt, prompt.length), room.tokens(), room.extent());
    }

    /** The idle cache that a prompt goes on with. */
    private Optional<Entry> best(LanguageModel model, int[] prompt) {
        return idle.stream()
                .filter(entry -> entry.model() == model)
                // taking a cache loses what stands behind the common prefix: not for a mere system message
                .filter(entry -> 2 * entry.cache().commonPrefix(prompt, prompt.length)
                        >= entry.cache().length())
                .max(Comparator.comparingInt(entry -> entry.cache().commonPrefix(prompt, prompt.length)));
    }

    /** Whether a cache holds much behind what it has in common with a prompt that is not on the disk yet. */
    private boolean losesMuch(Entry entry, int[] prompt) {
        int common = entry.cache().commonPrefix(prompt, prompt.length);
        return isWritten(entry) && !entry.written && entry.cache().length() - common >= StoredCaches.LEAST_TOKENS;
    }

    /**
     * Idle caches that have to go, the least recently used first, so that there is memory on each of the model's
     * devices.
     *
     * @param anew whether there has to be memory for a cache, or to work only
     * @param staying is not one of them
     * @return empty if there would be none without any of them
     */
    private Optional<List<Entry>> leavingFor(Room room, boolean anew, Optional<Entry> staying) {
        List<Entry> leaving = new ArrayList<>();
        for (Device device : room.model().devices()) {
            long missing = (anew ? room.bytes(device) : 0)
                    + room.model().workingBytes(device)
                    - availableMemory.applyAsLong(device)
                    - bytes(leaving, device);
            for (Iterator<Entry> oldest = idle.descendingIterator(); missing > 0 && oldest.hasNext(); ) {
                Entry entry = oldest.next();
                long bytes = entry.cache().bytes(device);
                if (bytes > 0
                        && !leaving.contains(entry)
                        && staying.filter(entry::equals).isEmpty()) {
                    leaving.add(entry);
                    missing -= bytes;
                }
            }
            if (missing > 0) {
                return Optional.empty();
            }
        }
        return Optional.of(leaving);
    }

    private static long bytes(Collection<Entry> entries, Device device) {
        return entries.stream().mapToLong(entry -> entry.cache().bytes(device)).sum();
    }

    /** The memory is needed now, so this cannot wait for another thread. */
    private void writeAndClose(Choice choice) {
        try {
            choice.leaving().forEach(this::writeIfKept);
        } catch (RuntimeException e) {
            choice.reused().ifPresent(entry -> giveBack(entry.model(), entry.cache(), entry.kept));
            throw e;
        } finally {
            choice.leaving().forEach(entry -> discard(entry.cache()));
        }
    }

    private KeyValueCache cache(Room room, int[] prompt, Choice choice) {
        if (choice.reused().isEmpty()) {
            return newCache(room);
        }
        Entry entry = choice.reused().get();
        if (choice.use() == Use.COPIED) {
            return copied(entry, prompt, room);
        }
        return grown(entry, prompt, room, choice.use() == Use.WRITTEN_AND_TAKEN);
    }

    private KeyValueCache newCache(Room room) {
        KeyValueCache cache = room.model().newCache(room.capacity(), room.extent());
        synchronized (this) {
            lent.add(cache);
        }
        return cache;
    }

    private KeyValueCache copied(Entry entry, int[] prompt, Room room) {
        try {
            int common = entry.cache().commonPrefix(prompt, prompt.length - 1);
            KeyValueCache cache = entry.cache().branch(common, room.capacity(), room.extent());
            synchronized (this) {
                lent.add(cache);
            }
            return cache;
        } finally {
            giveBack(entry.model(), entry.cache(), entry.kept);
        }
    }

    private KeyValueCache grown(Entry entry, int[] prompt, Room room, boolean written) {
        KeyValueCache cache = entry.cache();
        try {
            if (written) {
                writeIfKept(entry);
            }
            cache.truncate(cache.commonPrefix(prompt, prompt.length));
            if (!cache.hasRoom(cache.length(), room.tokens(), room.extent())) {
                cache.ensureRoom(room.capacity(), room.extent());
            }
            return cache;
        } catch (RuntimeException e) {
            discard(cache);
            throw e;
        }
    }

    private synchronized RequestTooLargeException tooLarge(Room room) {
        LanguageModel model = room.model();
        Device fullest = Collections.max(
                model.devices(),
                Comparator.comparingLong(device -> room.bytes(device)
                        + model.workingBytes(device)
                        - availableMemory.applyAsLong(device)
                        - bytes(idle, device)));
        long cacheBytes = room.bytes(fullest);
        long free = availableMemory.applyAsLong(fullest) + bytes(idle, fullest);
        return new RequestTooLargeException(("%s needs %,d MB on %s for this prompt and its answer (%,d MB for the KV"
                        + " cache), and %,d MB are free; shorten the text or choose a smaller model or weight format")
                .formatted(
                        model.name(),
                        (cacheBytes + model.workingBytes(fullest)) >> 20,
                        fullest,
                        cacheBytes >> 20,
                        free >> 20));
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
                stored.orElseThrow().writeInBackground(entry.cache(), this::writeIdle);
            } else {
                entry.cache().close();
            }
        }
        writeSoon();
    }

    /** @return what has to go for a cache that has come back */
    private synchronized List<Entry> leaving(Entry returned) {
        lent.remove(returned.cache());
        // room without content would drive out what later requests need
        if (closed || returned.cache().length() == 0) {
            return List.of(returned);
        }
        List<Entry> leaving = new ArrayList<>();
        idle.addFirst(returned);
        long bytes = 0;
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            Entry entry = entries.next();
            if (bytes + entry.cache().bytes() > maxBytes) {
                entries.remove();
                leaving.add(entry);
            } else {
                bytes += entry.cache().bytes();
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
        return !closed && users == 0 && lent.isEmpty() && writingBytes() == 0;
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

    /** Closes a cache that is of no use any more. */
    void discard(KeyValueCache cache) {
        synchronized (this) {
            lent.remove(cache);
            cache.close();
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
        return closedCaches;
    }

    /** How much of a prompt a request would find read, in memory or on the disk, but for what is in use. */
    int known(LanguageModel model, int[] prompt) {
        int held;
        synchronized (this) {
            held = best(model, prompt)
                    .map(entry -> entry.cache().commonPrefix(prompt, prompt.length - 1))
                    .orElse(0);
        }
        return stored.map(disk -> disk.known(prompt, held)).orElse(held);
    }

    /** Memory that all caches take, those in use and those being written included. */
    synchronized long bytes() {
        return writingBytes()
                + Stream.concat(idle.stream().map(Entry::cache), lent.stream())
                        .mapToLong(KeyValueCache::bytes)
                        .sum();
    }

    private long writingBytes() {
        return stored.map(StoredCaches::writingBytes).orElse(0L);
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
        long bytes = leaving.stream()
                .filter(this::isWritten)
                .mapToLong(entry -> entry.cache().bytes())
                .sum();
        if (bytes + writingBytes() > 0) {
            LOG.info("Writing KV caches of {} MB to the disk before closing", (bytes + writingBytes()) >> 20);
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
