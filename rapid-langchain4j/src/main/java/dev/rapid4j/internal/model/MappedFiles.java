package dev.rapid4j.internal.model;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.internal.torch.WeightsProgram.MappedFile;
import dev.rapid4j.internal.weights.WeightEntry;
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
     * The file of a weight: as elements of its type if it begins at a multiple of them, else as bytes.
     *
     * @throws CheckpointException if it has become shorter, or is gone, since the checkpoint was opened
     */
    synchronized MappedFile of(WeightEntry weight) {
        if (weight.file().toFile().length() < weight.offset() + weight.length()) {
            throw new CheckpointException(
                    weight.file()
                            + " has changed since it was opened: it ends before its weights do, or is gone; load the model again when the file is whole");
        }
        Optional<ElementType> aligned = Optional.of(weight.type())
                .filter(type -> !type.isQuantised())
                .map(NumberFormat::elementType)
                .filter(type -> weight.offset() % type.bytes() == 0);
        return files.computeIfAbsent(
                weight.file() + aligned.map(ElementType::name).orElse(""),
                ignored -> aligned.map(type -> program.map(weight.file(), type))
                        .orElseGet(() -> program.mapBytes(weight.file())));
    }

    @Override
    public void close() {
        files.values().forEach(MappedFile::close);
    }
}
