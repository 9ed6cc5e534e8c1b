package dev.rapid4j.internal.weights;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of one safetensors file: 8 bytes of length (little endian), that many bytes of JSON, then the data.
 *
 * @param tensors by name; offsets in bytes from the start of the file
 */
record SafetensorsHeader(Map<String, Tensor> tensors) {

    /** The limit of the reference implementation. */
    private static final long MAX_HEADER = 100_000_000;

    static SafetensorsHeader read(Path file) {
        return FileBytes.open(file, channel -> read(file, channel));
    }

    private static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw new CheckpointException(
                    "%s has %d bytes, too few for a safetensors file; download it again".formatted(file, size));
        }
        long headerLength = FileBytes.read(channel, 0, Long.BYTES).getLong();
        if (headerLength < 2 || headerLength > MAX_HEADER || headerLength > size - Long.BYTES) {
            throw new CheckpointException(
                    ("%s: the header's length is given as %s bytes, in a file of %,d bytes; it is no safetensors file or"
                                    + " cut short, download it again")
                            .formatted(file, Long.toUnsignedString(headerLength), size));
        }
        JsonFile header = JsonFile.parse(
                file, FileBytes.read(channel, Long.BYTES, (int) headerLength).array());
        long dataStart = Long.BYTES + headerLength;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : header.root().properties()) {
            if (!field.getKey().equals("__metadata__")) {
                tensors.put(field.getKey(), tensor(file, field.getKey(), field.getValue(), dataStart, size));
            }
        }
        checkContiguous(file, tensors, dataStart, size);
        return new SafetensorsHeader(tensors);
    }

    private static Tensor tensor(Path file, String name, JsonNode node, long dataStart, long size) {
        JsonNode offsets = node.path("data_offsets");
        JsonNode begin = offsets.path(0);
        JsonNode end = offsets.path(1);
        if (!node.path("dtype").isTextual()
                || !node.path("shape").isArray()
                || offsets.size() != 2
                || !isLong(begin)
                || !isLong(end)) {
            throw new CheckpointException("%s: the entry of tensor %s is %s, not a safetensors entry; download it again"
                    .formatted(file, name, JsonFile.abbreviate(node.toString())));
        }
        if (begin.longValue() < 0 || end.longValue() < begin.longValue() || end.longValue() > size - dataStart) {
            throw new CheckpointException(
                    ("%s: tensor %s should lie at bytes %d to %d of the data, but there are %d; the file is cut short or"
                                    + " damaged, download it again")
                            .formatted(file, name, begin.longValue(), end.longValue(), size - dataStart));
        }
        String type = node.path("dtype").textValue();
        List<Long> shape = new ArrayList<>();
        for (JsonNode dimension : node.path("shape")) {
            if (!isLong(dimension) || dimension.longValue() < 0) {
                throw new CheckpointException(
                        "%s: tensor %s has the shape %s".formatted(file, name, node.path("shape")));
            }
            shape.add(dimension.longValue());
        }
        long length = end.longValue() - begin.longValue();
        WeightType.named(type).ifPresent(known -> {
            if (length != known.bytes(shape)) {
                throw new CheckpointException("%s: tensor %s of type %s and shape %s has %d bytes; download it again"
                        .formatted(file, name, type, shape, length));
            }
        });
        return new Tensor(file, type, List.copyOf(shape), dataStart + begin.longValue(), length);
    }

    private static boolean isLong(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong();
    }

    /** The format allows neither gaps nor overlaps, so that nothing can hide in a file. */
    private static void checkContiguous(Path file, Map<String, Tensor> tensors, long dataStart, long size) {
        List<Map.Entry<String, Tensor>> inOrder = new ArrayList<>(tensors.entrySet());
        inOrder.sort(Map.Entry.comparingByValue(
                Comparator.comparingLong(Tensor::offset).thenComparingLong(Tensor::end)));
        long expected = dataStart;
        for (Map.Entry<String, Tensor> entry : inOrder) {
            if (entry.getValue().offset() != expected) {
                throw new CheckpointException(
                        "%s: tensor %s starts at byte %d, but what lies before it ends at %d; download it again"
                                .formatted(
                                        file, entry.getKey(), entry.getValue().offset(), expected));
            }
            expected = entry.getValue().end();
        }
        if (expected != size) {
            throw new CheckpointException(
                    "%s has %d bytes, but its tensors end at %d; download it again".formatted(file, size, expected));
        }
    }
}
