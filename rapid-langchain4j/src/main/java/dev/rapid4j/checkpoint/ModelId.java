package dev.rapid4j.checkpoint;

import dev.rapid4j.checkpoint.CheckpointException.Problem;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model of the hub.
 *
 * @param repository {@code organisation/name}
 * @param revision a branch, a tag or a commit
 */
record ModelId(String repository, String revision) {

    private static final String NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern SYNTAX =
            Pattern.compile("(" + NAME + "/" + NAME + ")(?:@([A-Za-z0-9_][A-Za-z0-9_./-]{0,199}))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    static ModelId parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()
                || text.contains("..")
                || text.contains("//")
                || matcher.group(1).contains("--")) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    "\"%s\" is neither an existing folder nor a model id of the form organisation/name or organisation/name@revision"
                            .formatted(JsonFile.abbreviate(text)),
                    null);
        }
        return new ModelId(matcher.group(1), matcher.group(2) == null ? "main" : matcher.group(2));
    }

    boolean isCommit() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Name of the model's folder in the cache. */
    String folder() {
        return "models--" + repository.replace("/", "--");
    }

    @Override
    public String toString() {
        return repository + "@" + revision;
    }
}
