package dev.rapid4j.internal.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What is wanted of a repository. */
public interface FileSelection {

    /** Whether a folder holds all without which it is of no use. */
    boolean isCompleteIn(Path snapshot);

    /** Names of the files that are wanted beside those in a complete folder if the repository has them. */
    List<String> optional(Path snapshot);

    /** Brings all of it that the repository has. */
    void download(HubDownload download) throws IOException, InterruptedException;
}
