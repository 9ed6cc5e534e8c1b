package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.Device;

/**
 * Memory of keys and values that one KV cache writes and others may begin with, which read its first rows. It is there
 * as long as any of these caches. Safe to use from several threads.
 */
public final class CacheMemory {

    private final LanguageModel model;
    private final Rows rows;

    /** Caches, the one that writes among them until it is closed. */
    private int users = 1;

    /** Rows that are not only the writer's, as long as there is another user. */
    private int read;

    private int written;

    CacheMemory(LanguageModel model, Rows rows) {
        this.model = model;
        this.rows = rows;
    }

    Rows rows() {
        return rows;
    }

    /** Caches for which it is there. */
    public synchronized int users() {
        return users;
    }

    /** In bytes, on all devices together. */
    public long bytes() {
        return model.devices().stream().mapToLong(this::bytes).sum();
    }

    /** In bytes. */
    public long bytes(Device device) {
        return model.cacheBytes(device, rows);
    }

    /** Bytes that a device will only miss when tokens come: a CPU's memory is taken when it is first written. */
    public synchronized long unwrittenBytes(Device device) {
        if (!device.equals(Device.CPU)) {
            return 0;
        }
        return model.cacheBytes(device, new Rows(rows.all() - written, Math.max(0, rows.sliding() - written)));
    }

    /** Bytes that a device gets back when nobody holds it any more. */
    public long writtenBytes(Device device) {
        return bytes(device) - unwrittenBytes(device);
    }

    /** One more cache reads the first rows. */
    synchronized void share(int first) {
        read = Math.max(rowsOfOthers(), first);
        users++;
    }

    synchronized void release() {
        users--;
    }

    /** Rows, from the first on, that must not be written. */
    synchronized int rowsOfOthers() {
        return users > 1 ? read : 0;
    }

    synchronized void written(int first) {
        written = Math.max(written, first);
    }
}
