package dev.rapid4j.internal.text;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The home folder of who runs the JVM. */
public final class UserHome {

    private UserHome() {}

    /**
     * What lies under it.
     *
     * @throws CheckpointException if the system property {@code user.home} is no path
     */
    public static Path resolve(String path) {
        String home = System.getProperty("user.home", "");
        try {
            return Path.of(home).resolve(path);
        } catch (InvalidPathException e) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    "The home folder, as the system property user.home has it, is no path here (%s); set -Duser.home, and where its name has other letters than English ones, LC_ALL=C.UTF-8"
                            .formatted(e.getMessage()),
                    e);
        }
    }
}
