package dev.rapid4j.internal.model;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.torch.Program;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.Value;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.util.HashMap;
import java.util.Map;

/**
 * The weights of a network on their way from the files to its program: a list of tensors in the order in which they are
 * added. A weight that already has the type and stays on the CPU is not copied but memory-mapped.
 */
final class WeightList implements AutoCloseable {

    private static final int UINT8 = 0;

    private static final String PROGRAM = "Weights";

    private final Program program = Program.load(PROGRAM);
    private final Map<String, WeightEntry> entries;
    private final String device;
    private final WeightType type;
    private final Value absent;
    private final Map<String, Value> files = new HashMap<>();
    private Value list;

    /**
     * @param entries where each weight lies, by name
     * @param device as returned by {@link Torch#device(String)}
     * @param type of the weights in the list
     */
    WeightList(Map<String, WeightEntry> entries, String device, WeightType type) {
        this.entries = entries;
        this.device = device;
        this.type = type;
        this.absent = absent(device);
        this.list = program.run("none");
    }

    /**
     * Memory the weights will take, without those that are used memory-mapped, if there is as much.
     *
     * @param name of the model, for the message
     * @param workingBytes memory that must be free beside them
     * @return bytes of the weights
     * @throws TorchException if the device has less free
     */
    static long requireMemory(
            String name, Map<String, WeightEntry> entries, String device, WeightType type, long workingBytes) {
        long bytes = entries.values().stream()
                .filter(weight -> !device.equals("cpu") || weight.type() != type)
                .mapToLong(weight -> weight.length() / weight.type().bytes() * type.bytes())
                .sum();
        long available = Torch.availableMemory(device);
        if (bytes + workingBytes > available) {
            throw new TorchException(
                    ("%s needs %,d MB on %s as %s, and %,d MB are free;" + " choose a smaller model or precision")
                            .formatted(name, (bytes + workingBytes) >> 20, device, type, available >> 20));
        }
        return bytes;
    }

    /** Stands for a tensor that is not there; closed by the caller. */
    static Value absent(String device) {
        return Program.load(PROGRAM).run("absent", device);
    }

    /** The list so far; closed with this object, which does not touch what a program has made of it. */
    Value value() {
        return list;
    }

    /** Adds the weight and the bias of a linear layer or a norm. */
    void addWithBias(String name) {
        add(name + ".weight");
        add(name + ".bias");
    }

    /** Adds a weight, or an empty tensor where the checkpoint has none of this name. */
    void add(String name) {
        if (!entries.containsKey(name)) {
            add(absent);
            return;
        }
        try (Value tensor = tensor(name)) {
            add(tensor);
        }
    }

    void add(Value tensor) {
        Value longer = program.run("append", list, tensor);
        list.close();
        list = longer;
    }

    /** A weight outside the list; closed by the caller. */
    Value tensor(String name) {
        WeightEntry entry = entries.get(name);
        int bytes = entry.type().bytes();
        boolean aligned = entry.offset() % bytes == 0;
        Value file = files.computeIfAbsent(
                entry.file() + (aligned ? entry.type().name() : ""), ignored -> map(entry, aligned));
        long offset = aligned ? entry.offset() / bytes : entry.offset();
        long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
        return program.run("cut", file, offset, shape, code(entry.type()), device, code(type));
    }

    private Value map(WeightEntry entry, boolean aligned) {
        long length = entry.file().toFile().length();
        return aligned
                ? program.run(
                        "map_file",
                        entry.file().toString(),
                        length / entry.type().bytes(),
                        code(entry.type()))
                : program.run("map_file", entry.file().toString(), length, UINT8);
    }

    /** libtorch's number of the dtype. */
    static int code(WeightType type) {
        return switch (type) {
            case FLOAT16 -> 5;
            case FLOAT32 -> 6;
            case BFLOAT16 -> 15;
        };
    }

    @Override
    public void close() {
        list.close();
        absent.close();
        files.values().forEach(Value::close);
    }
}
