package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Copies of checkpoints with something changed. */
public final class EditedFiles {

    private EditedFiles() {}

    public static void copyGolden(String name, Path folder) throws IOException {
        Path golden = Golden.path(name);
        try (Stream<Path> files = Files.walk(golden)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(golden.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    public static void edit(Path file, Consumer<ObjectNode> change) throws IOException {
        edit(file, file, change);
    }

    public static void edit(Path source, Path target, Consumer<ObjectNode> change) throws IOException {
        JsonNode json = JsonFile.MAPPER.readTree(source.toFile());
        change.accept((ObjectNode) json);
        Files.write(target, JsonFile.MAPPER.writeValueAsBytes(json));
    }

    /** A tensor to be added to a safetensors file. */
    public record NewTensor(String name, String type, long[] shape, byte[] data) {}

    public static void addTensors(Path safetensors, NewTensor... tensors) throws IOException {
        byte[] data = data(Files.readAllBytes(safetensors));
        ObjectNode header = header(Files.readAllBytes(safetensors));
        for (NewTensor tensor : tensors) {
            ObjectNode entry = header.putObject(tensor.name()).put("dtype", tensor.type());
            Arrays.stream(tensor.shape()).forEach(entry.putArray("shape")::add);
            int begin = data.length;
            data = Arrays.copyOf(data, begin + tensor.data().length);
            System.arraycopy(tensor.data(), 0, data, begin, tensor.data().length);
            entry.putArray("data_offsets").add(begin).add(data.length);
        }
        write(safetensors, header, data);
    }

    public static void editHeader(Path safetensors, Consumer<ObjectNode> change) throws IOException {
        byte[] file = Files.readAllBytes(safetensors);
        ObjectNode header = header(file);
        change.accept(header);
        write(safetensors, header, data(file));
    }

    /** The bytes of a tensor. */
    public static byte[] tensor(Path safetensors, String name) throws IOException {
        byte[] file = Files.readAllBytes(safetensors);
        JsonNode offsets = header(file).path(name).path("data_offsets");
        return Arrays.copyOfRange(
                data(file), offsets.path(0).intValue(), offsets.path(1).intValue());
    }

    private static ObjectNode header(byte[] file) throws IOException {
        return (ObjectNode) JsonFile.MAPPER.readTree(file, Long.BYTES, headerLength(file));
    }

    private static byte[] data(byte[] file) {
        return Arrays.copyOfRange(file, Long.BYTES + headerLength(file), file.length);
    }

    private static int headerLength(byte[] file) {
        return (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static void write(Path safetensors, ObjectNode header, byte[] data) throws IOException {
        byte[] json = JsonFile.MAPPER.writeValueAsBytes(header);
        ByteBuffer file =
                ByteBuffer.allocate(Long.BYTES + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(safetensors, file.putLong(json.length).put(json).put(data).array());
    }

    /** JSON with apostrophes for quotes. */
    public static JsonNode json(String json) {
        try {
            return JsonFile.MAPPER.readTree(json.replace('\'', '"'));
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
