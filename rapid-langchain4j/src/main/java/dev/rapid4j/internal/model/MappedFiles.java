package dev.rapid4j.internal.model;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.internal.torch.WeightsProgram.MappedFile;
import dev.rapid4j.internal.torch.WeightsProgram.Stored;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The files of a checkpoint while it is loaded, each mapped once as every type that is read from it. */
final class MappedFiles implements AutoCloseable {

    private final WeightsProgram program;
    private final Map<String, MappedFile> files = new HashMap<>();

    MappedFiles(WeightsProgram program) {
        this.program = program;
    }

    /**
     * A weight in its file: as elements of its type if it begins at a multiple of them, else as bytes.
     *
     * @throws CheckpointException if a file has become shorter, or is gone, since the checkpoint was opened
     */
    synchronized Stored of(WeightEntry weight) {
        requireLength(weight.file(), weight.offset() + weight.length());
        Optional<ElementType> aligned = Optional.of(weight.type())
                .filter(type -> !type.isQuantised())
                .map(NumberFormat::elementType)
                .filter(type -> weight.offset() % type.bytes() == 0);
        MappedFile file = aligned.map(type ->
                        files.computeIfAbsent(weight.file() + type.name(), ignored -> program.map(weight.file(), type)))
                .orElseGet(() -> bytes(weight.file()));
        return new Stored(file, weight, weight.scales().map(scales -> {
            requireLength(scales.file(), scales.offset() + scales.length());
            return bytes(scales.file());
        }));
    }

    private MappedFile bytes(Path file) {
        return files.computeIfAbsent(file.toString(), ignored -> program.mapBytes(file));
    }

    private static void requireLength(Path file, long length) {
        if (file.toFile().length() < length) {
            throw new CheckpointException(
                    file
                            + " has changed since it was opened: it ends before its weights do, or is gone; load the model again when the file is whole");
        }
    }

    @Override
    public void close() {
        files.values().forEach(MappedFile::close);
    }
}
