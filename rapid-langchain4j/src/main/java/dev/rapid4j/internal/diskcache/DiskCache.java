package dev.rapid4j.internal.diskcache;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of {@linkplain FileFormat files} up to a number of bytes, which several processes may share: of each of them
 * up to a sixteenth more may lie there before somebody makes room, by its own limit. A file appears whole or not at
 * all. What is damaged or foreign under the name of such a file is removed and not used; other files of the folder are
 * left alone. Safe to use from several threads.
 *
 * <p>Files are the owner's alone where the file system has POSIX permissions; elsewhere they have those of the folder.
 */
public final class DiskCache {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final String SUFFIX = ".rapid";
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}" + Pattern.quote(SUFFIX));
    private static final Pattern TEMPORARY =
            Pattern.compile("[0-9a-f]{64}" + Pattern.quote(SUFFIX) + "\\.[0-9]+\\.tmp");

    /** No file takes as long to write: what is older was left behind by a process that was killed. */
    private static final Duration OLDEST_TEMPORARY = Duration.ofMinutes(10);

    /** So much of the limit is written before it is looked again what other processes have written. */
    private static final double UNCOUNTED = 1 / 16.0;

    /** So much is left when room is made, so that not every file written makes room anew. */
    private static final double LEFT_OF_LIMIT = 0.9;

    private final Path directory;
    private final long maxBytes;
    private final FileAttribute<?>[] ownerOnly;
    private final AtomicLong bytes = new AtomicLong();
    private long uncounted;

    /** When temporaries that may still be written will be too old for that. */
    private Optional<Instant> lookAgain = Optional.empty();

    private final AtomicBoolean damageSaid = new AtomicBoolean();
    private final AtomicBoolean memorySaid = new AtomicBoolean();
    private final BackgroundWriter background = new BackgroundWriter();
    private volatile boolean writing = true;

    private record Stored(Path path, long bytes, FileTime used) {}

    private DiskCache(Path directory, long maxBytes, boolean posix) {
        this.directory = directory;
        this.maxBytes = maxBytes;
        this.ownerOnly = posix ? permissions("rw-------") : new FileAttribute<?>[0];
    }

    /**
     * Opens a folder; it is created if it is not there.
     *
     * @param maxBytes of all files together; at least 1
     * @throws IllegalArgumentException if it is no folder, cannot be created, read or written, or all may write there
     */
    public static DiskCache open(Path directory, long maxBytes) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new IllegalArgumentException("cacheDirectory " + directory + " is a file; name a folder");
        }
        try {
            boolean posix =
                    directory.getFileSystem().supportedFileAttributeViews().contains("posix");
            create(directory, posix);
            Path real = directory.toRealPath();
            if (!Files.isReadable(real) || !Files.isWritable(real)) {
                throw new IllegalArgumentException("cacheDirectory " + directory
                        + " cannot be read and written; change its permissions, or name another folder");
            }
            if (posix && Files.getPosixFilePermissions(real).contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IllegalArgumentException("All users may write into cacheDirectory " + directory
                        + ", so that anyone could change what the model has read; take that permission away (chmod o-w),"
                        + " or name another folder");
            }
            DiskCache cache = new DiskCache(real, maxBytes, posix);
            cache.makeRoom(0);
            return cache;
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException("cacheDirectory " + directory + " cannot be used: " + e, e);
        }
    }

    private static void create(Path directory, boolean posix) throws IOException {
        if (!Files.isDirectory(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectories(directory, posix ? permissions("rwx------") : new FileAttribute<?>[0]);
        }
    }

    private static FileAttribute<?>[] permissions(String permissions) {
        Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(set)};
    }

    public Path directory() {
        return directory;
    }

    /**
     * Has something written on another thread, after all that it was given before.
     *
     * @return false if it will not be done, as no thread can be started
     */
    public boolean inBackground(Runnable writing) {
        return background.submit(writing);
    }

    /** Waits until all that was given to {@link #inBackground} has been written. */
    public void awaitBackground() {
        background.await();
    }

    /**
     * Memory outside the heap for what is read or written.
     *
     * @return empty if there is not enough, which is logged once
     */
    public Optional<ByteBuffer> memory(int size) {
        try {
            return Optional.of(ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder()));
        } catch (OutOfMemoryError e) {
            if (!memorySaid.getAndSet(true)) {
                LOG.warn(
                        "cacheDirectory {} is passed by for want of memory outside the heap, of which {} bytes are"
                                + " needed (see -XX:MaxDirectMemorySize); said once: {}",
                        directory,
                        size,
                        e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** Bytes of all files, as far as this process knows. */
    public long bytes() {
        return bytes.get();
    }

    /** Whether there is a file of this name; what it is worth is known when it has been read. */
    public boolean contains(Key key) {
        return Files.isRegularFile(path(key), NOFOLLOW_LINKS);
    }

    /** Bytes of a file, no fewer than its content has; empty if there is none. */
    public OptionalLong size(Key key) {
        try {
            return OptionalLong.of(Files.readAttributes(path(key), BasicFileAttributes.class, NOFOLLOW_LINKS)
                    .size());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * The content of a file, checked; it counts as used.
     *
     * @param expected what the file must say of itself
     * @param allocate gives what is read into, for so many bytes, which are no more than the file has; {@code null} if
     *     that is the wrong number
     * @return empty if there is no such file, or if it was damaged, and has therefore been removed
     */
    public Optional<ByteBuffer> read(Header expected, LongFunction<ByteBuffer> allocate) {
        Path path = path(expected.key());
        try (FileChannel file = FileChannel.open(path, READ, NOFOLLOW_LINKS)) {
            Optional<ByteBuffer> content = FileFormat.read(file, expected, allocate);
            if (content.isPresent()) {
                return content;
            }
        } catch (EOFException e) {
            LOG.debug("{} became shorter", path, e);
        } catch (IOException e) {
            // not there, or not to be read at the moment; that says nothing about what it holds
            LOG.debug("{} cannot be read", path, e);
            return Optional.empty();
        }
        if (!damageSaid.getAndSet(true)) {
            LOG.warn("{} is damaged or foreign: it is removed, and what it was for is computed anew; said once", path);
        }
        remove(expected.key());
        return Optional.empty();
    }

    /**
     * Says that files were used just now, the first of them last: those that others depend on stay longest. Removes
     * what was left behind when the folder was last counted, and too young then.
     *
     * @param headers in the order of dependence
     */
    public void touch(List<Header> headers) {
        Instant now = Instant.now();
        for (int i = 0; i < headers.size(); i++) {
            try {
                Files.setLastModifiedTime(path(headers.get(i).key()), FileTime.from(now.minusMillis(i)));
            } catch (IOException e) {
                // it has just been removed by another process
                LOG.debug("Not touched", e);
            }
        }
        removeLeftBehind(now);
    }

    private synchronized void removeLeftBehind(Instant now) {
        if (lookAgain.filter(now::isAfter).isPresent()) {
            try {
                makeRoom(0);
            } catch (UncheckedIOException e) {
                LOG.debug("Not counted", e);
            }
        }
    }

    /**
     * Writes a file unless it is there. Never fails: when the disk does, that is logged once, and nothing is written
     * any more.
     */
    public synchronized void write(Header header, ByteBuffer content) {
        if (!writing || contains(header.key())) {
            return;
        }
        long size = FileFormat.size(header, content.remaining());
        if (size > maxBytes) {
            stop("a file takes " + size + " bytes, more than cacheDirectoryBytes allows for all: " + maxBytes);
            return;
        }
        Path path = path(header.key());
        Path temporary = path.resolveSibling(
                path.getFileName() + "." + (ThreadLocalRandom.current().nextLong() >>> 1) + ".tmp");
        try {
            if (bytes.get() + size > maxBytes || uncounted + size > UNCOUNTED * maxBytes) {
                makeRoom(size);
            }
            uncounted += size;
            try (FileChannel file = FileChannel.open(temporary, Set.of(CREATE_NEW, WRITE, NOFOLLOW_LINKS), ownerOnly)) {
                // Not forced to the disk, which takes tens of milliseconds a file: the system writes it even if this
                // process is killed, and what a power failure leaves of it is found damaged.
                FileFormat.write(file, header, content);
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
            bytes.addAndGet(size);
        } catch (IOException | UncheckedIOException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            // on some systems a file that another process has just written, and reads, cannot be replaced; a process
            // that forgets a text removes temporaries; and that a thread was interrupted says nothing about the disk
            boolean removed = e instanceof NoSuchFileException && Files.isDirectory(directory);
            if (!contains(header.key()) && !removed && !(e instanceof ClosedByInterruptException)) {
                stop(e.toString());
            }
        }
    }

    /** How many files as large as one of this content stay when all of them are written. */
    public long room(Header header, long contentBytes) {
        return (long) (LEFT_OF_LIMIT * maxBytes) / FileFormat.size(header, contentBytes);
    }

    private void stop(String why) {
        writing = false;
        LOG.warn("Nothing more is written to cacheDirectory {}: {}", directory, why);
    }

    /** Whether anything would be written. */
    public boolean isWriting() {
        return writing;
    }

    /**
     * Removes the files that are only being written, whoever writes them, and those that were left behind by processes
     * that were killed: nobody can tell what they hold. What another process loses by it is written at another time.
     */
    public synchronized void removeTemporaries() {
        forEach(path -> {
            if (TEMPORARY.matcher(path.getFileName().toString()).matches()) {
                delete(path);
            }
        });
    }

    /** Removes a file, if it is there. */
    public boolean remove(Key key) {
        Path path = path(key);
        try {
            long size = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS)
                    .size();
            boolean removed = Files.deleteIfExists(path);
            bytes.addAndGet(removed ? -size : 0);
            return removed;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", path, e.toString());
            return false;
        }
    }

    /**
     * What the files say of themselves; those that say nothing sensible are removed.
     *
     * @throws UncheckedIOException if the folder cannot be read, or the thread is interrupted, which it then still is
     */
    public List<Header> headers() {
        List<Header> headers = new ArrayList<>();
        forEach(path -> {
            if (NAME.matcher(path.getFileName().toString()).matches()) {
                Key key = key(path);
                Optional<Header> header =
                        header(path).filter(found -> found.key().equals(key));
                header.ifPresentOrElse(headers::add, () -> remove(key));
            }
        });
        return headers;
    }

    private static Optional<Header> header(Path path) {
        // to open a pipe would wait for somebody who writes
        if (!Files.isRegularFile(path, NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (FileChannel file = FileChannel.open(path, READ, NOFOLLOW_LINKS)) {
            return FileFormat.readHeader(file).map(FileFormat.Described::header);
        } catch (ClosedByInterruptException e) {
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Counts what is there, and removes the least recently used files if that is too much with more to come. */
    private synchronized void makeRoom(long more) {
        lookAgain = Optional.empty();
        List<Stored> all = new ArrayList<>();
        forEach(path -> stored(path).ifPresent(all::add));
        long total = all.stream().mapToLong(Stored::bytes).sum();
        if (total + more > maxBytes) {
            all.sort(Comparator.comparing(Stored::used));
            long wanted = (long) (LEFT_OF_LIMIT * maxBytes) - more;
            for (Stored oldest : all) {
                if (total <= Math.max(0, wanted)) {
                    break;
                }
                total -= delete(oldest.path()) ? oldest.bytes() : 0;
            }
        }
        bytes.set(total);
        uncounted = 0;
    }

    /** A file of the cache; temporaries that were left behind are removed. */
    private Optional<Stored> stored(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
            String name = path.getFileName().toString();
            FileTime used = attributes.lastModifiedTime();
            if (NAME.matcher(name).matches()) {
                return Optional.of(new Stored(path, attributes.size(), used));
            }
            if (TEMPORARY.matcher(name).matches()) {
                Instant tooOld = used.toInstant().plus(OLDEST_TEMPORARY);
                if (tooOld.isBefore(Instant.now())) {
                    delete(path);
                } else {
                    lookAgain = lookAgain.or(() -> Optional.of(tooOld));
                }
            }
        } catch (IOException e) {
            LOG.debug("Gone", e);
        }
        return Optional.empty();
    }

    private static boolean delete(Path path) {
        try {
            return Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("Not removed", e);
            return false;
        }
    }

    private void forEach(Consumer<Path> action) {
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            paths.forEach(action);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw new UncheckedIOException(e.getCause());
        }
    }

    private Path path(Key key) {
        return directory.resolve(key.hex() + SUFFIX);
    }

    private static Key key(Path path) {
        String name = path.getFileName().toString();
        return new Key(name.substring(0, name.length() - SUFFIX.length()));
    }
}
