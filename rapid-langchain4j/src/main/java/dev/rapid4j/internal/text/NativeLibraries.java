package dev.rapid4j.internal.text;

import ai.djl.util.Platform;
import ai.djl.util.Utils;
import com.sun.security.auth.module.UnixSystem;
import dev.rapid4j.TorchStartException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The folder where DJL unpacks native libraries and loads them from, and why it may not have come to that. */
public final class NativeLibraries {

    private static final String ENGINE_FOLDER = "ENGINE_CACHE_DIR";
    private static final String FOLDER = "DJL_CACHE_DIR";

    /** Of the folders in the cache that libraries of this process are loaded from. */
    private static final List<String> LOADED = List.of("pytorch", "tokenizers");

    /** A folder for each version, and the files in it. */
    private static final int DEPTH = 2;

    private static final int ROOT = 0;

    private static final Path STATUS = Path.of("/proc/self/status");

    /** The real one, and the effective one, by which files are opened. */
    private static final Pattern USER = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)");

    /** What DJL unpacks of the CPU's libtorch, and of its own. */
    private static final int FOLDER_MEGABYTES = 450;

    private static final Pattern NOT_WRITTEN = Pattern.compile("(?i)no space left|quota|read-only|permission denied");
    private static final Pattern NOT_MAPPED =
            Pattern.compile("(?i)failed to map|cannot allocate|cannot enable executable|operation not permitted");

    private NativeLibraries() {}

    /**
     * To be called before DJL looks into its folder, which may lie under that for temporary files: whoever can write
     * there runs code in this process. A folder that was named for it is taken as it is: whoever runs the process says
     * whom he trusts, as with a volume that all containers of a pod may write to.
     *
     * @throws TorchStartException if that is somebody else than the user of this process and root
     */
    public static void requireTrustedFolder() {
        if (named(ENGINE_FOLDER) || named(FOLDER)) {
            return;
        }
        Path folder;
        try {
            folder = Utils.getEngineCacheDir();
        } catch (RuntimeException e) {
            throw failure("The folder for native libraries is no path here", "Set " + FOLDER + ".", e);
        }
        if (folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            requireTrusted(folder, user());
        }
    }

    /** @param user nobody else's files are trusted but root's; empty trusts each owner */
    static void requireTrusted(Path folder, Optional<Long> user) {
        if (!Files.exists(folder)) {
            try {
                // before somebody else does, where the folder above is everybody's
                Files.createDirectories(folder);
            } catch (IOException e) {
                // DJL tells why it cannot write; a link to nothing may be there, though, that somebody else made
            }
        }
        try {
            requireTrusted(folder, folder, user, 0);
            for (String name : LOADED) {
                requireTrusted(folder, folder.resolve(name), user, DEPTH);
            }
        } catch (IOException e) {
            throw failure("Native libraries are not loaded from " + folder, folderAdvice(), e);
        }
    }

    private static void requireTrusted(Path folder, Path path, Optional<Long> user, int depth) throws IOException {
        try {
            requireTrustedIfThere(folder, path, user, depth);
        } catch (NoSuchFileException e) {
            // nothing is there, or another process's DJL has moved on what it unpacked
        }
    }

    private static void requireTrustedIfThere(Path folder, Path path, Optional<Long> user, int depth)
            throws IOException {
        requireOwner(folder, path, user, LinkOption.NOFOLLOW_LINKS);
        if (!Files.exists(path)) {
            return;
        }
        requireOwner(folder, path, user);
        if (Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new TorchStartException(
                    "Native libraries are not loaded from %s, since every user may write to %s; take that from them (chmod -R o-w), or set %s to a folder of this process's user, or to this one if you trust it"
                            .formatted(folder, path, FOLDER),
                    null);
        }
        if (depth > 0 && Files.isDirectory(path)) {
            List<Path> inside;
            try (Stream<Path> files = Files.list(path)) {
                inside = files.toList();
            }
            for (Path file : inside) {
                requireTrusted(folder, file, user, depth - 1);
            }
        }
    }

    private static void requireOwner(Path folder, Path path, Optional<Long> user, LinkOption... options)
            throws IOException {
        long owner = ((Number) Files.getAttribute(path, "unix:uid", options)).longValue();
        if (user.isPresent() && owner != ROOT && owner != user.get()) {
            throw new TorchStartException(
                    "Native libraries are not loaded from %s, since %s belongs to another user (%s) than that of this process (%d) and than root; set %s to a folder of this process's user, or to this one if you trust it"
                            .formatted(folder, path, Files.getOwner(path, options), user.get(), FOLDER),
                    null);
        }
    }

    private static Optional<Long> user() {
        try {
            Matcher line = USER.matcher(Files.readString(STATUS));
            if (line.find()) {
                return Optional.of(Long.parseLong(line.group(1)));
            }
        } catch (IOException e) {
            // no Linux
        }
        try {
            UnixSystem system = new UnixSystem();
            // of a user that has no name it knows no number either
            return Optional.ofNullable(system.getUsername()).map(name -> system.getUid());
        } catch (LinkageError e) {
            // a Java runtime made without the module jdk.security.auth
            return Optional.empty();
        }
    }

    /**
     * That the engine could not be started, why, and what to do.
     *
     * @param cause what DJL says
     */
    public static TorchStartException engineFailure(Throwable cause) {
        Platform platform = Platform.fromSystem("pytorch");
        return failure(
                "The PyTorch engine could not be started",
                "Have ai.djl.pytorch:pytorch-native-cpu:%s, classifier %s, scope runtime, on the class path and no other version, or let DJL download libtorch from publish.djl.ai, or point PYTORCH_LIBRARY_PATH at an installed one."
                        .formatted(platform.getVersion(), platform.getClassifier()),
                cause);
    }

    /** As {@link #engineFailure} for the library that tokenizers are of. */
    public static TorchStartException tokenizersFailure(Throwable cause) {
        return failure(
                "The tokenizers library could not be loaded",
                "There is one for Linux with glibc, macOS and Windows; this is %s."
                        .formatted(Platform.fromSystem("pytorch").getClassifier()),
                cause);
    }

    private static TorchStartException failure(String what, String otherwise, Throwable failure) {
        String advice = Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .flatMap(cause -> advice(cause).stream())
                .findFirst()
                .orElse(otherwise);
        Throwable cause = failure.getCause();
        return new TorchStartException(
                "%s: %s%s. %s"
                        .formatted(
                                what,
                                failure.getMessage() == null ? failure : failure.getMessage(),
                                cause == null ? "" : " (" + cause + ")",
                                advice),
                failure);
    }

    private static Optional<String> advice(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof AccessDeniedException
                || cause instanceof IOException && NOT_WRITTEN.matcher(message).find()) {
            return Optional.of(folderAdvice());
        }
        // not the UnsatisfiedLinkError only: a class that failed to initialise before quotes it in an error of its own
        if (cause instanceof LinkageError && NOT_MAPPED.matcher(message).find()) {
            return Optional.of(
                    "The process may not have so much memory (ulimit -v, a container's limit), or %s lies on a file system that is mounted noexec: allow more, or set %s to a folder elsewhere."
                            .formatted(Utils.getEngineCacheDir(), variable()));
        }
        return Optional.empty();
    }

    private static String folderAdvice() {
        return "Set %s to a folder where this process may write and has %d MB, or that holds the libraries already."
                .formatted(variable(), FOLDER_MEGABYTES);
    }

    /** The one that DJL goes by. */
    private static String variable() {
        return named(ENGINE_FOLDER) ? ENGINE_FOLDER : FOLDER;
    }

    private static boolean named(String variable) {
        String folder = Utils.getEnvOrSystemProperty(variable);
        return folder != null && !folder.isEmpty();
    }
}
