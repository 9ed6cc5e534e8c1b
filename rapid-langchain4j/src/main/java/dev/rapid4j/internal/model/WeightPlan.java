package dev.rapid4j.internal.model;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;

import dev.rapid4j.WeightFormat;
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
    private static final String HEAD_WEIGHT = "head.weight";

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
        PACKED
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
                    && weight.interleavedRows() == 0
                    && NumberFormat.elementType(weight.type()) == elements;
        }

        private long bytes() {
            if (isMapped()) {
                return 0;
            }
            return switch (kind) {
                case ELEMENTS, COPIED -> Math.multiplyExact(weights.get(0).elements(), elements.bytes());
                case BLOCKS -> fileBytes();
                case PACKED -> NumberFormat.integerBytes(rows(), columns());
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
        if (fields.containsKey(HEAD_WEIGHT) || stages.first().equals(stages.last())) {
            return of(fields, stages::deviceOf, numbers);
        }
        Map<String, WeightEntry> untied = new LinkedHashMap<>(fields);
        untied.put(HEAD_WEIGHT, fields.get(EMBEDDING));
        return of(untied, stages::deviceOf, numbers);
    }

    private static WeightPlan of(
            Map<String, WeightEntry> fields, Function<String, Device> devices, NumberFormat numbers) {
        List<Part> parts = numbers.weights() == WeightFormat.INT8
                ? integers(fields, devices)
                : fields.entrySet().stream()
                        .map(field -> new Part(
                                field.getKey(),
                                List.of(field.getValue()),
                                Kind.ELEMENTS,
                                isNorm(field.getKey()) ? ElementType.FLOAT32 : numbers.activations(),
                                devices.apply(field.getKey())))
                        .toList();
        // the largest first, so that no thread is left alone with it
        return new WeightPlan(
                numbers,
                parts.stream()
                        .sorted(Comparator.comparingLong(Part::fileBytes).reversed())
                        .toList());
    }

    private static List<Part> integers(Map<String, WeightEntry> fields, Function<String, Device> devices) {
        List<Part> parts = new ArrayList<>();
        Map<String, List<WeightEntry>> packed = new LinkedHashMap<>();
        fields.forEach((field, weight) -> {
            if (field.equals(EMBEDDING)) {
                parts.add(lookedUp(weight, devices.apply(field)));
            } else if (isPacked(field, weight)) {
                packed.put(field.substring(0, field.length() - ".weight".length()), List.of(weight));
            } else {
                // a few kilobytes, for which the whole file would have to stay as it is
                parts.add(new Part(field, List.of(weight), Kind.COPIED, ElementType.FLOAT32, devices.apply(field)));
            }
        });
        packed.putIfAbsent(HEAD, List.of(fields.get(EMBEDDING)));
        join(packed);
        packed.forEach((name, weights) -> {
            Part part = new Part(name, weights, Kind.PACKED, ElementType.FLOAT32, devices.apply(name));
            if (part.columns() < LEAST_COLUMNS) {
                throw new IllegalArgumentException(
                        "INT8 weights need matrices of at least %d columns, and %s has %d; choose FLOAT32 or BFLOAT16"
                                .formatted(LEAST_COLUMNS, name, part.columns()));
            }
            parts.add(part);
        });
        return parts;
    }

    /** Whether it is the matrix of a product; of a router, whose choices hang on small differences, it stays exact. */
    private static boolean isPacked(String field, WeightEntry weight) {
        return weight.shape().size() == 2
                && field.endsWith(".weight")
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
     * are there once more while they are packed.
     */
    long loadingBytes(Device device, int threads) {
        return parts.stream()
                .filter(part -> part.kind() == Kind.PACKED && part.device().equals(device))
                .mapToLong(Part::bytes)
                .boxed()
                .sorted(Comparator.reverseOrder())
                .limit(threads)
                .mapToLong(Long::longValue)
                .sum();
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
