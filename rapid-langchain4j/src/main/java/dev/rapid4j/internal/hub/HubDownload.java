package dev.rapid4j.internal.hub;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.DownloadListener;
import dev.rapid4j.DownloadProgress;
import dev.rapid4j.internal.hub.HubClient.RemoteFile;
import dev.rapid4j.internal.text.ByteSizes;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings files of one repository into the cache. */
public final class HubDownload {

    private static final Logger LOG = LoggerFactory.getLogger(HubDownload.class);

    private static final long PROGRESS_INTERVAL_NANOS = 200_000_000;

    private final HubClient client;
    private final HubCache cache;
    private final RepositoryId id;
    private final HubClient.Listing listing;
    private final Duration timeout;
    private final DownloadListener listener;
    private final ToLongFunction<Path> usableSpace;
    private int filesDone;
    private int filesTotal;

    HubDownload(
            HubClient client,
            HubCache cache,
            RepositoryId id,
            HubClient.Listing listing,
            Duration timeout,
            DownloadListener listener,
            ToLongFunction<Path> usableSpace) {
        this.client = client;
        this.cache = cache;
        this.id = id;
        this.listing = listing;
        this.timeout = timeout;
        this.listener = listener;
        this.usableSpace = usableSpace;
    }

    /** The folder with the files. */
    Path run(FileSelection selection) throws IOException, InterruptedException {
        selection.download(this);
        cache.writeRef(id, listing.commit());
        return snapshot();
    }

    public RepositoryId id() {
        return id;
    }

    public Path snapshot() {
        return cache.snapshot(listing.commit());
    }

    /** Names of the files that the repository has; whoever made it is not trusted. */
    public Set<String> names() {
        return listing.files().keySet();
    }

    /** Whether the repository has a file. */
    public boolean lists(String name) {
        return listing.files().containsKey(name);
    }

    /** Remembers that the repository does not have a file. */
    public void markAbsent(String name) throws IOException {
        cache.markAbsent(listing.commit(), name);
    }

    public void requireListed(String name, String advice) {
        if (!lists(name)) {
            throw new CheckpointException("%s has no %s; %s".formatted(id, name, advice));
        }
    }

    /** Brings those of the files that are not there yet. */
    public void download(Collection<String> names) throws IOException, InterruptedException {
        List<RemoteFile> missing = new ArrayList<>();
        for (String name : names) {
            if (!Files.exists(snapshot().resolve(name))) {
                missing.add(describe(name));
            }
        }
        if (!missing.isEmpty()) {
            download(missing, false);
        }
    }

    /**
     * Brings anew those of the files that are not what the hub has.
     *
     * @return whether there were such
     */
    boolean replaceDamaged(Collection<String> names) throws IOException, InterruptedException {
        List<RemoteFile> damaged = new ArrayList<>();
        for (String name : names) {
            if (lists(name)) {
                RemoteFile file = describe(name);
                Path pointer = snapshot().resolve(name);
                LOG.info("{} cannot be used, and is compared with the hub's", pointer);
                damage(file, pointer).ifPresent(damage -> {
                    LOG.warn("{} is damaged ({}), it is downloaded anew", pointer, damage);
                    damaged.add(file);
                });
            }
        }
        if (!damaged.isEmpty()) {
            download(damaged, true);
        }
        return !damaged.isEmpty();
    }

    private void download(List<RemoteFile> files, boolean anew) throws IOException, InterruptedException {
        checkSpace(files);
        filesTotal += files.size();
        for (RemoteFile file : files) {
            cache.exclusively(file.etag(), () -> {
                if (anew) {
                    Files.deleteIfExists(cache.blob(file.etag()));
                    Files.deleteIfExists(snapshot().resolve(file.name()));
                }
                if (!isStored(file)) {
                    download(file);
                }
                cache.link(file.etag(), listing.commit(), file.name());
            });
            filesDone++;
        }
    }

    private RemoteFile describe(String name) throws IOException, InterruptedException {
        return client.retrying(() -> client.file(id, listing, name));
    }

    /** Where it has another size, a program was stopped, or the disk was full, that does not look at what it wrote. */
    private boolean isStored(RemoteFile file) throws IOException {
        Path blob = cache.blob(file.etag());
        return Files.exists(blob) && Files.size(blob) == file.size();
    }

    private void checkSpace(List<RemoteFile> missing) throws IOException {
        long needed = 0;
        for (RemoteFile file : missing) {
            if (!isStored(file)) {
                long bytes = Math.max(0, file.size() - sizeOf(cache.incomplete(file.etag())));
                // a hub may claim any sizes
                needed += Math.min(bytes, Long.MAX_VALUE - needed);
            }
        }
        Files.createDirectories(cache.folder());
        long usable = usableSpace.applyAsLong(cache.folder());
        if (needed > usable && !Files.isWritable(cache.folder())) {
            throw new AccessDeniedException(cache.folder().toString());
        }
        if (needed > usable) {
            throw new CheckpointException(
                    Problem.NOT_STORED,
                    "%s needs %s on the disk of %s, which has %s; free space, or set HF_HUB_CACHE to a folder on another disk"
                            .formatted(id, ByteSizes.text(needed), cache.folder(), ByteSizes.text(usable)),
                    null);
        }
    }

    private void download(RemoteFile file) throws IOException, InterruptedException {
        Path incomplete = cache.incomplete(file.etag());
        Files.createDirectories(incomplete.getParent());
        boolean continued = sizeOf(incomplete) > 0;
        receive(file, incomplete);
        if (!isStored(file)) {
            Optional<String> damage = damage(file, incomplete);
            if (damage.isPresent() && continued) {
                LOG.info("what had arrived of {} earlier is damaged; it is downloaded from the start", file.name());
                Files.delete(incomplete);
                receive(file, incomplete);
                damage = isStored(file) ? Optional.empty() : damage(file, incomplete);
            }
            if (damage.isPresent()) {
                Files.delete(incomplete);
                throw new CheckpointException("%s of %s arrived damaged: %s; it was deleted, try again"
                        .formatted(file.name(), id, damage.get()));
            }
            store(file, incomplete);
        }
        Files.deleteIfExists(incomplete);
        listener.onProgress(new DownloadProgress(file.name(), file.size(), file.size(), filesDone + 1, filesTotal));
    }

    /** Brings what is missing of a file, unless another program stores the whole of it first. */
    private void receive(RemoteFile file, Path incomplete) throws IOException, InterruptedException {
        int failures = 0;
        long furthest = sizeOf(incomplete);
        while (!isStored(file) && (sizeOf(incomplete) < file.size() || !Files.exists(incomplete))) {
            try {
                append(file, incomplete);
            } catch (IOException e) {
                // a server that cannot continue starts again, and may be cut at another place each time
                long arrived = sizeOf(incomplete);
                failures = arrived > furthest ? 1 : failures + 1;
                furthest = Math.max(furthest, arrived);
                client.pause(failures, e);
            }
        }
    }

    /** Gives a file that has arrived its name, after it is on the disk: a power cut must not leave the name alone. */
    private void store(RemoteFile file, Path incomplete) throws IOException {
        // not created: where locks do not hold, another program may have moved it, and an empty file would replace that
        try (FileChannel whole = FileChannel.open(incomplete, StandardOpenOption.WRITE)) {
            whole.force(true);
        } catch (IOException e) {
            if (isStored(file)) {
                return;
            }
            throw notWritten(file, e);
        }
        try {
            Files.move(
                    incomplete,
                    cache.blob(file.etag()),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException e) {
            if (!isStored(file)) {
                throw e;
            }
            LOG.debug("{} was stored by another program, which holds it open", file.name(), e);
        }
    }

    /** Gets what is still missing of a file. */
    private void append(RemoteFile file, Path incomplete) throws IOException, InterruptedException {
        long done = sizeOf(incomplete);
        HubClient.Response response = client.content(id, file, done);
        try (HubClient.Body body = response.body()) {
            if (response.status() == 416 || response.status() == 206 && response.start() != done) {
                Files.deleteIfExists(incomplete);
                throw new IOException(file.name() + " could not be continued");
            }
            long start = response.status() == 206 ? done : 0;
            try (RandomAccessFile out = open(incomplete, start, file)) {
                copy(body, out, file, start);
            }
        }
        if (sizeOf(incomplete) < file.size()) {
            throw new IOException(
                    "%s ended after %d of %d bytes".formatted(file.name(), sizeOf(incomplete), file.size()));
        }
    }

    private void copy(HubClient.Body body, RandomAccessFile out, RemoteFile file, long start)
            throws IOException, InterruptedException {
        long done = start;
        long reported = System.nanoTime();
        listener.onProgress(new DownloadProgress(file.name(), done, file.size(), filesDone, filesTotal));
        for (Optional<List<ByteBuffer>> next = body.next(timeout); next.isPresent(); next = body.next(timeout)) {
            for (ByteBuffer buffer : next.get()) {
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                write(out, part, file);
                done += part.length;
            }
            if (done > file.size()) {
                return;
            }
            if (System.nanoTime() - reported > PROGRESS_INTERVAL_NANOS) {
                reported = System.nanoTime();
                listener.onProgress(new DownloadProgress(file.name(), done, file.size(), filesDone, filesTotal));
            }
        }
    }

    /** At its place and not at the file's end, so that even where locks do not hold, two processes write the same. */
    private RandomAccessFile open(Path incomplete, long start, RemoteFile file) {
        try {
            RandomAccessFile out = new RandomAccessFile(incomplete.toFile(), "rw");
            if (start == 0 && out.length() > 0) {
                out.setLength(0);
            }
            out.seek(start);
            return out;
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    private void write(RandomAccessFile out, byte[] part, RemoteFile file) {
        try {
            out.write(part);
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    /** Trouble with the disk, unlike trouble with the network, will not pass by trying again. */
    private CheckpointException notWritten(RemoteFile file, IOException e) {
        return new CheckpointException(
                Problem.NOT_STORED,
                "%s of %s could not be written to %s (%s); free space or make it writable and call again, which goes on where this ended"
                        .formatted(file.name(), id, cache.folder(), e.getMessage()),
                e);
    }

    /** What a file is, as compared with the hub's, unless it is the same; where no hash is known, its size counts. */
    private static Optional<String> damage(RemoteFile file, Path path) throws IOException, InterruptedException {
        long size = Files.size(path);
        if (size != file.size()) {
            return Optional.of("%d bytes instead of %d".formatted(size, file.size()));
        }
        if (file.hash().isEmpty()) {
            return Optional.empty();
        }
        String expected = file.hash().get();
        String found = expected.length() == 64
                ? hash("SHA-256", new byte[0], path)
                // the hash of a file in git
                : hash("SHA-1", ("blob " + size + "\0").getBytes(StandardCharsets.UTF_8), path);
        return found.equals(expected)
                ? Optional.empty()
                : Optional.of("its hash is %s instead of %s".formatted(found, expected));
    }

    private static String hash(String algorithm, byte[] prefix, Path file) throws IOException, InterruptedException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(prefix);
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long sizeOf(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }
}
