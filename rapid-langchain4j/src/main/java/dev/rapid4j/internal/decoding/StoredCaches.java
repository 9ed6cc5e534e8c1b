package dev.rapid4j.internal.decoding;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.Header;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.diskcache.TokenBlocks;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Torch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys and values of one model on the disk, in blocks of {@value TokenBlocks#TOKENS} tokens. Safe to use from several
 * threads.
 */
public final class StoredCaches {

    /** Shorter prompts are read about as fast. */
    static final int LEAST_TOKENS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final long POLL_MILLIS = 50;

    private final DiskCache disk;
    private final LanguageModel model;
    private final Key root;

    /** One that has left memory, until it is written and closed. */
    private Optional<KeyValueCache> writing = Optional.empty();

    /** Whether the rest of it is not to be written. */
    private volatile boolean abandoned;

    private final AtomicBoolean roomSaid = new AtomicBoolean();

    private final Object writes = new Object();
    private Optional<ByteBuffer> written = Optional.empty();

    private final Object reads = new Object();
    private Optional<ByteBuffer> read = Optional.empty();

    /** Where keys and values come from that are written. */
    interface Rows {

        /**
         * Copies those of a block's tokens.
         *
         * @return false if they are not to be had any more
         */
        boolean copy(int first, int count, ByteBuffer into);
    }

    /** @param root of what the model's keys and values depend on beside the tokens */
    public StoredCaches(DiskCache disk, LanguageModel model, Key root) {
        this.disk = disk;
        this.model = model;
        this.root = root;
    }

    /** Whether a model's KV caches may be written, for which they must hold every token in all layers. */
    boolean areOf(LanguageModel other) {
        return other == model;
    }

    /** Bytes on the disk. */
    long bytes() {
        return disk.bytes();
    }

    /**
     * Goes on with what the disk has where a cache ends.
     *
     * @param cache holds no other tokens than the first of these
     * @param length so many tokens are wanted at most
     * @return tokens that the cache holds now
     */
    int extend(KeyValueCache cache, int[] tokens, int length, GenerationListener listener) {
        if (length < LEAST_TOKENS) {
            return cache.length();
        }
        List<Header> blocks = TokenBlocks.of(root, tokens, length);
        int held = cache.length() / TokenBlocks.TOKENS;
        awaitWritten(tokens, length, cache.length(), listener);
        long start = System.nanoTime();
        int at = held;
        while (at < blocks.size() && restore(cache, blocks.get(at), at * TokenBlocks.TOKENS)) {
            at++;
            listener.onPrefill(cache.length(), tokens.length);
            listener.checkCancelled();
        }
        if (at > held) {
            disk.touch(blocks.subList(0, at));
            LOG.info(
                    "Took {} tokens of a prompt of {} from {} in {} ms",
                    (at - held) * TokenBlocks.TOKENS,
                    length + 1,
                    disk.directory(),
                    Duration.ofNanos(System.nanoTime() - start).toMillis());
        }
        return cache.length();
    }

    private boolean restore(KeyValueCache cache, Header block, int first) {
        if (!disk.contains(block.key())) {
            return false;
        }
        // for a block only: whoever listens to one request must not keep others from reading
        synchronized (reads) {
            if (read.isEmpty()) {
                read = disk.memory(blockBytes());
            }
            Optional<ByteBuffer> rows = read.flatMap(
                    memory -> disk.read(block, length -> length == memory.capacity() ? memory.clear() : null));
            rows.ifPresent(content -> cache.restoreRows(first, TokenBlocks.tokens(block), content));
            return rows.isPresent();
        }
    }

    private int blockBytes() {
        return Math.toIntExact(model.rowBytes(TokenBlocks.TOKENS));
    }

    /**
     * How much of a prompt would be found, what is being written included.
     *
     * @param held tokens that are at hand without the disk
     * @return tokens, those included
     */
    int known(int[] prompt, int held) {
        int length = prompt.length - 1;
        if (length < LEAST_TOKENS) {
            return held;
        }
        List<Header> blocks = TokenBlocks.of(root, prompt, length);
        int at = Math.max(held, writingTokens(prompt, length)) / TokenBlocks.TOKENS;
        while (at < blocks.size() && disk.contains(blocks.get(at).key())) {
            at++;
        }
        return Math.max(held, at * TokenBlocks.TOKENS);
    }

    private synchronized int writingTokens(int[] prompt, int length) {
        return writing.map(cache -> cache.commonPrefix(prompt, length)).orElse(0);
    }

    /** Has something done on the thread that writes, after what it has to write already, if there can be one. */
    void inBackground(Runnable task) {
        disk.inBackground(task);
    }

    /**
     * Writes a cache on another thread and closes it; waits where another one is still being written.
     *
     * @param whenEnded what that thread does next
     */
    void writeInBackground(KeyValueCache cache, Runnable whenEnded) {
        synchronized (this) {
            awaitWritten();
            writing = Optional.of(cache);
            abandoned = false;
        }
        boolean willBe = disk.inBackground(() -> {
            try {
                write(cache.tokens(), (first, count, into) -> {
                    if (!abandoned) {
                        cache.copyRows(first, count, into);
                    }
                    return !abandoned;
                });
            } finally {
                ended(cache);
                whenEnded.run();
            }
        });
        if (!willBe) {
            ended(cache);
        }
    }

    private synchronized void ended(KeyValueCache cache) {
        cache.close();
        writing = Optional.empty();
        notifyAll();
    }

    /** The cache that is being written, if there is one. */
    synchronized Optional<KeyValueCache> writing() {
        return writing;
    }

    /** Waits until nothing is being written. */
    synchronized void awaitWritten() {
        boolean interrupted = false;
        while (writing.isPresent()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until nothing is to be done any more on the thread that writes. */
    void awaitBackground() {
        disk.awaitBackground();
    }

    /** Waits for a cache that is being written and that holds more of a prompt than is at hand. */
    private synchronized void awaitWritten(int[] tokens, int length, int held, GenerationListener listener) {
        while (writing.isPresent() && writing.get().commonPrefix(tokens, length) >= held + TokenBlocks.TOKENS) {
            listener.checkCancelled();
            try {
                wait(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Whether a cache is long enough to be written. */
    static boolean isWorthWriting(KeyValueCache cache) {
        return cache.length() >= LEAST_TOKENS;
    }

    /** {@link #write(int[], Rows)} of all that a cache holds, which nobody else uses meanwhile; does not close it. */
    void write(KeyValueCache cache) {
        write(cache.tokens(), (first, count, into) -> {
            cache.copyRows(first, count, into);
            return true;
        });
    }

    /**
     * Writes what is not on the disk already, as far as there is room for the first blocks, without which the others
     * are of no use.
     *
     * @return false if the rows gave out before, or the JVM ends
     */
    boolean write(int[] tokens, Rows rows) {
        List<Header> blocks = withRoom(TokenBlocks.of(root, tokens, tokens.length));
        // none of them is to make room for another
        disk.touch(blocks.stream().filter(block -> disk.contains(block.key())).toList());
        int at = 0;
        try {
            while (at < blocks.size() && disk.isWriting()) {
                if (!disk.contains(blocks.get(at).key()) && !write(rows, blocks.get(at), at * TokenBlocks.TOKENS)) {
                    return false;
                }
                at++;
            }
        } catch (TorchException e) {
            if (Torch.isEnding()) {
                LOG.debug("The JVM ends before all is written", e);
                return false;
            }
            LOG.warn("A KV cache was not written to {}: {}", disk.directory(), e.getMessage());
        } finally {
            disk.touch(blocks.subList(0, at));
        }
        return true;
    }

    private List<Header> withRoom(List<Header> blocks) {
        if (blocks.isEmpty()) {
            return blocks;
        }
        long room = room(blocks.get(0));
        if (blocks.size() > room && !roomSaid.getAndSet(true)) {
            LOG.warn(
                    "cacheDirectoryBytes has room for {} of a KV cache's {} tokens: the first ones are written to {}; said once",
                    room * TokenBlocks.TOKENS,
                    blocks.size() * TokenBlocks.TOKENS,
                    disk.directory());
        }
        return blocks.subList(0, (int) Math.min(room, blocks.size()));
    }

    /** In blocks; of one at least, so that the disk tells that it is too large. */
    private long room(Header block) {
        return Math.max(1, disk.room(block, model.rowBytes(TokenBlocks.TOKENS)));
    }

    /** Whether all blocks of a cache's tokens have room beside those that the disk has of others. */
    boolean haveRoom(int[] tokens, List<int[]> others) {
        List<Header> blocks = TokenBlocks.of(root, tokens, tokens.length);
        Set<Key> keys = new HashSet<>();
        for (int[] other : others) {
            TokenBlocks.of(root, other, other.length).stream()
                    .map(Header::key)
                    .filter(disk::contains)
                    .forEach(keys::add);
        }
        blocks.forEach(block -> keys.add(block.key()));
        return blocks.isEmpty() || keys.size() <= room(blocks.get(0));
    }

    private boolean write(Rows rows, Header block, int first) {
        synchronized (writes) {
            if (written.isEmpty()) {
                written = disk.memory(blockBytes());
            }
            boolean copied = written.isPresent()
                    && rows.copy(first, TokenBlocks.TOKENS, written.get().clear());
            if (copied) {
                disk.write(block, written.get());
            }
            return copied;
        }
    }

    /**
     * Removes the blocks of a text and all that depend on them.
     *
     * @return how many
     */
    int forget(TokenRuns text) {
        synchronized (reads) {
            read = Optional.empty();
        }
        synchronized (writes) {
            written = Optional.empty();
            disk.removeTemporaries();
            return remove(text);
        }
    }

    /**
     * Has no more blocks written of a cache that has left memory, if it holds a text.
     *
     * @return whether there is one
     */
    synchronized boolean abandon(TokenRuns text) {
        boolean holds =
                writing.filter(cache -> !text.in(cache.tokens()).isEmpty()).isPresent();
        abandoned |= holds;
        return holds;
    }

    private int remove(TokenRuns text) {
        Map<Key, Header> blocks = new HashMap<>();
        for (Header header : disk.headers()) {
            if (header.kind() == Header.Kind.KEYS_AND_VALUES) {
                blocks.put(header.key(), header);
            }
        }
        Set<Key> doomed = new HashSet<>();
        for (Header block : blocks.values()) {
            int[] own = TokenBlocks.tokens(block);
            int[] before = Optional.ofNullable(blocks.get(block.parent()))
                    .map(TokenBlocks::tokens)
                    .orElseGet(() -> new int[0]);
            // a run may begin in the block before
            int overlap = Math.min(before.length, text.length() - 1);
            int[] tokens = Arrays.copyOf(
                    Arrays.copyOfRange(before, before.length - overlap, before.length), overlap + own.length);
            System.arraycopy(own, 0, tokens, overlap, own.length);
            BitSet found = text.in(tokens);
            if (found.nextSetBit(overlap) >= 0) {
                doomed.add(block.key());
            }
            if (found.nextSetBit(0) >= 0 && found.nextSetBit(0) < overlap) {
                doomed.add(block.parent());
            }
        }
        addDescendants(doomed, blocks);
        return (int) doomed.stream().filter(disk::remove).count();
    }

    private static void addDescendants(Set<Key> doomed, Map<Key, Header> blocks) {
        Map<Key, List<Key>> children = new HashMap<>();
        blocks.values()
                .forEach(block -> children.computeIfAbsent(block.parent(), parent -> new ArrayList<>())
                        .add(block.key()));
        List<Key> pending = new ArrayList<>(doomed);
        while (!pending.isEmpty()) {
            for (Key child : children.getOrDefault(pending.remove(pending.size() - 1), List.of())) {
                if (doomed.add(child)) {
                    pending.add(child);
                }
            }
        }
    }
}
