package dev.rapid4j.samples.launcher;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs a program in a JVM of its own, with the class path that this class was loaded from and all streams passed on.
 * Where Maven was given no goal, the program is all there is to do, and this JVM ends with it, at once and with its
 * exit code: Maven would go on to modules that it has no need of. What the program said last is the last that its user
 * sees. Where it was given one, the build goes on, unless the program failed: Maven would print a stack trace.
 */
public final class Launcher {

    private Launcher() {}

    private static final String NO_GOALS = "[]";

    /**
     * @param arguments Maven's goals in brackets, the working directory, then what follows {@code java -classpath ...}
     */
    public static void main(String[] arguments) throws IOException, URISyntaxException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-classpath", classPath()));
        // Maven leaves the line ends of a POM where they are
        Stream.of(arguments).skip(2).map(String::stripTrailing).forEach(command::add);
        Process process = new ProcessBuilder(command)
                .directory(new File(arguments[1]))
                .inheritIO()
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
        int exitCode = process.waitFor();
        if (exitCode != 0 || arguments[0].equals(NO_GOALS)) {
            System.exit(exitCode);
        }
    }

    private static String classPath() throws URISyntaxException {
        if (!(Launcher.class.getClassLoader() instanceof URLClassLoader loader)) {
            return System.getProperty("java.class.path");
        }
        List<String> classPath = new ArrayList<>();
        for (URL url : loader.getURLs()) {
            classPath.add(Path.of(url.toURI()).toString());
        }
        return String.join(File.pathSeparator, classPath);
    }

    /** Told to end, a program may have something to finish, and to say. */
    private static void end(Process process) {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
