package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.catalog.ModelType;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.RapidModelCatalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A published model on this machine.
 *
 * @param name by which its user knows it: folders of the hub and files of Ollama have hashes for names
 * @param path the folder or the GGUF file
 * @param bytes that it takes on the disk
 */
record RealModel(String name, Path path, long bytes) {

    /** Smaller ones understand too little of a text to be of use. */
    private static final long LEAST_BYTES = 300_000_000L;

    /** Larger ones would take minutes on a machine without a GPU. */
    private static final long MOST_BYTES = 2_500_000_000L;

    /** Where the tests' models are kept; see .ci/with-models. */
    private static final Path CACHE = Path.of(System.getProperty("user.home"), ".cache", "rapid-langchain4j", "models");

    /**
     * Those that suffice, the smallest first: in Ollama's folder, the hub's cache, and folders of GGUF files and
     * checkpoints.
     */
    static List<RealModel> find() {
        Stream<Path> folders = Stream.concat(
                Optional.ofNullable(System.getenv("RAPID_MODELS")).map(Path::of).stream(), Stream.of(CACHE));
        return ofSize(Stream.concat(listed(), folders.flatMap(RealModel::in)), LEAST_BYTES, MOST_BYTES);
    }

    /** The smallest first. */
    static List<RealModel> ofSize(Stream<RealModel> models, long leastBytes, long mostBytes) {
        return models.filter(model -> model.bytes >= leastBytes && model.bytes <= mostBytes)
                .sorted(Comparator.comparingLong(RealModel::bytes))
                .toList();
    }

    private static Stream<RealModel> listed() {
        try {
            return RapidModelCatalog.builder().build().listModels().stream()
                    .filter(model -> model.type() == ModelType.CHAT)
                    .map(model -> of(model.name(), Path.of(model.description())));
        } catch (CheckpointException e) {
            // the environment names no folder where Ollama's models should be
            return Stream.empty();
        }
    }

    /** The GGUF files and folders that stand in a folder. */
    static Stream<RealModel> in(Path folder) {
        return children(folder).stream()
                .filter(path -> Files.isDirectory(path) || path.toString().endsWith(".gguf"))
                .map(path -> of(path.getFileName().toString(), path));
    }

    private static RealModel of(String name, Path path) {
        Stream<Path> files = Files.isDirectory(path) ? children(path).stream() : Stream.of(path);
        return new RealModel(
                name,
                path,
                files.filter(Files::isRegularFile).mapToLong(RealModel::size).sum());
    }

    /** None where there is no such folder, or no permission to look. */
    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    private static long size(Path file) {
        try {
            return Files.isReadable(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            // gone meanwhile
            return 0;
        }
    }
}
