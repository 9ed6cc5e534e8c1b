package dev.rapid4j.checkpoint;

import dev.rapid4j.checkpoint.CheckpointException.Problem;
import dev.rapid4j.checkpoint.HubClient.RemoteFile;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Brings files of one repository into the cache. */
final class HubDownload {

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
    Path run(Selection selection) throws IOException, InterruptedException {
        selection.download(this);
        cache.writeRef(id, listing.commit());
        return snapshot();
    }

    RepositoryId id() {
        return id;
    }

    Path snapshot() {
        return cache.snapshot(listing.commit());
    }

    /** Whether the repository has a file. */
    boolean lists(String name) {
        return listing.files().contains(name);
    }

    /** Remembers that the repository does not have a file. */
    void markAbsent(String name) throws IOException {
        cache.markAbsent(listing.commit(), name);
    }

    void requireListed(String name, String advice) {
        if (!lists(name)) {
            throw new CheckpointException("%s has no %s; %s".formatted(id, name, advice));
        }
    }

    /** Brings those of the files that are not there yet. */
    void download(Collection<String> names) throws IOException, InterruptedException {
        List<RemoteFile> missing = new ArrayList<>();
        for (String name : names) {
            if (!Files.exists(snapshot().resolve(name))) {
                missing.add(client.retrying(() -> client.file(id, listing.commit(), name)));
            }
        }
        checkSpace(missing);
        filesTotal += missing.size();
        for (RemoteFile file : missing) {
            cache.exclusively(file.etag(), () -> {
                if (!Files.exists(cache.blob(file.etag()))) {
                    download(file);
                }
                cache.link(file.etag(), listing.commit(), file.name());
            });
            filesDone++;
        }
    }

    private void checkSpace(List<RemoteFile> missing) throws IOException {
        long needed = 0;
        for (RemoteFile file : missing) {
            if (!Files.exists(cache.blob(file.etag()))) {
                needed += file.size() - sizeOf(cache.incomplete(file.etag()));
            }
        }
        Files.createDirectories(cache.folder());
        long usable = usableSpace.applyAsLong(cache.folder());
        if (needed > usable) {
            throw new CheckpointException(
                    Problem.NOT_STORED,
                    "%s needs %s on the disk of %s, which has %s; free space, or set HF_HUB_CACHE to a folder on another disk"
                            .formatted(id, ConsoleProgress.size(needed), cache.folder(), ConsoleProgress.size(usable)),
                    null);
        }
    }

    private void download(RemoteFile file) throws IOException, InterruptedException {
        Path incomplete = cache.incomplete(file.etag());
        Files.createDirectories(incomplete.getParent());
        int failures = 0;
        while (sizeOf(incomplete) < file.size() || !Files.exists(incomplete)) {
            long before = sizeOf(incomplete);
            try {
                append(file, incomplete);
            } catch (IOException e) {
                failures = sizeOf(incomplete) > before ? 1 : failures + 1;
                client.pause(failures, e);
            }
        }
        verify(file, incomplete);
        Files.move(
                incomplete,
                cache.blob(file.etag()),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        listener.onProgress(new DownloadProgress(file.name(), file.size(), file.size(), filesDone + 1, filesTotal));
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
            boolean append = response.status() == 206;
            try (OutputStream out = open(incomplete, append, file)) {
                copy(body, out, file, append ? done : 0);
            }
        }
        if (sizeOf(incomplete) < file.size()) {
            throw new IOException(
                    "%s ended after %d of %d bytes".formatted(file.name(), sizeOf(incomplete), file.size()));
        }
    }

    private void copy(HubClient.Body body, OutputStream out, RemoteFile file, long start)
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

    private OutputStream open(Path incomplete, boolean append, RemoteFile file) {
        try {
            return new FileOutputStream(incomplete.toFile(), append);
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    private void write(OutputStream out, byte[] part, RemoteFile file) {
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
                "%s of %s could not be written to %s (%s); free space and call again, which goes on where this ended"
                        .formatted(file.name(), id, cache.folder(), e.getMessage()),
                e);
    }

    private void verify(RemoteFile file, Path incomplete) throws IOException, InterruptedException {
        String found = switch (file.etag().length()) {
            case 64 -> hash("SHA-256", new byte[0], incomplete);
            // the hash of a file in git
            case 40 ->
                hash("SHA-1", ("blob " + sizeOf(incomplete) + "\0").getBytes(StandardCharsets.UTF_8), incomplete);
            // a mirror's own mark says nothing of the content
            default -> file.etag();
        };
        if (sizeOf(incomplete) != file.size() || !found.equals(file.etag())) {
            long size = sizeOf(incomplete);
            Files.delete(incomplete);
            throw new CheckpointException(
                    "%s of %s arrived damaged: %d bytes with hash %s instead of %d bytes with hash %s; it was deleted, try again"
                            .formatted(file.name(), id, size, found, file.size(), file.etag()));
        }
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
