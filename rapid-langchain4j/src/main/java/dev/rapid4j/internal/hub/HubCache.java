package dev.rapid4j.internal.hub;

import dev.rapid4j.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One repository's folder in the cache, laid out as huggingface_hub does, which shares it: {@code blobs/<etag>} the
 * files, {@code snapshots/<commit>/<name>} links to them, {@code refs/<revision>} the commit a branch or tag stood at.
 *
 * <p>Both may download one file at a time, since neither knows when the other does: on Linux, Java's locks are not
 * those of Python. So a file that is arriving has a name of this library's own, and gets its name in the cache when it
 * is whole.
 */
final class HubCache {

    private static final Logger LOG = LoggerFactory.getLogger(HubCache.class);

    /** A branch's name may have as many slashes. */
    private static final int MAX_DEPTH = 20;

    /** File locks hold between processes only. */
    private static final Map<Path, ReentrantLock> LOCKS_OF_THIS_PROCESS = new ConcurrentHashMap<>();

    private final Path folder;
    private final Path locks;

    /** What is done while no other thread or process of this library touches a blob. */
    @FunctionalInterface
    interface Exclusive {
        void run() throws IOException, InterruptedException;
    }

    HubCache(Path cache, RepositoryId id) {
        folder = cache.resolve(id.folder());
        locks = cache.resolve(".locks").resolve(id.folder());
    }

    Path folder() {
        return folder;
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    Path blob(String etag) {
        return folder.resolve("blobs").resolve(etag);
    }

    /** What has arrived of a blob; by the end of its name, {@code hf cache prune} knows it for what it is. */
    Path incomplete(String etag) {
        return folder.resolve("blobs").resolve(etag + ".rapid4j.incomplete");
    }

    /** Whether something has arrived, whole or not. */
    boolean holdsBlobs() {
        try (Stream<Path> blobs = Files.list(folder.resolve("blobs"))) {
            return blobs.findAny().isPresent();
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} holds nothing that can be listed", folder, e);
            return false;
        }
    }

    /** The files in its snapshots whose paths stand in a text. */
    List<Path> filesNamedIn(String text) {
        Path snapshots = folder.resolve("snapshots");
        if (!text.contains(snapshots.toString())) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(snapshots)) {
            return files.filter(file -> text.contains(file.toString()) && Files.isRegularFile(file))
                    .filter(file -> RepositoryId.isCommit(commit(file)))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} cannot be listed", snapshots, e);
            return List.of();
        }
    }

    /**
     * What must be deleted for a file of a snapshot to be downloaded again: the blob that it links. Where it is a hard
     * link, both, as each keeps the bytes that it would be made of anew.
     */
    List<Path> targets(Path file) {
        try {
            return Files.isSymbolicLink(file) ? List.of(file.toRealPath()) : namesOf(file);
        } catch (IOException e) {
            LOG.debug("what {} links cannot be told", file, e);
            return List.of(file);
        }
    }

    private List<Path> namesOf(Path file) throws IOException {
        List<Path> names = new ArrayList<>(List.of(file));
        try (DirectoryStream<Path> blobs = Files.newDirectoryStream(folder.resolve("blobs"))) {
            for (Path blob : blobs) {
                if (Files.isSameFile(blob, file)) {
                    names.add(blob);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** The commit that a file of a snapshot belongs to. */
    String commit(Path file) {
        return folder.resolve("snapshots").relativize(file).getName(0).toString();
    }

    /** The files of a revision as they were last downloaded, if all that is needed is there. */
    Optional<Path> completeSnapshot(RepositoryId id, FileSelection selection) {
        try {
            return snapshot(id).filter(selection::isCompleteIn);
        } catch (IOException e) {
            throw new CheckpointException(folder + " cannot be read: " + e, e);
        }
    }

    private Optional<Path> snapshot(RepositoryId id) throws IOException {
        String commit = id.revision();
        Path ref = folder.resolve("refs").resolve(id.revision());
        if (Files.isRegularFile(ref) && Files.size(ref) < 100) {
            commit = Files.readString(ref).strip();
        }
        return Optional.of(commit).filter(RepositoryId::isCommit).map(this::snapshot);
    }

    /** The folders of all branches and tags that were ever asked for, by the ids of the repository at them. */
    Map<String, Path> snapshots(RepositoryId id) {
        Path refs = folder.resolve("refs");
        Map<String, Path> snapshots = new HashMap<>();
        try (Stream<Path> files = Files.walk(refs, MAX_DEPTH)) {
            for (Path ref : files.filter(Files::isRegularFile).toList()) {
                Optional<RepositoryId> at = RepositoryId.ofModel(
                        id.repository() + "@" + refs.relativize(ref).toString().replace('\\', '/'));
                if (at.isPresent()) {
                    snapshot(at.get())
                            .filter(Files::isDirectory)
                            .ifPresent(snapshot -> snapshots.put(at.get().id(), snapshot));
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} cannot be listed", refs, e);
        }
        return snapshots;
    }

    /** The files that are wanted which a snapshot has not, though nobody ever saw that they do not exist. */
    List<String> unknown(Path snapshot, FileSelection selection) {
        String commit = snapshot.getFileName().toString();
        return selection.optional(snapshot).stream()
                .filter(name -> !Files.exists(snapshot.resolve(name)) && !Files.exists(absent(commit, name)))
                .toList();
    }

    /** Remembers, as huggingface_hub does and if the cache can be written, that a commit does not have a file. */
    void markAbsent(String commit, String name) throws IOException {
        Path mark = absent(commit, name);
        if (Files.exists(mark)) {
            return;
        }
        try {
            Files.createDirectories(mark.getParent());
            Files.createFile(mark);
        } catch (FileSystemException e) {
            LOG.debug("that {} has no {} is not remembered", commit, name, e);
        }
    }

    private Path absent(String commit, String name) {
        return folder.resolve(".no_exist").resolve(commit).resolve(name);
    }

    /** Remembers, if the cache can be written, which commit a branch or tag stands at. */
    void writeRef(RepositoryId id, String commit) throws IOException {
        Path ref = folder.resolve("refs").resolve(id.revision());
        if (id.isCommit() || Files.isRegularFile(ref) && Files.readString(ref).equals(commit)) {
            return;
        }
        // not createTempFile, which makes files that other users cannot read
        Path temporary = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(ref.getParent());
            try {
                Files.writeString(temporary, commit);
                Files.move(temporary, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("that {} stands at {} could not be written to the cache: {}", id, commit, e.toString());
        }
    }

    /** Makes a blob appear in a snapshot; by a copy only where the file system knows no links. */
    void link(String etag, String commit, String name) throws IOException {
        Path blob = blob(etag);
        Path pointer = snapshot(commit).resolve(name);
        Files.createDirectories(pointer.getParent());
        if (Files.exists(pointer)) {
            return;
        }
        Files.deleteIfExists(pointer);
        try {
            Files.createSymbolicLink(pointer, pointer.getParent().relativize(blob));
        } catch (FileAlreadyExistsException e) {
            LOG.debug("{} was linked by another process", pointer);
        } catch (UnsupportedOperationException | IOException e) {
            hardLink(blob, pointer);
        }
    }

    private static void hardLink(Path blob, Path pointer) throws IOException {
        try {
            Files.createLink(pointer, blob);
        } catch (UnsupportedOperationException | IOException e) {
            Path temporary = pointer.resolveSibling(pointer.getFileName() + ".incomplete");
            Files.copy(blob, temporary, StandardCopyOption.REPLACE_EXISTING);
            Files.move(temporary, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * Runs what no other thread or process of this library may run for the same blob.
     *
     * <p>The lock file is not huggingface_hub's {@code <etag>.lock}: that one is deleted by some versions of Python's
     * filelock while others wait for it, and where the file system knows no locks, its mere existence is the lock.
     */
    void exclusively(String etag, Exclusive action) throws IOException, InterruptedException {
        Path file = locks.resolve(etag + ".rapid4j.lock");
        Files.createDirectories(locks);
        ReentrantLock inProcess =
                LOCKS_OF_THIS_PROCESS.computeIfAbsent(file.toAbsolutePath().normalize(), path -> new ReentrantLock());
        inProcess.lockInterruptibly();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = acquire(channel, file)) {
            LOG.trace("holding {}", lock);
            action.run();
        } finally {
            inProcess.unlock();
        }
    }

    /**
     * Asks again and again, because a waiting {@code lock()} does not end well when its thread is interrupted.
     *
     * @return null where the file system knows no locks; two processes then write the same bytes to the same places
     */
    private static FileLock acquire(FileChannel channel, Path file) throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                LOG.debug("{} is held by this process through another class loader", file);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                LOG.debug("{} cannot be locked", file, e);
                return null;
            }
            if (attempt == 4) {
                LOG.info("waiting for another process that downloads the same file ({})", file);
            }
            Thread.sleep(250);
        }
    }
}
