package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.TorchArchive.Entry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads the pickle of a state dictionary, and no other. A pickle is a program that names what to call. This one may
 * name the few things that a state dictionary consists of, all of which end as plain data here; every other name is
 * refused where it appears, before anything is made of it. So is every instruction that torch does not write.
 *
 * <p>What a pickle can make grow is bounded: it has a limited number of instructions, each of which adds one object,
 * lists are not among them, keys are strings, and lengths are compared with the bytes that are left.
 */
final class StateUnpickler extends Unpickler {

    /** About 35 make a tensor. */
    private static final int MAX_INSTRUCTIONS = 1_000_000;

    private static final int MAX_RANK = 16;

    private static final Map<String, StorageType> STORAGE_TYPES = Map.ofEntries(
            Map.entry("torch.FloatStorage", new StorageType("F32", 4)),
            Map.entry("torch.HalfStorage", new StorageType("F16", 2)),
            Map.entry("torch.BFloat16Storage", new StorageType("BF16", 2)),
            Map.entry("torch.DoubleStorage", new StorageType("F64", 8)),
            Map.entry("torch.LongStorage", new StorageType("I64", 8)),
            Map.entry("torch.IntStorage", new StorageType("I32", 4)),
            Map.entry("torch.ShortStorage", new StorageType("I16", 2)),
            Map.entry("torch.CharStorage", new StorageType("I8", 1)),
            Map.entry("torch.ByteStorage", new StorageType("U8", 1)),
            Map.entry("torch.BoolStorage", new StorageType("BOOL", 1)));

    private final TorchArchive archive;
    private final Map<String, Object> names;
    private ByteArrayInputStream bytes;
    private int instructions;

    /**
     * What torch calls {@code torch.FloatStorage}, for instance.
     *
     * @param type as safetensors names it
     */
    private record StorageType(String type, int elementBytes) {}

    /** A storage that the archive holds in full. */
    private record Storage(StorageType type, long offset, long elements) {}

    StateUnpickler(TorchArchive archive) {
        this.archive = archive;
        names = new LinkedHashMap<>(STORAGE_TYPES);
        names.put("collections.OrderedDict", (IObjectConstructor) StateUnpickler::dictionary);
        names.put("torch._utils._rebuild_tensor_v2", (IObjectConstructor) this::tensor);
        names.put("torch._utils._rebuild_parameter", (IObjectConstructor) StateUnpickler::parameter);
    }

    /** @throws RuntimeException of any kind if the pickle is damaged */
    Map<String, Tensor> tensors(byte[] pickle) throws IOException {
        bytes = new ByteArrayInputStream(pickle);
        Object root = load(bytes);
        if (!(root instanceof Map<?, ?> entries) || bytes.available() > 0) {
            throw refused("it does not hold a state dictionary, which is one dictionary of tensors");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        entries.forEach((name, value) -> {
            if (!(value instanceof Tensor tensor)) {
                throw refused("what it holds under %s is not a tensor".formatted(quote((String) name)));
            }
            tensors.put((String) name, tensor);
        });
        return tensors;
    }

    @Override
    protected Object dispatch(short instruction) throws IOException {
        if (++instructions > MAX_INSTRUCTIONS) {
            throw refused("its pickle has more than %,d instructions".formatted(MAX_INSTRUCTIONS));
        }
        switch (instruction) {
            case Opcodes.GLOBAL -> stack.add(named(PickleUtils.readline(input), PickleUtils.readline(input)));
            case Opcodes.STACK_GLOBAL -> {
                String name = (String) stack.pop();
                stack.add(named((String) stack.pop(), name));
            }
            case Opcodes.INST -> {
                named(PickleUtils.readline(input), PickleUtils.readline(input));
                throw unknown(instruction);
            }
            case Opcodes.SETITEM -> {
                Object value = stack.pop();
                put(stack.pop(), value);
            }
            case Opcodes.SETITEMS -> {
                List<Object> items = stack.pop_all_since_marker();
                for (int i = 0; i < items.size(); i += 2) {
                    put(items.get(i), items.get(i + 1));
                }
            }
            // attributes of the dictionary, such as the versions of the modules
            case Opcodes.BUILD -> stack.pop();
            case Opcodes.BINUNICODE, Opcodes.BINUNICODE8 -> {
                checkLength(instruction == Opcodes.BINUNICODE ? Integer.BYTES : Long.BYTES);
                return super.dispatch(instruction);
            }
            case Opcodes.PROTO,
                    Opcodes.FRAME,
                    Opcodes.STOP,
                    Opcodes.MARK,
                    Opcodes.REDUCE,
                    Opcodes.EMPTY_DICT,
                    Opcodes.EMPTY_TUPLE,
                    Opcodes.TUPLE,
                    Opcodes.TUPLE1,
                    Opcodes.TUPLE2,
                    Opcodes.TUPLE3,
                    Opcodes.NONE,
                    Opcodes.NEWTRUE,
                    Opcodes.NEWFALSE,
                    Opcodes.BININT,
                    Opcodes.BININT1,
                    Opcodes.BININT2,
                    Opcodes.LONG1,
                    Opcodes.SHORT_BINUNICODE,
                    Opcodes.BINPERSID,
                    Opcodes.BINGET,
                    Opcodes.LONG_BINGET,
                    Opcodes.BINPUT,
                    Opcodes.LONG_BINPUT,
                    Opcodes.MEMOIZE -> {
                return super.dispatch(instruction);
            }
            default -> throw unknown(instruction);
        }
        return NO_RETURN_VALUE;
    }

    private CheckpointException unknown(short instruction) {
        return refused("its pickle has the instruction 0x%02X, which no state dictionary needs".formatted(instruction));
    }

    private Object named(String module, String name) {
        String qualified = module + "." + name;
        Object known = names.get(qualified);
        if (known == null) {
            throw refused(
                    "its pickle names %s, which weights do not need and which could do harm; take them as safetensors"
                            .formatted(quote(qualified)));
        }
        return known;
    }

    /** The library allocates what a length says before it reads. */
    private void checkLength(int lengthBytes) {
        bytes.mark(0);
        byte[] length = new byte[Long.BYTES];
        int read = bytes.read(length, 0, lengthBytes);
        long given = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (read < lengthBytes || given < 0 || given > bytes.available()) {
            throw refused("a text in its pickle goes beyond the end");
        }
        bytes.reset();
    }

    @SuppressWarnings("unchecked")
    private void put(Object key, Object value) {
        ((Map<Object, Object>) stack.peek()).put((String) key, value);
    }

    private static Object dictionary(Object[] arguments) {
        if (arguments.length > 0) {
            throw new IllegalArgumentException("an OrderedDict with arguments");
        }
        return new LinkedHashMap<>();
    }

    /** {@code (tensor, requires_grad, …)}. */
    private static Object parameter(Object[] arguments) {
        return (Tensor) arguments[0];
    }

    /** {@code ('storage', type, key, device, elements)}: the archive's entry {@code data/<key>}. */
    @Override
    protected Object persistentLoad(Object id) {
        Object[] parts = (Object[]) id;
        StorageType type = (StorageType) parts[1];
        String name = "data/" + (String) parts[2];
        long elements = whole(parts[4]);
        Entry entry = archive.entries().get(name);
        if (!parts[0].equals("storage") || entry == null) {
            throw refused("entry %s is missing".formatted(quote(name)));
        }
        if (elements < 0 || elements > entry.length() || elements * type.elementBytes() != entry.length()) {
            throw refused("entry %s has %,d bytes, where %,d elements of type %s should be"
                    .formatted(quote(name), entry.length(), elements, type.type()));
        }
        return new Storage(type, entry.offset(), elements);
    }

    /** {@code (storage, offset, size, stride, …)}, all in elements. */
    private Object tensor(Object[] arguments) {
        Storage storage = (Storage) arguments[0];
        long offset = whole(arguments[1]);
        List<Long> shape = wholes(arguments[2]);
        List<Long> strides = wholes(arguments[3]);
        long elements = Tensor.elements(shape);
        if (offset < 0
                || elements < 0
                || elements > storage.elements()
                || offset > storage.elements() - elements
                || shape.stream().anyMatch(dimension -> dimension < 0)) {
            throw refused("a tensor of shape %s at element %d goes beyond its storage, which has %d elements"
                    .formatted(shape, offset, storage.elements()));
        }
        if (!isContiguous(shape, strides)) {
            throw refused(
                    "a tensor of shape %s has the strides %s; supported are contiguous tensors, take the weights as safetensors"
                            .formatted(shape, strides));
        }
        int bytes = storage.type().elementBytes();
        return new Tensor(
                archive.file(), storage.type().type(), shape, storage.offset() + offset * bytes, elements * bytes);
    }

    private static boolean isContiguous(List<Long> shape, List<Long> strides) {
        long expected = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            if (shape.get(i) == 0) {
                return true;
            }
            if (shape.get(i) > 1 && strides.get(i) != expected) {
                return false;
            }
            expected *= shape.get(i);
        }
        return strides.size() == shape.size();
    }

    private List<Long> wholes(Object tuple) {
        Object[] values = (Object[]) tuple;
        if (values.length > MAX_RANK) {
            throw refused("a tensor has %d dimensions".formatted(values.length));
        }
        List<Long> wholes = new ArrayList<>();
        for (Object value : values) {
            wholes.add(whole(value));
        }
        return wholes;
    }

    private static long whole(Object value) {
        return value instanceof Integer small ? small : (Long) value;
    }

    private CheckpointException refused(String why) {
        return new CheckpointException("%s was refused: %s".formatted(archive.file(), why));
    }

    /** Fit for a log: what is quoted was written by a stranger. */
    private static String quote(String text) {
        return '"' + JsonFile.abbreviate(text.replaceAll("[^ -~]", "?")) + '"';
    }
}
