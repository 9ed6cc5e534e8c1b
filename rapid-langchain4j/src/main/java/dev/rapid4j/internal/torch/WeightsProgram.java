package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code weights.py}: cuts weights out of files into the table that a network's program takes. Safe to use from several
 * threads.
 */
public final class WeightsProgram {

    private static final String NAME = "Weights";
    private static final int UINT8 = 0;

    private final ScriptModule module = ScriptModule.load(NAME);

    /** A file, memory-mapped. */
    public static final class MappedFile extends Handle {

        private final int elementBytes;

        private MappedFile(NativeValue value, int elementBytes) {
            super(value);
            this.elementBytes = elementBytes;
        }
    }

    /** What weights are rounded to. */
    public enum Rounding {
        /** 8-bit integers with a scale a row. */
        INTEGERS(1),
        /** 8-bit floats with a scale a row. */
        FLOATS(24),
        /** 4-bit integers with two numbers for each 32. */
        GROUPS(UINT8);

        private final int code;

        Rounding(int code) {
            this.code = code;
        }

        /** libtorch's number of the type of what is stored. */
        int code() {
            return code;
        }
    }

    /** A weight in fewer bits, with its scales. */
    public static final class Rounded extends Handle {

        private final Rounding rounding;
        private final Device device;

        private Rounded(NativeValue value, Rounding rounding, Device device) {
            super(value);
            this.rounding = rounding;
            this.device = device;
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
     * A weight where it lies.
     *
     * @param file mapped as elements of the weight's type, or as bytes
     * @param scales the file of its scales as bytes, where they lie apart
     */
    public record Stored(MappedFile file, WeightEntry weight, Optional<MappedFile> scales) {}

    /** @throws TorchException if the engine does not start */
    public WeightsProgram() {}

    /** The program as {@code torch.jit.load} reads it, for use outside this JVM; the engine is not started. */
    public static byte[] archive() {
        return ScriptModule.archive(NAME);
    }

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

    /**
     * Puts a weight into a table.
     *
     * @param device to which it goes
     * @param elements the type in which it is kept there
     * @param copied whether it is a copy in any case; else one that has the type, and stays on the CPU, is the mapped
     *     file's own memory
     */
    public void put(Table table, String name, Stored weight, Device device, ElementType elements, boolean copied) {
        try (NativeValue stored = stored(weight)) {
            put("put_elements", table, table, name, stored, device.toString(), elements.code(), copied);
        }
    }

    /** Copies a weight of two dimensions into a table in the blocks of which it consists. */
    public void putBlocks(Table table, String name, Stored weight) {
        try (NativeValue stored = stored(weight)) {
            put("put_blocks", table, table, name, stored);
        }
    }

    /** Room for a weight; closed by the caller. */
    public Rounded newRounded(Rounding rounding, long rows, long columns, Device device) {
        NativeValue room = rounding == Rounding.GROUPS
                ? module.run("room_for_groups", rows, columns, device.toString())
                : module.run("room", rows, columns, rounding.code(), device.toString());
        return new Rounded(room, rounding, device);
    }

    /**
     * Rounds a weight of two dimensions; beyond them no more is needed than a few megabytes, on a GPU some hundred.
     *
     * @param first where its first row goes
     */
    public void round(Stored weight, Rounded into, long first) {
        String method = into.rounding == Rounding.GROUPS ? "quantise_groups" : "quantise";
        try (NativeValue stored = stored(weight)) {
            module.run(method, stored, into, first, into.device.toString()).close();
        }
    }

    /** Puts a weight and its scales into a table. */
    public void put(Table table, String name, Rounded weight) {
        put(weight.rounding == Rounding.GROUPS ? "put_groups" : "put_rows", table, table, name, weight);
    }

    /**
     * Packs a weight of integers for the processor's 8-bit products, and puts it into a table. The integers are closed
     * on the way.
     */
    public void putPacked(Table table, String name, Rounded weight) {
        try (NativeValue quantised = module.run("quantised", weight)) {
            // the kernel's library wants a copy of them, and makes another
            weight.close();
            try (NativeValue packed = module.run("pack", quantised)) {
                put("put_packed", table, table.packed(), name, packed);
            }
        }
    }

    /** Some integers of 4 bits on a device; closed by the caller. */
    NativeValue samplePairs(Device device) {
        return module.run("sample_pairs", device.toString());
    }

    /** The same as {@link Rounding#GROUPS} has them in a table; closed by the caller. */
    NativeValue packedPairs(NativeValue pairs) {
        return module.run("packed_pairs", pairs);
    }

    private void put(String method, Table table, Object... arguments) {
        synchronized (table) {
            module.run(method, arguments).close();
        }
    }

    private NativeValue stored(Stored stored) {
        WeightEntry weight = stored.weight();
        WeightType type = weight.type();
        NativeValue inOrder = module.run(
                "weight",
                stored.file(),
                weight.offset() / stored.file().elementBytes,
                weight.shape().stream().mapToLong(Long::longValue).toArray(),
                type.published(),
                new int[] {type.blockElements(), type.blockBytes()},
                new long[] {
                    weight.interleavedRows(),
                    weight.runs().map(WeightEntry.Runs::length).orElse(0L),
                    weight.runs().map(WeightEntry.Runs::stride).orElse(0L)
                });
        if (!weight.transposed() && weight.scales().isEmpty()) {
            return inOrder;
        }
        try (inOrder) {
            if (weight.transposed()) {
                return module.run("transposed", inOrder);
            }
            WeightEntry.Scales scales = weight.scales().orElseThrow();
            MappedFile file = stored.scales().orElseThrow();
            if (scales.grid().isEmpty()) {
                return module.run("scaled", inOrder, file, scales.offset(), scales.length());
            }
            WeightEntry.Grid grid = scales.grid().get();
            try (NativeValue bytes = module.run("bytes", file, scales.offset(), scales.length())) {
                return module.run("scaled_by_grid", inOrder, bytes, grid.type().published(), new long[] {
                    grid.rows(), grid.columns(), grid.blockRows(), grid.blockColumns()
                });
            }
        }
    }
}
