package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.hub.RepositoryId;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where a checkpoint lies on the disk.
 *
 * @param directory absolute
 * @param name of the folder, or {@code organisation/name} of the hub
 * @param origin of what was not given as a folder
 */
record CheckpointFolder(Path directory, String name, Optional<Origin> origin) {

    /** A repository of the hub. */
    record Origin(HubFiles hub, RepositoryId id) {}

    static CheckpointFolder of(Path directory) {
        Path absolute = directory.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute)) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    absolute + " is not a folder; give the folder of a Hugging Face checkpoint",
                    null);
        }
        return new CheckpointFolder(absolute, String.valueOf(absolute.getFileName()), Optional.empty());
    }

    /** Reads the folder of this name if there is one, else that of a model of the hub, downloaded if necessary. */
    static <T> T read(String directoryOrId, HubFiles hub, CheckpointKind kind, Function<CheckpointFolder, T> reader) {
        Objects.requireNonNull(hub, "hub");
        Optional<Path> existing = existingDirectory(directoryOrId);
        if (existing.isPresent()) {
            return reader.apply(of(existing.get()));
        }
        RepositoryId id = RepositoryId.model(directoryOrId);
        Optional<Origin> origin = Optional.of(new Origin(hub, id));
        return hub.reading(id, () -> reader.apply(new CheckpointFolder(hub.fetch(id, kind), id.repository(), origin)));
    }

    private static Optional<Path> existingDirectory(String path) {
        try {
            return Optional.of(Path.of(path)).filter(candidate -> !path.isBlank() && Files.isDirectory(candidate));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    JsonFile config() {
        return JsonFile.readAsPython(file("config.json"));
    }

    Optional<JsonFile> optional(String name) {
        return Files.exists(file(name)) ? Optional.of(JsonFile.readAsPython(file(name))) : Optional.empty();
    }

    Tokenizer openTokenizer(int vocabularySize, Tokenizer.Network network) {
        Supplier<Tokenizer> tokenizer = () -> Tokenizer.open(file("tokenizer.json"), vocabularySize, network);
        return origin.isPresent() ? origin.get().hub().reading(origin.get().id(), tokenizer) : tokenizer.get();
    }
}
