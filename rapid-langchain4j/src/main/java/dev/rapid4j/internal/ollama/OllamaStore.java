package dev.rapid4j.internal.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.text.NameList;
import dev.rapid4j.internal.text.UserHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Ollama keeps its models: {@code manifests/<registry>/<namespace>/<model>/<tag>} is a JSON file with a list of
 * layers, each of a type, and {@code blobs/sha256-<digest>} holds a layer's bytes. Nothing in it is written, and no
 * part of a name or a manifest becomes part of a path unchecked; links are followed, as Ollama does.
 */
public final class OllamaStore {

    private static final Logger LOG = LoggerFactory.getLogger(OllamaStore.class);

    private static final String MANIFESTS = "manifests";
    private static final long MAX_MANIFEST_BYTES = 1_000_000;
    private static final Pattern DIGEST = Pattern.compile("sha256[:-][0-9a-fA-F]{64}");
    private static final String LAYER_TYPE = "application/vnd.ollama.image.";

    private final List<Path> folders;

    /** A model with the layers of its manifest. */
    private record Stored(OllamaModel model, List<JsonNode> layers) {}

    /** @param folders each with {@code manifests} and {@code blobs}, if it exists; the first that has a model counts */
    public OllamaStore(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    /**
     * {@code OLLAMA_MODELS}, else where Ollama keeps models for this user, or as a service of this machine.
     *
     * @throws CheckpointException if one of these cannot be the name of a folder
     */
    public static OllamaStore fromEnvironment() {
        return of(System::getenv);
    }

    static OllamaStore of(UnaryOperator<String> environment) {
        String given = environment.apply("OLLAMA_MODELS");
        try {
            return new OllamaStore(folders(given));
        } catch (InvalidPathException e) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    "Ollama's store cannot be found: %s; let OLLAMA_MODELS name its folder, without quotes, and where its name has other letters than English ones, set LC_ALL=C.UTF-8"
                            .formatted(e.getMessage()),
                    e);
        }
    }

    private static List<Path> folders(String given) {
        return given != null && !given.isBlank()
                ? List.of(Path.of(given.strip()))
                : List.of(
                        UserHome.resolve(".ollama/models"),
                        // of the service that Ollama's installer, and those of some distributions, set up
                        Path.of("/usr/share/ollama/.ollama/models"),
                        Path.of("/var/lib/ollama/.ollama/models"),
                        Path.of("/var/lib/ollama/models"),
                        Path.of("/var/lib/ollama"),
                        Path.of("/var/snap/ollama/common/models"));
    }

    /**
     * Finds a model.
     *
     * @param name as Ollama's command line takes it
     * @throws CheckpointException if there is none of this name, if its manifest or its weights are missing, damaged or
     *     unreadable, or if it is more than one GGUF file
     */
    public OllamaModel find(String name) {
        OllamaName wanted = OllamaName.parse(name);
        List<IOException> unreadable = new ArrayList<>();
        for (Path folder : folders) {
            try {
                Optional<Stored> stored = read(wanted, folder);
                if (stored.isPresent()) {
                    logWhatIsLeftOut(wanted, stored.get().layers());
                    return stored.get().model();
                }
            } catch (IOException e) {
                unreadable.add(e);
            }
        }
        if (!unreadable.isEmpty()) {
            throw unreadable(wanted, unreadable.get(0));
        }
        throw notFound(wanted);
    }

    /** The models that could be found by their names; those that could not are left out. */
    public List<OllamaModel> models() {
        Map<String, OllamaModel> models = new TreeMap<>();
        for (Path folder : folders) {
            models(folder).forEach(name -> {
                try {
                    read(OllamaName.parse(name), folder).ifPresent(stored -> models.putIfAbsent(name, stored.model()));
                } catch (IOException | CheckpointException e) {
                    LOG.debug("The Ollama model {} cannot be read", name, e);
                }
            });
        }
        return List.copyOf(models.values());
    }

    /** As in Ollama, upper and lower case make no other name. */
    private static Optional<Path> manifest(Path folder, OllamaName name) throws IOException {
        Path at = folder.resolve(MANIFESTS);
        for (String part : name.parts()) {
            Optional<Path> next = entries(at).stream()
                    .filter(entry -> fileName(entry).equalsIgnoreCase(part))
                    .findFirst();
            if (next.isEmpty()) {
                return next;
            }
            at = next.get();
        }
        return Optional.of(at);
    }

    /** What a folder holds, in order; nothing if it does not exist. */
    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String fileName(Path file) {
        return file.getFileName().toString();
    }

    private static Optional<Stored> read(OllamaName name, Path folder) throws IOException {
        Optional<Path> manifest = manifest(folder, name);
        return manifest.isPresent() ? Optional.of(read(name, folder, manifest.get())) : Optional.empty();
    }

    private static Stored read(OllamaName name, Path folder, Path manifest) throws IOException {
        if (!Files.isReadable(manifest)) {
            throw new AccessDeniedException(manifest.toString());
        }
        List<JsonNode> layers = new ArrayList<>();
        JsonFile.read(manifest, MAX_MANIFEST_BYTES).root().path("layers").forEach(layers::add);
        if (!layers("adapter", layers).isEmpty()) {
            throw new CheckpointException(
                    "the Ollama model %s is an adapter on top of another model, which is not supported; merge the two into one GGUF file"
                            .formatted(name));
        }
        List<JsonNode> weights = layers("model", layers);
        if (weights.size() != 1) {
            throw new CheckpointException(
                    ("the Ollama model %s has %d GGUF files (%s), and one is needed; models that run in Ollama's cloud, and"
                                    + " those it keeps in another format, cannot be read")
                            .formatted(name, weights.size(), manifest));
        }
        return new Stored(new OllamaModel(name.toString(), blob(name, folder, manifest, weights.get(0))), layers);
    }

    private static List<JsonNode> layers(String type, List<JsonNode> layers) {
        return layers.stream()
                .filter(layer -> layer.path("mediaType").asText().equals(LAYER_TYPE + type))
                .toList();
    }

    private static void logWhatIsLeftOut(OllamaName name, List<JsonNode> layers) {
        String instructions = Stream.of("system", "params", "messages")
                .filter(type -> !layers(type, layers).isEmpty())
                .collect(Collectors.joining(", "));
        if (!instructions.isEmpty()) {
            LOG.info("{}: what Ollama would add ({}) is not applied; what a request says is", name, instructions);
        }
        if (!layers("projector", layers).isEmpty()) {
            LOG.info("{}: reads text only, Ollama's file for images is not used", name);
        }
    }

    private static Path blob(OllamaName name, Path folder, Path manifest, JsonNode layer) throws IOException {
        String digest = layer.path("digest").asText();
        if (!DIGEST.matcher(digest).matches()) {
            throw new CheckpointException(
                    "%s: the digest of the weights is \"%s\", not sha256 and 64 hexadecimal digits; fetch the model again with \"ollama pull %s\""
                            .formatted(manifest, JsonFile.abbreviate(digest), name));
        }
        Path blobs = folder.resolve("blobs");
        Path blob = entries(blobs).stream()
                .filter(file -> isBlob(fileName(file), digest))
                .findFirst()
                .orElseThrow(() -> new CheckpointException(
                        "%s holds no %s, the weights of the Ollama model %s; fetch it again with \"ollama pull %s\""
                                .formatted(blobs, digest, name, name)));
        if (!Files.isReadable(blob)) {
            throw new AccessDeniedException(blob.toString());
        }
        JsonNode size = layer.path("size");
        if (size.canConvertToLong() && Files.size(blob) != size.longValue()) {
            throw new CheckpointException(
                    "%s, the weights of the Ollama model %s, has %,d bytes instead of %,d; delete it and fetch it again with \"ollama pull %s\""
                            .formatted(blob, name, Files.size(blob), size.longValue(), name));
        }
        return blob;
    }

    /** Earlier versions of Ollama name a blob with a colon, as the manifest does. */
    private static boolean isBlob(String fileName, String digest) {
        return fileName.replace(':', '-').equalsIgnoreCase(digest.replace(':', '-'));
    }

    private static CheckpointException unreadable(OllamaName name, IOException cause) {
        return new CheckpointException(
                Problem.NOT_FOUND,
                ("Ollama's store cannot be read while looking for %s: %s. Run this program as a user that may (on Linux,"
                                + " \"sudo usermod -a -G ollama $USER\" and a new login where Ollama is a service), or let"
                                + " OLLAMA_MODELS name another store")
                        .formatted(name, cause),
                cause);
    }

    private CheckpointException notFound(OllamaName name) {
        List<Path> stores = folders.stream()
                .filter(folder -> Files.isDirectory(folder.resolve(MANIFESTS)))
                .toList();
        if (stores.isEmpty()) {
            return new CheckpointException(
                    Problem.NOT_FOUND,
                    "Ollama has no models on this machine: there is no folder %s in %s; let OLLAMA_MODELS name the store, or fetch the model with \"ollama pull %s\""
                            .formatted(MANIFESTS, joined(folders), name),
                    null);
        }
        List<String> models = stores.stream().flatMap(OllamaStore::models).toList();
        return new CheckpointException(
                Problem.NOT_FOUND,
                "Ollama has no model %s in %s; it has %s. \"ollama pull %s\" fetches it"
                        .formatted(name, joined(stores), models.isEmpty() ? "none" : NameList.text(models), name),
                null);
    }

    private static String joined(List<Path> folders) {
        return folders.stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    private static Stream<String> models(Path folder) {
        return descend(Stream.of(folder.resolve(MANIFESTS)), 4).map(manifest -> {
            int parts = manifest.getNameCount();
            return new OllamaName(
                            manifest.getName(parts - 4).toString(),
                            manifest.getName(parts - 3).toString(),
                            manifest.getName(parts - 2).toString(),
                            manifest.getName(parts - 1).toString())
                    .toString();
        });
    }

    private static Stream<Path> descend(Stream<Path> folders, int levels) {
        return levels == 0 ? folders : descend(folders.flatMap(OllamaStore::visible), levels - 1);
    }

    private static Stream<Path> visible(Path folder) {
        try {
            return entries(folder).stream().filter(entry -> !fileName(entry).startsWith("."));
        } catch (IOException e) {
            return Stream.empty();
        }
    }
}
