package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.checkpoint.SafetensorsHeader.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The safetensors files of a checkpoint: one, or several with an index. */
final class WeightFiles {

    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final int MAX_SHARDS = 10_000;

    /** A file beside the index and nothing else: no folders, no drive letters. */
    private static final Pattern SHARD_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\\.safetensors");

    private WeightFiles() {}

    /** All tensors of a folder by name, whatever their type. */
    static Map<String, Tensor> read(Path directory) {
        if (Files.exists(directory.resolve(SINGLE))) {
            return SafetensorsHeader.read(directory.resolve(SINGLE)).tensors();
        }
        if (!Files.exists(directory.resolve(INDEX))) {
            throw new CheckpointException(
                    "%s holds neither %s nor %s; weights in another format (.bin, .gguf) must be converted to safetensors"
                            .formatted(directory, SINGLE, INDEX));
        }
        JsonFile index = JsonFile.read(directory.resolve(INDEX), JsonFile.USUAL_LIMIT);
        Map<String, String> shardOf = shardOf(index);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String shard : new TreeSet<>(shardOf.values())) {
            Path file = directory.resolve(shard);
            if (!Files.exists(file)) {
                throw new CheckpointException(
                        "%s is missing, although %s names it; download the checkpoint again".formatted(file, INDEX));
            }
            SafetensorsHeader.read(file).tensors().forEach((name, tensor) -> {
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

    /** The files an index names. */
    static Collection<String> shards(JsonFile index) {
        return new TreeSet<>(shardOf(index).values());
    }

    private static Map<String, String> shardOf(JsonFile index) {
        Map<String, String> shardOf = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry :
                index.object("weight_map").root().properties()) {
            String shard = entry.getValue().asText();
            if (!SHARD_NAME.matcher(shard).matches()) {
                throw new CheckpointException(
                        "%s: the file of tensor %s is given as %s; it must be the name of a .safetensors file beside the index"
                                .formatted(index.file(), entry.getKey(), JsonFile.abbreviate(shard)));
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
}
