package dev.rapid4j.internal.architecture;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The weights of a network, each declared once and found among the tensors of a checkpoint as it is: by its name in the
 * published ones, the field that it fills in the network's program (a path of names in {@code decoder.py} or
 * {@code encoder.py}, such as {@code layers.0.query.bias}), and its shape. What is missing, of another shape or of a
 * type that is not supported is a {@link CheckpointException}.
 */
final class NetworkWeights {

    /**
     * Rows of a weight that has several of the network's layers, one above the other.
     *
     * @param field of the layer
     * @param headRows of heads whose two halves lie interleaved; 0 where all rows are in order
     */
    record Part(String field, long rows, int headRows) {
        Part(String field, long rows) {
            this(field, rows, 0);
        }

        private WeightEntry of(WeightEntry whole, long first) {
            boolean all = rows == whole.shape().get(0);
            WeightEntry part = all ? whole : whole.rows(first, rows);
            return headRows == 0 ? part : part.withInterleavedRows(headRows);
        }
    }

    private final Map<String, Tensor> tensors;
    private final List<String> prefixes;
    private final NetworkKind kind;
    private final Path location;
    private final Map<String, WeightEntry> names = new LinkedHashMap<>();
    private final Map<String, WeightEntry> fields = new HashMap<>();
    private String prefix = "";

    /**
     * @param prefixes what may stand before the names in the files, the same before all of them
     * @param location where they lie, for messages
     */
    NetworkWeights(Map<String, Tensor> tensors, List<String> prefixes, NetworkKind kind, Path location) {
        this.tensors = tensors;
        this.prefixes = prefixes;
        this.kind = kind;
        this.location = location;
    }

    /** By their names, without what stands before all of them. */
    Map<String, WeightEntry> names() {
        return names;
    }

    Map<String, WeightEntry> fields() {
        return fields;
    }

    /** What stands before the names in the files. */
    String prefix() {
        return prefix;
    }

    boolean has(String name) {
        return tensors.containsKey(prefix + name);
    }

    /** A weight that fills no field as a whole. */
    WeightEntry find(String name, long... shape) {
        if (names.isEmpty()) {
            prefix = prefixes.stream()
                    .filter(candidate -> tensors.containsKey(candidate + name))
                    .findFirst()
                    .orElse("");
        }
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        refuseQuantised(name, dimensions);
        WeightEntry found = WeightEntry.among(tensors, prefix + name, dimensions, location);
        names.put(name, found);
        return found;
    }

    /** @throws CheckpointException if a weight is not as it should be since it is quantised */
    void refuseQuantised(String name, List<Long> shape) {
        Tensor tensor = tensors.get(prefix + name);
        boolean usable =
                tensor != null && tensor.shape().equals(shape) && tensor.entry().isPresent();
        if (!usable) {
            Quantisation.reason(tensors, prefix + name, kind).ifPresent(reason -> {
                throw new CheckpointException(
                        "%s: the weight %s is quantised; %s".formatted(location, prefix + name, reason));
            });
        }
    }

    void fill(String field, WeightEntry weight) {
        fields.put(field, weight);
    }

    void add(String name, String field, long... shape) {
        fill(field, find(name, shape));
    }

    void addNorm(String name, String field, long size, boolean bias) {
        add(name + ".weight", field + ".weight", size);
        if (bias) {
            add(name + ".bias", field + ".bias", size);
        }
    }

    void addLinear(String name, String field, long rows, long columns, boolean bias) {
        addFused(name, List.of(new Part(field, rows)), columns, bias);
    }

    /** @param parts layers that the file has as one, from the top to the bottom, which have the same input */
    void addFused(String name, List<Part> parts, long columns, boolean bias) {
        long rows = parts.stream().mapToLong(Part::rows).sum();
        fillRows(parts, ".weight", find(name + ".weight", rows, columns));
        if (bias) {
            fillRows(parts, ".bias", find(name + ".bias", rows));
        }
    }

    private void fillRows(List<Part> parts, String suffix, WeightEntry whole) {
        long first = 0;
        for (Part part : parts) {
            fill(part.field() + suffix, part.of(whole, first));
            first += part.rows();
        }
    }

    static List<Part> parts(long rows, String... fields) {
        return Stream.of(fields).map(field -> new Part(field, rows)).toList();
    }
}
