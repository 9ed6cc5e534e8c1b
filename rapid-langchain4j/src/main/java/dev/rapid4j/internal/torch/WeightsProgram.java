package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import java.nio.file.Path;
import java.util.List;

/** {@code weights.py}: cuts weights out of files into the table that a network's program takes. */
public final class WeightsProgram {

    private static final int UINT8 = 0;

    private final ScriptModule module = ScriptModule.load("Weights");

    /** A file, memory-mapped. */
    public static final class MappedFile extends Handle {
        private MappedFile(NativeValue value) {
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
     * @param offset in elements of {@code type} where the file is mapped as such, else in bytes
     * @param shape outermost dimension first
     * @param type in the file
     * @param device to which it goes
     * @param kept the type in which it is kept there
     */
    public record Cut(
            MappedFile file, long offset, List<Long> shape, ElementType type, Device device, ElementType kept) {}

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
                module.run("map_file", file.toString(), file.toFile().length() / elementBytes, code));
    }

    /** An empty table; closed by the caller. */
    public Table newTable() {
        return new Table(module.run("table"));
    }

    /** Puts a weight into a table. One that has its type and stays on the CPU is the mapped file's own memory. */
    public void put(Table table, String name, Cut cut) {
        long[] shape = cut.shape().stream().mapToLong(Long::longValue).toArray();
        try (NativeValue weight = module.run(
                "cut",
                cut.file(),
                cut.offset(),
                shape,
                cut.type().code(),
                cut.device().toString(),
                cut.kept().code())) {
            module.run("put", table, name, weight).close();
        }
    }
}
