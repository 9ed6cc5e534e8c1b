package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code weights.py}: cuts weights out of files into the table that a network's program takes. Safe to use from several
 * threads.
 */
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

    /** A weight in 8-bit integers with a scale a row. */
    public static final class Integers extends Handle {
        private Integers(NativeValue value) {
            super(value);
        }
    }

    /** Weights by the names that the network's program gives them. */
    public static final class Table extends Handle {

        private final NativeValue packed;

        private Table(NativeValue tensors, NativeValue packed) {
            super(tensors);
            this.packed = packed;
        }

        /** Those that are packed for the processor's 8-bit products. */
        NativeValue packed() {
            return packed;
        }

        @Override
        public void close() {
            packed.close();
            super.close();
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
        return new Table(module.run("table"), module.run("packed_table"));
    }

    /** Puts a weight into a table. One that has its type and stays on the CPU is the mapped file's own memory. */
    public void put(Table table, String name, Cut cut) {
        List<Long> shape = cut.weight().shape();
        try (NativeValue weight = rows(cut, 0, shape.isEmpty() ? 1 : shape.get(0))) {
            put("put", table, table, name, weight);
        }
    }

    /** Room for a weight in 8-bit integers; closed by the caller. */
    public Integers newIntegers(long rows, long columns) {
        return new Integers(module.run("integers", rows, columns));
    }

    /** Rounds rows to 8-bit integers. */
    public void quantise(Rows rows, Integers into, long first) {
        module.run("quantise", rows, into, first).close();
    }

    /** Puts a weight and its scales into a table as they are. */
    public void put(Table table, String name, Integers weight) {
        put("put_integers", table, table, name, weight);
    }

    /** Packs a weight for the processor's 8-bit products, and puts it into a table. */
    public void putPacked(Table table, String name, Integers weight) {
        try (NativeValue packed = module.run("pack", weight)) {
            put("put_packed", table, table.packed(), name, packed);
        }
    }

    private void put(String method, Table table, Object part, String name, Object weight) {
        synchronized (table) {
            module.run(method, part, name, weight).close();
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
