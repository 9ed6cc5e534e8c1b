package dev.rapid4j.samples.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LauncherTest {

    /** Loads the launcher as Maven does. */
    static final class LikeMaven {

        private LikeMaven() {}

        public static void main(String[] arguments) throws Exception {
            URL[] classPath = {
                folder(Launcher.class).toUri().toURL(),
                folder(LauncherTest.class).toUri().toURL()
            };
            try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
                loader.loadClass(Launcher.class.getName())
                        .getMethod("main", String[].class)
                        .invoke(null, (Object) arguments);
            }
            System.out.println("the build goes on");
        }
    }

    /** Says what it was given, waits for what it is told, and ends with that as its exit code. */
    static final class Sample {

        private Sample() {}

        public static void main(String[] arguments) throws IOException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("a last sentence")));
            System.out.println(String.join("|", arguments)
                    + System.getProperty("option")
                    + Path.of("").toAbsolutePath());
            System.exit(System.in.read());
        }
    }

    private static Path folder(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static Process start(Path directory, String... goals) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-classpath",
                        System.getProperty("java.class.path"),
                        LikeMaven.class.getName(),
                        List.of(goals).toString(),
                        directory.toString(),
                        "-Doption=on\n",
                        Sample.class.getName(),
                        "two words",
                        "three")
                .redirectErrorStream(true)
                .start();
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aProgramHasTheLastWordAndItsExitCode(int code, @TempDir Path directory) throws Exception {
        Process process = start(directory);
        process.getOutputStream().write(code);
        process.getOutputStream().close();
        assertThat(output(process).lines())
                .containsExactly("two words|threeon" + directory.toRealPath(), "a last sentence");
        assertThat(process.waitFor()).isEqualTo(code);
    }

    @Test
    void aBuildThatWasGivenGoalsGoesOn(@TempDir Path directory) throws Exception {
        Process process = start(directory, "clean", "verify");
        process.getOutputStream().write(0);
        process.getOutputStream().close();
        assertThat(output(process).lines()).endsWith("a last sentence", "the build goes on");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aProgramThatFailedEndsABuildThatWasGivenGoals(@TempDir Path directory) throws Exception {
        Process process = start(directory, "verify");
        process.getOutputStream().write(3);
        process.getOutputStream().close();
        assertThat(output(process).lines()).endsWith("a last sentence");
        assertThat(process.waitFor()).isEqualTo(3);
    }

    @Test
    void whoeverIsToldToEndEndsTheProgramAndHearsItOut(@TempDir Path directory) throws Exception {
        Process process = start(directory);
        BufferedReader output = process.inputReader();
        output.readLine();
        process.toHandle().destroy();
        assertThat(output.lines()).containsExactly("a last sentence");
        assertThat(process.waitFor()).isNotZero();
    }
}
