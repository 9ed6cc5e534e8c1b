package dev.rapid4j.internal.hub;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.json.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One file of a repository.
 *
 * @param name with the folders it lies in, separated by slashes
 */
record SingleFile(String name) implements FileSelection {

    /** No parent folders, no drive letters, nothing that an address would have to escape. */
    private static final Pattern SYNTAX =
            Pattern.compile("(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}/){0,20}[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}");

    SingleFile {
        if (!SYNTAX.matcher(name).matches()) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    "\"%s\" is no name of a file in a repository; it consists of letters, digits and \"_.-\", with \"/\""
                                    .formatted(JsonFile.abbreviate(name))
                            + " between folders",
                    null);
        }
    }

    @Override
    public boolean isCompleteIn(Path snapshot) {
        return Files.exists(snapshot.resolve(name));
    }

    @Override
    public List<String> optional(Path snapshot) {
        return List.of();
    }

    @Override
    public void download(HubDownload download) throws IOException, InterruptedException {
        download.requireListed(name, "check the name");
        download.download(List.of(name));
    }
}
