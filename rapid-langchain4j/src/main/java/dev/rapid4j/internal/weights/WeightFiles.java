package dev.rapid4j.internal.weights;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files with the weights of a checkpoint: one, or several with an index; safetensors, or else torch's own. */
public enum WeightFiles {
    SAFETENSORS("model.safetensors", ".safetensors") {
        @Override
        Map<String, Tensor> tensors(Path file) {
            return SafetensorsHeader.read(file).tensors();
        }
    },
    TORCH("pytorch_model.bin", ".bin") {
        @Override
        Map<String, Tensor> tensors(Path file) {
            return StateDictionary.read(file);
        }
    };

    private static final int MAX_SHARDS = 10_000;

    private final String single;
    private final String suffix;

    /**
     * A file beside the index and nothing else: no folders, no drive letters, and no character that cannot be seen or
     * that some file systems do not know.
     */
    private final Pattern shardName;

    WeightFiles(String single, String suffix) {
        this.single = single;
        this.suffix = suffix;
        this.shardName = Pattern.compile("[^/\\\\:*?\"<>|\\p{C}\\p{Zl}\\p{Zp}]{1,240}" + Pattern.quote(suffix));
    }

    /** All tensors of one file. */
    abstract Map<String, Tensor> tensors(Path file);

    /** Name of the file, where there is one only. */
    public String single() {
        return single;
    }

    /** Name of the file that tells which tensor lies in which of several files. */
    public String index() {
        return single + ".index.json";
    }

    /** The format that a folder or a repository has its weights in, the first where it has both. */
    public static Optional<WeightFiles> among(Predicate<String> exists) {
        return Arrays.stream(values())
                .filter(files -> exists.test(files.single()) || exists.test(files.index()))
                .findFirst();
    }

    /** All tensors of a folder by name, whatever their type. */
    public static Map<String, Tensor> read(Path directory) {
        return among(name -> Files.exists(directory.resolve(name)))
                .orElseThrow(() -> new CheckpointException(
                        "%s holds none of %s; weights in another format (.onnx, .pth) must be converted to safetensors"
                                .formatted(directory, names())))
                .tensorsOf(directory);
    }

    /** The names, one of which a checkpoint must have. */
    public static String names() {
        return Arrays.stream(values())
                .flatMap(files -> Stream.of(files.single(), files.index()))
                .collect(Collectors.joining(", "));
    }

    private Map<String, Tensor> tensorsOf(Path directory) {
        if (Files.exists(directory.resolve(single))) {
            return tensors(directory.resolve(single));
        }
        JsonFile index = readIndex(directory);
        Map<String, String> shardOf = shardOf(index);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String shard : new TreeSet<>(shardOf.values())) {
            Path file = directory.resolve(shard);
            if (!Files.exists(file)) {
                throw new CheckpointException(
                        "%s is missing, although %s names it; download the checkpoint again".formatted(file, index()));
            }
            tensors(file).forEach((name, tensor) -> {
                Tensor other = tensors.putIfAbsent(name, tensor);
                if (other != null) {
                    throw new CheckpointException("tensor %s stands in %s and in %s; download the checkpoint again"
                            .formatted(name, other.file(), file));
                }
            });
        }
        shardOf.forEach((name, shard) -> {
            Tensor tensor = tensors.get(name);
            if (tensor == null || !tensor.file().equals(directory.resolve(shard))) {
                throw new CheckpointException("%s does not hold tensor %s, although %s says so; download it again"
                        .formatted(directory.resolve(shard), name, index.file()));
            }
        });
        return tensors;
    }

    /** The files that the index in a folder names. */
    public Collection<String> shards(Path directory) {
        return new TreeSet<>(shardOf(readIndex(directory)).values());
    }

    private JsonFile readIndex(Path directory) {
        return JsonFile.readAsPython(directory.resolve(index()));
    }

    private Map<String, String> shardOf(JsonFile index) {
        Map<String, String> shardOf = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry :
                index.object("weight_map").root().properties()) {
            String shard = entry.getValue().asText();
            if (!isShardName(shard, index.file())) {
                throw new CheckpointException(
                        "%s: the file of tensor %s is given as %s; it must be the name of a %s file beside the index"
                                .formatted(index.file(), entry.getKey(), JsonFile.abbreviate(shard), suffix));
            }
            shardOf.put(entry.getKey(), shard);
        }
        if (shardOf.isEmpty()) {
            throw index.invalid("weight_map", "it must name the file of each tensor");
        }
        if (new TreeSet<>(shardOf.values()).size() > MAX_SHARDS) {
            throw new CheckpointException("%s names more than %d files".formatted(index.file(), MAX_SHARDS));
        }
        return shardOf;
    }

    private boolean isShardName(String name, Path index) {
        try {
            return shardName.matcher(name).matches()
                    && index.getParent().equals(index.resolveSibling(name).getParent());
        } catch (InvalidPathException e) {
            throw new CheckpointException(
                    "%s: the file name %s has characters that the locale's character set lacks; set LC_ALL=C.UTF-8"
                            .formatted(index, JsonFile.abbreviate(name)),
                    e);
        }
    }
}
