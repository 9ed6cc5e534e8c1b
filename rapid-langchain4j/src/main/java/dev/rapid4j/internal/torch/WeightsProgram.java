package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.file.Path;
import java.util.List;

/** {@code weights.py}: cuts weights out of files into the table that a network's program takes. */
public final class WeightsProgram {

    private static final int UINT8 = 0;

    private final ScriptModule module = ScriptModule.load("Weights");

    /** A file, memory-mapped. */
    public static final class MappedFile extends Handle {

        private final int elementBytes;

        private MappedFile(NativeValue value, int elementBytes) {
            super(value);
            this.elementBytes = elementBytes;
        }
    }

    /** Rows of a weight. */
    public static final class Rows extends Handle {
        private Rows(NativeValue value) {
            super(value);
        }
    }

    /** Weights by the names that the network's program gives them. */
    public static final class Table extends Handle {
        private Table(NativeValue value) {
            super(value);
        }
    }

    /**
     * A weight on its way.
     *
     * @param file mapped as elements of the weight's type, or as bytes
     * @param device to which it goes
     * @param kept the type in which it is kept there
     */
    public record Cut(MappedFile file, WeightEntry weight, Device device, ElementType kept) {}

    /** @throws TorchException if the engine does not start */
    public WeightsProgram() {}

    /** Maps a file whose weights of a type all begin at multiples of its elements' size; closed by the caller. */
    public MappedFile map(Path file, ElementType type) {
        return map(file, type.bytes(), type.code());
    }

    /** Maps a file as bytes; closed by the caller. */
    public MappedFile mapBytes(Path file) {
        return map(file, 1, UINT8);
    }

    private MappedFile map(Path file, int elementBytes, int code) {
        return new MappedFile(
                module.run("map_file", file.toString(), file.toFile().length() / elementBytes, code), elementBytes);
    }

    /** An empty table; closed by the caller. */
    public Table newTable() {
        return new Table(module.run("table"));
    }

    /** Puts a weight into a table. One that has its type and stays on the CPU is the mapped file's own memory. */
    public void put(Table table, String name, Cut cut) {
        List<Long> shape = cut.weight().shape();
        try (NativeValue weight = rows(cut, 0, shape.isEmpty() ? 1 : shape.get(0))) {
            module.run("put", table, name, weight).close();
        }
    }

    /**
     * Some rows of a weight; closed by the caller. Such as have their type and stay on the CPU are the mapped file's
     * own memory; of others no more than they take is needed, and a piece of a few megabytes.
     *
     * @param first of the rows, which are parts of the outermost dimension
     * @param end the row behind the last
     */
    public Rows cut(Cut cut, long first, long end) {
        return new Rows(rows(cut, first, end));
    }

    private NativeValue rows(Cut cut, long first, long end) {
        WeightEntry weight = cut.weight();
        WeightType type = weight.type();
        try (NativeValue stored = module.run(
                "weight",
                cut.file(),
                weight.offset() / cut.file().elementBytes,
                weight.shape().stream().mapToLong(Long::longValue).toArray(),
                type.published(),
                weight.interleavedRows())) {
            return module.run(
                    "cut",
                    stored,
                    new long[] {first, end},
                    new int[] {type.blockElements(), type.blockBytes()},
                    cut.device().toString(),
                    cut.kept().code());
        }
    }
}
