package dev.rapid4j.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapid4j.TorchStartException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

    @TempDir
    private Path home;

    private Path folder;
    private Path library;
    private long user;

    @BeforeEach
    void unpack() throws IOException {
        assumeTrue(home.getFileSystem().supportedFileAttributeViews().contains("unix"));
        folder = home.resolve(".djl.ai");
        library = Files.createDirectories(folder.resolve("pytorch/2.7.1-cpu")).resolve("libtorch_cpu.so");
        Files.createFile(library);
        user = ((Number) Files.getAttribute(library, "unix:uid")).longValue();
    }

    private void check(long ofProcess) {
        NativeLibraries.requireTrusted(folder, Optional.of(ofProcess));
    }

    @Test
    void theirOwnersProcessLoadsThemWhereverTheyLie() throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatCode(() -> check(user)).doesNotThrowAnyException();
    }

    @Test
    void anotherUsersAreNotLoaded() throws IOException {
        if (user == 0) {
            Files.setAttribute(folder, "unix:uid", 12_345);
        }
        assertThatThrownBy(() -> check(54_321))
                .isInstanceOf(TorchStartException.class)
                .hasMessageContainingAll(folder + " belongs to another user", "(54321)", "set DJL_CACHE_DIR");
    }

    @Test
    void rootsAreLoadedByEveryUser() {
        folder = Path.of("/usr");
        assertThatCode(() -> check(54_321)).doesNotThrowAnyException();
    }

    @Test
    void whatEveryUserMayChangeIsNotLoaded() throws IOException {
        Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThatThrownBy(() -> check(user))
                .isInstanceOf(TorchStartException.class)
                .hasMessageContainingAll("every user may write to " + library, "DJL_CACHE_DIR");
    }

    @Test
    void aFolderThatIsMissingIsTakenBeforeSomebodyElseDoes() {
        folder = home.resolve("other/folder");
        check(user);
        assertThat(folder).isDirectory();
    }

    @Test
    void aLinkToNothingThatAnotherUserMadeIsNotFollowed() throws IOException {
        folder = Files.createSymbolicLink(home.resolve("link"), home.resolve("none/yet"));
        assertThatCode(() -> check(user)).doesNotThrowAnyException();
        if (user == 0) {
            Files.setAttribute(folder, "unix:uid", 12_345, LinkOption.NOFOLLOW_LINKS);
        }
        assertThatThrownBy(() -> check(54_321))
                .isInstanceOf(TorchStartException.class)
                .hasMessageContaining(folder + " belongs to another user");
    }

    @Test
    void aFolderThatWasNamedIsTakenAsItIs() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> check(user)).isInstanceOf(TorchStartException.class);
        System.setProperty("DJL_CACHE_DIR", folder.toString());
        try {
            assertThatCode(NativeLibraries::requireTrustedFolder).doesNotThrowAnyException();
        } finally {
            System.clearProperty("DJL_CACHE_DIR");
        }
    }

    @Test
    void adviceGoesByTheCause() {
        assertThat(NativeLibraries.engineFailure(
                        new IllegalStateException("Failed to extract", new AccessDeniedException("/x"))))
                .hasMessageContaining("Set DJL_CACHE_DIR to a folder where this process may write")
                .hasMessageNotContaining("pytorch-native-cpu");
        assertThat(NativeLibraries.engineFailure(new IllegalStateException(
                        "Failed to load",
                        new UnsatisfiedLinkError("libtorch_cpu.so: failed to map segment from shared object"))))
                .hasMessageContainingAll("ulimit -v", "noexec")
                .hasMessageNotContaining("pytorch-native-cpu");
        NoClassDefFoundError second = new NoClassDefFoundError("Could not initialize class LibUtils");
        second.initCause(
                new ExceptionInInitializerError(
                        "Exception java.lang.UnsatisfiedLinkError: libtokenizers.so: failed to map segment [in thread \"main\"]"));
        assertThat(NativeLibraries.tokenizersFailure(second))
                .hasMessageContainingAll("ulimit -v", "noexec")
                .hasMessageNotContaining("glibc");
        assertThat(NativeLibraries.engineFailure(new IllegalStateException("Failed to download")))
                .hasMessageContaining("ai.djl.pytorch:pytorch-native-cpu:2.7.1, classifier ");
    }
}
