package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.checkpoint.CheckpointFolder.Origin;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.hub.RepositoryId;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.ollama.OllamaModel;
import dev.rapid4j.internal.ollama.OllamaStore;
import dev.rapid4j.internal.text.NameList;
import dev.rapid4j.internal.weights.WeightFiles;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a language model of a name is: on the disk, in Ollama's store, or on the hub. */
final class ModelSource {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.Hub");

    /** What stands in front of the name of a model of Ollama's. */
    static final String OLLAMA = "ollama:";

    /** A GGUF file of a repository, or a type; the revision stands before it. */
    private static final Pattern WANTED = Pattern.compile("[^@:\\\\]{1,300}");

    /** The address of a model's page on the hub, or of a GGUF file's; the names of both are the groups. */
    private static final Pattern PAGE = Pattern.compile("(?:https?://)?(?:www\\.)?(?:huggingface\\.co|hf\\.co)/"
            + "(?!(?:datasets|spaces|collections|docs)/)([^/]+/[^/?#]+)"
            + "(?:/(?:resolve|blob)/main/([^?#]+\\.gguf))?(?:[/?#].*)?");

    /** Begins as a path does, or has more parts than the name of a model. */
    private static final Pattern PATH = Pattern.compile("^[/~.]|\\\\|^[A-Za-z]:/|^[^/:]*/[^/:]*/.");

    /** The name of a repository, and that of a GGUF file in it, written as a path. */
    private static final Pattern HOSTED_FILE = Pattern.compile("(\\w[^/:\\\\]*/\\w[^/:\\\\]*)/([^/:\\\\]+\\.gguf)");

    /** As Ollama writes names. */
    private static final Pattern TAGGED = Pattern.compile("[\\w.-]{1,100}:[\\w.-]{1,100}");

    private ModelSource() {}

    /** What lies at a path: a folder as Hugging Face publishes them, a GGUF file, or a folder with one GGUF model. */
    static ModelFiles of(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        if (Files.isDirectory(absolute)) {
            return ofFolder(absolute);
        }
        if (Files.exists(absolute)) {
            String fileName = absolute.getFileName().toString();
            return GgufModel.read(absolute, GgufNames.isGguf(fileName) ? GgufNames.title(fileName) : fileName);
        }
        throw new CheckpointException(
                Problem.NOT_FOUND,
                absolute + " does not exist; give the folder of a Hugging Face checkpoint, or a GGUF file",
                null);
    }

    private static ModelFiles ofFolder(Path folder) {
        CheckpointFolder published = CheckpointFolder.of(folder);
        if (WeightFiles.among(name -> Files.exists(folder.resolve(name))).isPresent()) {
            return new PublishedModel(published);
        }
        SortedSet<String> models = GgufNames.in(folder, 1).whole();
        if (models.size() > 1) {
            throw new CheckpointException(
                    "%s holds several GGUF models: %s; give the file of one".formatted(folder, NameList.text(models)));
        }
        if (models.isEmpty() && !Files.exists(published.file("config.json"))) {
            throw new CheckpointException(published.file("config.json")
                    + " is missing; the folder must hold a complete Hugging Face checkpoint, or a GGUF model");
        }
        return models.isEmpty()
                ? new PublishedModel(published)
                : GgufModel.read(folder.resolve(models.first()), published.name());
    }

    /** Reads what has a name; {@link Checkpoint#open(String, HubFiles)} says which names there are. */
    static <T> T read(String name, HubFiles hub, Supplier<OllamaStore> ollama, Function<ModelFiles, T> reader) {
        Objects.requireNonNull(hub, "hub");
        Optional<Path> existing = existing(name);
        if (existing.isPresent()) {
            return reader.apply(of(existing.get()));
        }
        if (name.startsWith(OLLAMA)) {
            return readOfOllama(ollama.get().find(name.substring(OLLAMA.length())), reader);
        }
        int colon = name.indexOf(':');
        String wanted = colon < 0 ? "" : name.substring(colon + 1);
        RepositoryId id = RepositoryId.ofModel(colon < 0 ? name : name.substring(0, colon))
                .filter(valid -> colon < 0 || WANTED.matcher(wanted).matches())
                .filter(valid -> colon >= 0 || !GgufNames.isGguf(name))
                .orElseThrow(() -> unknown(name));
        return hub.reading(id, () -> reader.apply(hosted(id, new ModelSelection(wanted), hub)));
    }

    /** Messages name the file, which is called by its digest. */
    private static <T> T readOfOllama(OllamaModel model, Function<ModelFiles, T> reader) {
        try {
            return reader.apply(GgufModel.read(model.weights(), model.name()));
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    e.problem(), "the Ollama model %s cannot be used: %s".formatted(model.name(), e.getMessage()), e);
        }
    }

    private static CheckpointException unknown(String name) {
        String shown = JsonFile.abbreviate(name);
        Matcher page = PAGE.matcher(name);
        if (page.matches()) {
            return notFound("\"%s\" is the address of a page; did you mean \"%s\"?"
                    .formatted(
                            shown,
                            JsonFile.abbreviate(
                                    page.group(2) == null ? page.group(1) : page.group(1) + ":" + page.group(2))));
        }
        Matcher hosted = HOSTED_FILE.matcher(name);
        if (PATH.matcher(name).find() || GgufNames.isGguf(name)) {
            return notFound("There is no file or folder \"%s\"; relative paths start at %s%s%s"
                    .formatted(
                            shown,
                            Path.of("").toAbsolutePath(),
                            name.startsWith("~") ? ", and ~ is not expanded: write out the home folder" : "",
                            hosted.matches()
                                    ? "; a file of the hub is written \"%s\""
                                            .formatted(JsonFile.abbreviate(hosted.group(1) + ":" + hosted.group(2)))
                                    : ""));
        }
        return notFound(
                ("\"%s\" is neither an existing folder or GGUF file, nor the name of a model: organisation/name or"
                                        + " organisation/name@revision of the hub, with :file.gguf or :Q4_K_M behind it for a GGUF file"
                                        + " there, or %smodel:tag")
                                .formatted(shown, OLLAMA)
                        + (TAGGED.matcher(name).matches() ? "; did you mean \"%s%s\"?".formatted(OLLAMA, shown) : ""));
    }

    private static CheckpointException notFound(String message) {
        return new CheckpointException(Problem.NOT_FOUND, message, null);
    }

    private static ModelFiles hosted(RepositoryId id, ModelSelection selection, HubFiles hub) {
        Path snapshot = hub.fetch(id, selection);
        Optional<String> gguf = selection.ggufIn(snapshot);
        if (gguf.isEmpty()) {
            return new PublishedModel(
                    new CheckpointFolder(snapshot, id.repository(), Optional.of(new Origin(hub, id))));
        }
        LOG.info("{} is read from {}", id, gguf.get());
        return GgufModel.read(snapshot.resolve(gguf.get()), selection.titled(id.repository()));
    }

    /** Whether a name that is no folder asks for a GGUF file, wherever it is. */
    static boolean namesGguf(String name) {
        int colon = name.indexOf(':');
        return !existing(name).filter(Files::isDirectory).isPresent()
                && (name.startsWith(OLLAMA)
                        || GgufNames.isGguf(name)
                        || colon > 0
                                && RepositoryId.ofModel(name.substring(0, colon))
                                        .isPresent());
    }

    /** What lies on the disk under a name. */
    private static Optional<Path> existing(String name) {
        try {
            return Optional.of(Path.of(name)).filter(path -> !name.isBlank() && Files.exists(path));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
