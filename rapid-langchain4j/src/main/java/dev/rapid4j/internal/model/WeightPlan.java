package dev.rapid4j.internal.model;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;

import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What becomes of the weights of a network on its devices, before any is read. */
record WeightPlan(NumberFormat numbers, List<Part> parts) {

    /** For both ends of the range of activations, see {@code packed} in {@code decoder.py}. */
    private static final int LEAST_COLUMNS = 2;

    private static final String EMBEDDING = "embedding";
    private static final String HEAD = "head";
    private static final String WEIGHT = ".weight";

    /** Norms of {@code decoder.py}, which are a few kilobytes: they are float32 whatever the others are. */
    private static final Pattern NORM = Pattern.compile("(?:.*[._])?norm(?:_bias|\\.\\d+)?");

    /** Weights of {@code decoder.py} that belong to one expert. */
    private static final Pattern EXPERT = Pattern.compile(".*\\.experts\\.\\d+\\..*");

    private static final List<String> EXACT = List.of(".router.weight", ".dense_gate.weight");

    /** Layers of {@code decoder.py} that multiply the same, and are packed as one. */
    private static final List<List<String>> JOINED = List.of(List.of("query", "key", "value"), List.of("gate", "up"));

    enum Kind {
        /** Elements of one type, used as they lie in the memory-mapped file where they can be. */
        ELEMENTS,
        /** Elements of one type, copied out of the file. */
        COPIED,
        /** Blocks as the file has them, of which rows are looked up, copied. */
        BLOCKS,
        /** 8-bit integers with a scale a row, in the order that the processor's 8-bit product reads. */
        PACKED,
        /** 8-bit integers with a scale a row, one row behind the other. */
        INTEGERS,
        /** 8-bit floats likewise. */
        FLOATS,
        /** 4-bit integers with two numbers for each 32, in the order that the device's product reads. */
        GROUPS;

        /** Whether there is a product with such a matrix. */
        boolean takes(long rows, long columns) {
            return switch (this) {
                case PACKED -> columns >= LEAST_COLUMNS;
                case INTEGERS, FLOATS, GROUPS -> rows % 16 == 0 && columns % NumberFormat.GROUP == 0;
                default -> true;
            };
        }
    }

    /**
     * What is made of one weight, or of several with the same columns.
     *
     * @param name in the table that the network's program takes
     * @param elements the type of those that are kept; of no meaning for the other kinds
     */
    record Part(String name, List<WeightEntry> weights, Kind kind, ElementType elements, Device device) {

        long rows() {
            return weights.stream().mapToLong(weight -> weight.shape().get(0)).sum();
        }

        long columns() {
            return weights.get(0).shape().get(1);
        }

        long fileBytes() {
            return weights.stream().mapToLong(WeightEntry::length).sum();
        }

        /** Whether it needs no memory, since it is used as it lies in the memory-mapped file. */
        private boolean isMapped() {
            WeightEntry weight = weights.get(0);
            return kind == Kind.ELEMENTS
                    && device.equals(Device.CPU)
                    && !weight.type().isQuantised()
                    && weight.inOrder()
                    && NumberFormat.elementType(weight.type()) == elements;
        }

        private long bytes() {
            if (isMapped()) {
                return 0;
            }
            return switch (kind) {
                case ELEMENTS, COPIED -> Math.multiplyExact(weights.get(0).elements(), elements.bytes());
                case BLOCKS -> fileBytes();
                case PACKED -> NumberFormat.packedBytes(rows(), columns());
                case INTEGERS, FLOATS -> NumberFormat.rowBytes(rows(), columns());
                case GROUPS -> NumberFormat.groupBytes(rows(), columns());
            };
        }
    }

    /**
     * For a network on one device.
     *
     * @param fields where each weight lies, by the field it fills in the network's program
     * @throws IllegalArgumentException if a matrix is too narrow for the format
     */
    static WeightPlan of(Map<String, WeightEntry> fields, Device device, NumberFormat numbers) {
        return of(fields, field -> device, numbers);
    }

    /** For a decoder, of which a tied head that is not on the embedding's device is a copy. */
    static WeightPlan of(Map<String, WeightEntry> fields, Stages stages, NumberFormat numbers) {
        if (fields.containsKey(HEAD + WEIGHT) || stages.first().equals(stages.last())) {
            return of(fields, stages::deviceOf, numbers);
        }
        Map<String, WeightEntry> untied = new LinkedHashMap<>(fields);
        untied.put(HEAD + WEIGHT, fields.get(EMBEDDING));
        return of(untied, stages::deviceOf, numbers);
    }

    private static WeightPlan of(
            Map<String, WeightEntry> fields, Function<String, Device> devices, NumberFormat numbers) {
        List<Part> parts = switch (numbers.weights()) {
            case INT8, INT4, FP8 -> quantised(fields, devices, numbers);
            default ->
                fields.entrySet().stream()
                        .map(field -> elements(
                                field.getKey(),
                                field.getValue(),
                                Kind.ELEMENTS,
                                devices.apply(field.getKey()),
                                numbers))
                        .toList();
        };
        // the largest first, so that no thread is left alone with it
        return new WeightPlan(
                numbers,
                parts.stream()
                        .sorted(Comparator.comparingLong(Part::fileBytes).reversed())
                        .toList());
    }

    private static Part elements(String field, WeightEntry weight, Kind kind, Device device, NumberFormat numbers) {
        ElementType type = isNorm(field) ? ElementType.FLOAT32 : numbers.activations();
        return new Part(field, List.of(weight), kind, type, device);
    }

    private static List<Part> quantised(
            Map<String, WeightEntry> fields, Function<String, Device> devices, NumberFormat numbers) {
        List<Part> parts = new ArrayList<>();
        Map<String, List<WeightEntry>> matrices = new LinkedHashMap<>();
        fields.forEach((field, weight) -> {
            if (field.equals(EMBEDDING)) {
                Device device = devices.apply(field);
                parts.add(
                        device.equals(Device.CPU)
                                ? lookedUp(weight, device)
                                : elements(field, weight, Kind.ELEMENTS, device, numbers));
            } else if (isMatrix(field, weight)) {
                matrices.put(field.substring(0, field.length() - WEIGHT.length()), List.of(weight));
            } else {
                // a few kilobytes, for which the whole file would have to stay as it is
                parts.add(elements(field, weight, Kind.COPIED, devices.apply(field), numbers));
            }
        });
        matrices.putIfAbsent(HEAD, List.of(fields.get(EMBEDDING)));
        join(matrices);
        matrices.forEach((name, weights) -> {
            Device device = devices.apply(name);
            Part part = new Part(name, weights, kind(name, device, numbers), numbers.activations(), device);
            if (part.kind().takes(part.rows(), part.columns())) {
                parts.add(part);
            } else if (part.kind() == Kind.PACKED) {
                throw new IllegalArgumentException(
                        "INT8 weights need matrices of at least %d columns, and %s has %d; choose FLOAT32 or BFLOAT16"
                                .formatted(LEAST_COLUMNS, name, part.columns()));
            } else {
                parts.addAll(asElements(part, numbers));
            }
        });
        return parts;
    }

    /** The head decides between neighbours among many thousand tokens: it never has less than 8 bits. */
    private static Kind kind(String name, Device device, NumberFormat numbers) {
        Kind integers = device.equals(Device.CPU) && (name.equals(HEAD) || numbers.activations() == ElementType.FLOAT32)
                ? Kind.PACKED
                : Kind.INTEGERS;
        return switch (numbers.weights()) {
            case INT4 -> name.equals(HEAD) ? integers : Kind.GROUPS;
            case FP8 -> name.equals(HEAD) ? integers : Kind.FLOATS;
            default -> integers;
        };
    }

    /** What the device has no product for. */
    private static List<Part> asElements(Part part, NumberFormat numbers) {
        String at = part.name().substring(0, part.name().lastIndexOf('.') + 1);
        List<String> names = JOINED.stream()
                .filter(joined -> part.name().equals(at + String.join("_", joined)))
                .findFirst()
                .map(joined -> joined.stream().map(at::concat).toList())
                .orElse(List.of(part.name()));
        return IntStream.range(0, names.size())
                .mapToObj(i ->
                        elements(names.get(i) + WEIGHT, part.weights().get(i), Kind.ELEMENTS, part.device(), numbers))
                .toList();
    }

    /** Whether it is the matrix of a product; of a router, whose choices hang on small differences, it stays exact. */
    private static boolean isMatrix(String field, WeightEntry weight) {
        return weight.shape().size() == 2
                && field.endsWith(WEIGHT)
                && EXACT.stream().noneMatch(field::endsWith);
    }

    private static boolean isNorm(String field) {
        return NORM.matcher(field).matches();
    }

    /**
     * Of the embedding a few rows are read at a time: it stays as it is in the file. Where its elements are numbers of
     * their own it stays in it, since that is four times as large as the integers would be.
     */
    private static Part lookedUp(WeightEntry embedding, Device device) {
        WeightType type = embedding.type();
        if (type == WeightType.FLOAT8) {
            return new Part(EMBEDDING, List.of(embedding), Kind.ELEMENTS, ElementType.BFLOAT16, device);
        }
        return type.isQuantised()
                ? new Part(
                        EMBEDDING + "." + type.published(),
                        List.of(embedding),
                        Kind.BLOCKS,
                        ElementType.FLOAT32,
                        device)
                : new Part(EMBEDDING, List.of(embedding), Kind.ELEMENTS, NumberFormat.elementType(type), device);
    }

    private static void join(Map<String, List<WeightEntry>> packed) {
        for (List<String> names : JOINED) {
            String first = names.get(0);
            for (String name : List.copyOf(packed.keySet())) {
                if (name.endsWith("." + first)) {
                    String at = name.substring(0, name.length() - first.length());
                    List<WeightEntry> weights = names.stream()
                            .map(part -> packed.remove(at + part).get(0))
                            .toList();
                    packed.put(at + String.join("_", names), weights);
                }
            }
        }
    }

    /** The same without the output projection. */
    WeightPlan withoutHead() {
        return new WeightPlan(
                numbers,
                parts.stream()
                        .filter(part ->
                                !part.name().equals(HEAD) && !part.name().equals(HEAD + WEIGHT))
                        .toList());
    }

    List<Device> devices() {
        return parts.stream().map(Part::device).distinct().toList();
    }

    /** Memory of all, without what is used memory-mapped. */
    long bytes() {
        return bytes(part -> true);
    }

    /** Memory of those on a device. */
    long bytes(Device device) {
        return bytes(part -> part.device().equals(device));
    }

    /** Memory of each of the layers of a decoder. */
    List<Long> layerBytes(int layers) {
        Map<Integer, Long> bytes = parts.stream()
                .filter(part -> Stages.layer(part.name()).isPresent())
                .collect(groupingBy(part -> Stages.layer(part.name()).getAsInt(), summingLong(Part::bytes)));
        return IntStream.range(0, layers)
                .mapToObj(layer -> bytes.getOrDefault(layer, 0L))
                .toList();
    }

    long embeddingBytes() {
        return bytes(part -> Stages.isEmbedding(part.name()));
    }

    /** Memory of a copy of the embedding as head, where the head is tied; else 0. */
    long tiedHeadBytes() {
        boolean hasHead = parts.stream().anyMatch(part -> part.name().startsWith(HEAD));
        return hasHead ? 0 : embeddingBytes();
    }

    private long bytes(Predicate<Part> chosen) {
        return parts.stream().filter(chosen).mapToLong(Part::bytes).sum();
    }

    /**
     * Memory beyond {@link #bytes(Device)} while it is loaded, by so many threads: the integers of each one's weight
     * are there once more while they are put in order.
     */
    long loadingBytes(Device device, int threads) {
        return parts.stream()
                .filter(part -> part.kind() == Kind.PACKED || part.kind() == Kind.GROUPS)
                .filter(part -> part.device().equals(device))
                .mapToLong(Part::bytes)
                .boxed()
                .sorted(Comparator.reverseOrder())
                .limit(threads)
                .mapToLong(Long::longValue)
                .sum();
    }

    boolean has(Kind kind) {
        return parts.stream().anyMatch(part -> part.kind() == kind);
    }

    boolean has(Kind kind, Device device) {
        return parts.stream()
                .anyMatch(part -> part.kind() == kind && part.device().equals(device));
    }

    /** Bytes of the weights of all experts, in memory or memory-mapped; a token needs those of a few. */
    long expertBytes() {
        return parts.stream()
                .filter(part -> EXPERT.matcher(part.name()).matches())
                .mapToLong(part -> part.isMapped() ? part.fileBytes() : part.bytes())
                .sum();
    }

    /** Memory-mapped bytes of the files that are used as they lie there. */
    long mappedBytes() {
        return devices().stream().mapToLong(this::mappedBytes).sum();
    }

    long mappedBytes(Device device) {
        return parts.stream()
                .filter(part -> part.isMapped() && part.device().equals(device))
                .mapToLong(Part::fileBytes)
                .sum();
    }

    long fileBytes() {
        return parts.stream().mapToLong(Part::fileBytes).sum();
    }
}
