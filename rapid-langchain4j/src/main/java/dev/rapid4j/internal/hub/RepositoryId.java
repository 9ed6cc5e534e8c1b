package dev.rapid4j.internal.hub;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.json.JsonFile;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository of the hub.
 *
 * @param repository {@code organisation/name}
 * @param revision a branch, a tag or a commit
 */
public record RepositoryId(Type type, String repository, String revision) {

    private static final String MAIN = "main";
    private static final String NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern SYNTAX =
            Pattern.compile("(" + NAME + "/" + NAME + ")(?:@([A-Za-z0-9_][A-Za-z0-9_./-]{0,199}))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** What a repository holds. */
    enum Type {
        MODEL("model", "models", ""),
        DATA_SET("data set", "datasets", "datasets/");

        private final String title;
        private final String plural;
        private final String prefix;

        Type(String title, String plural, String prefix) {
            this.title = title;
            this.plural = plural;
            this.prefix = prefix;
        }

        @Override
        public String toString() {
            return title;
        }
    }

    /** A model; empty if the text is no id of one. */
    public static Optional<RepositoryId> ofModel(String id) {
        return parse(Type.MODEL, id);
    }

    public static RepositoryId model(String id) {
        return parse(Type.MODEL, id).orElseThrow(() -> invalid(id, "neither an existing folder nor a model id"));
    }

    static RepositoryId dataSet(String id) {
        return parse(Type.DATA_SET, id).orElseThrow(() -> invalid(id, "no id of a data set"));
    }

    private static Optional<RepositoryId> parse(Type type, String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()
                || text.contains("..")
                || text.contains("//")
                || matcher.group(1).contains("--")) {
            return Optional.empty();
        }
        return Optional.of(
                new RepositoryId(type, matcher.group(1), matcher.group(2) == null ? MAIN : matcher.group(2)));
    }

    private static CheckpointException invalid(String id, String complaint) {
        return new CheckpointException(
                Problem.NOT_FOUND,
                "\"%s\" is %s of the form organisation/name or organisation/name@revision"
                        .formatted(JsonFile.abbreviate(id), complaint),
                null);
    }

    /** The same repository at another revision. */
    RepositoryId at(String revision) {
        return new RepositoryId(type, repository, revision);
    }

    boolean isCommit() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Name of the repository's folder in the cache. */
    String folder() {
        return type.plural + "--" + repository.replace("/", "--");
    }

    /** The model whose folder in the cache has a name; empty if it is none of a model. */
    static Optional<RepositoryId> ofFolder(String folder) {
        return folder.startsWith(Type.MODEL.plural + "--")
                ? ofModel(folder.substring(Type.MODEL.plural.length() + 2).replace("--", "/"))
                : Optional.empty();
    }

    /** As short as {@link #ofModel} reads it. */
    public String id() {
        return revision.equals(MAIN) ? repository : repository + "@" + revision;
    }

    /** Where the hub describes it, from its endpoint on. */
    String api() {
        return "/api/" + type.plural + "/" + repository;
    }

    /** Where the hub serves it, from its endpoint on. */
    String path() {
        return "/" + type.prefix + repository;
    }

    @Override
    public String toString() {
        return type.prefix + repository + "@" + revision;
    }
}
