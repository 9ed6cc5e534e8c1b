package dev.rapid4j.samples.lighthouse;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A model among the resources of this package, as the folder in which Hugging Face would publish it. */
final class BundledModel {

    private static final Set<PosixFilePermission> FOREIGN_WRITE =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private final String resources;
    private final List<String> files;
    private Path directory;

    /**
     * @param resources the folder of the resources, which is also the name the model goes by
     * @param files the files in it, with the path from there; the first one at its top
     */
    BundledModel(String resources, List<String> files) {
        this.resources = resources;
        this.files = List.copyOf(files);
    }

    List<String> files() {
        return files;
    }

    /**
     * The folder of the resources if they are files; if they come from a jar, a copy of them in the user's cache folder
     * (or, where that cannot be used, in a temporary folder that lives as long as the process).
     */
    synchronized Path directory() {
        if (directory == null) {
            try {
                URL first = resource(files.get(0));
                directory = first.getProtocol().equals("file")
                        ? Path.of(first.toURI()).getParent()
                        : extract();
            } catch (IOException e) {
                throw new UncheckedIOException("The model cannot be copied from its jar", e);
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return directory;
    }

    private Path extract() throws IOException {
        try {
            return extractInto(userCache());
        } catch (IOException e) {
            return extractTemporarily();
        }
    }

    /** Puts the model below a folder named by its content, where it is not there yet, and returns its own folder. */
    Path extractInto(Path cache) throws IOException {
        Map<String, byte[]> digests = new LinkedHashMap<>();
        MessageDigest all = sha256();
        for (String file : files) {
            try (InputStream in = resource(file).openStream()) {
                digests.put(file, digest(in));
                all.update(digests.get(file));
            }
        }
        Files.createDirectories(cache);
        Path owned = privateFolder(cache.toRealPath().resolve("rapid4j"));
        Path content = privateFolder(owned.resolve(HexFormat.of().formatHex(all.digest(), 0, 16)));
        Path folder = privateFolder(content.resolve(resources));
        for (String file : files) {
            privateFolder(folder.resolve(file).getParent());
            if (!holds(folder.resolve(file), digests.get(file))) {
                copy(file, folder);
            }
        }
        return folder;
    }

    private Path extractTemporarily() throws IOException {
        Path temporary = Files.createTempDirectory("rapid4j-lighthouse-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(temporary)));
        Path folder = temporary.resolve(resources);
        for (String file : files) {
            Files.createDirectories(folder.resolve(file).getParent());
            copy(file, folder);
        }
        return folder;
    }

    /** Other processes may be copying the same file at the same time: whoever moves it into place last wins. */
    private void copy(String file, Path folder) throws IOException {
        Path part = Files.createTempFile(folder, "copy", ".part");
        try (InputStream in = resource(file).openStream()) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static boolean holds(Path file, byte[] digest) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(digest(in), digest);
        }
    }

    /** Another user who could write here could exchange a file after it was compared. */
    private static Path privateFolder(Path folder) throws IOException {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
        Files.createDirectories(folder, attributes);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(folder + " is a link");
        }
        Path mine = Files.createTempFile(folder, "owner", ".part");
        try {
            boolean foreign = !Files.getOwner(folder).equals(Files.getOwner(mine));
            if (foreign
                    || posix && Files.getPosixFilePermissions(folder).stream().anyMatch(FOREIGN_WRITE::contains)) {
                throw new IOException(folder + " belongs to or can be written by other users");
            }
        } finally {
            Files.delete(mine);
        }
        return folder;
    }

    private static Path userCache() {
        String declared = System.getenv("XDG_CACHE_HOME");
        return declared == null || declared.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(declared);
    }

    private URL resource(String file) throws IOException {
        URL url = BundledModel.class.getResource(resources + "/" + file);
        if (url == null) {
            throw new NoSuchFileException(resources + "/" + file);
        }
        return url;
    }

    private static byte[] digest(InputStream in) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            digest.update(buffer, 0, read);
        }
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> contents = Files.walk(folder)) {
            for (Path path : contents.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // the system clears its temporary folder sooner or later
        }
    }
}
