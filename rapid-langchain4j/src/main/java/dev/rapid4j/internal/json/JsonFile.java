package dev.rapid4j.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.CheckpointException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * A JSON object out of a checkpoint's file, read within bounds: whoever made the file is not trusted.
 *
 * <p>The accessors treat {@code null} as absent and throw a {@link CheckpointException} with file, field and value.
 *
 * @param names what fields are called in the file, where it calls them otherwise; messages do as the file
 */
public record JsonFile(Path file, JsonNode root, Map<String, String> names) {

    public JsonFile {
        names = Map.copyOf(names);
    }

    /** One whose fields are named in the file as they are here. */
    public JsonFile(Path file, JsonNode root) {
        this(file, root, Map.of());
    }

    /**
     * Several times what the largest tokenizers have. Every one of them costs memory, so that a file of nothing but
     * empty objects would take thirty times its size.
     */
    private static final long MAX_TOKENS = 10_000_000;

    public static final ObjectMapper MAPPER = mapper(
            bounded().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

    /** Of two fields of one name it keeps the last. */
    private static final ObjectMapper PYTHON_MAPPER =
            mapper(bounded().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build());

    /** Generous for every file but {@code tokenizer.json}. */
    private static final long USUAL_LIMIT = 50_000_000;

    private static JsonFactoryBuilder bounded() {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(100)
                        .maxStringLength(20_000_000)
                        .maxTokenCount(MAX_TOKENS)
                        .build());
    }

    private static ObjectMapper mapper(JsonFactory factory) {
        return new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /** A file that is read by others than Python, too, and must mean the same to all: no name twice, no {@code NaN}. */
    public static JsonFile read(Path file, long maxBytes) {
        return parse(file, bytes(file, maxBytes));
    }

    /**
     * A file that transformers reads with Python's {@code json}: with {@code NaN} and {@code Infinity}, and the last of
     * two fields of one name.
     */
    public static JsonFile readAsPython(Path file) {
        byte[] json = bytes(file, USUAL_LIMIT);
        return new JsonFile(file, tree(PYTHON_MAPPER, file, json, JsonNode::isObject, "a JSON object"));
    }

    /** The objects of a file that holds a list of them, as {@link #readAsPython}. */
    public static List<JsonFile> readListAsPython(Path file) {
        byte[] json = bytes(file, USUAL_LIMIT);
        List<JsonFile> objects = new ArrayList<>();
        for (JsonNode element : tree(PYTHON_MAPPER, file, json, JsonNode::isArray, "a list of JSON objects")) {
            objects.add(new JsonFile(file, element));
        }
        return objects;
    }

    public static JsonFile parse(Path file, byte[] json) {
        return new JsonFile(file, tree(MAPPER, file, json, JsonNode::isObject, "a JSON object"));
    }

    /** Reads a JSON file from beginning to end. */
    @FunctionalInterface
    public interface Streaming<T> {

        public T read(Reader json) throws IOException;
    }

    /** For a file whose tree would take several times as long, and as much memory, as what is made of it. */
    public static <T> T stream(Path file, long maxBytes, Streaming<T> streaming) {
        requireFile(file, maxBytes);
        try (Reader json = Files.newBufferedReader(file)) {
            return streaming.read(json);
        } catch (CharacterCodingException e) {
            throw new CheckpointException(file + " is not valid JSON (not UTF-8); download it again", e);
        } catch (JsonProcessingException e) {
            throw invalid(file, e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }

    private static byte[] bytes(Path file, long maxBytes) {
        requireFile(file, maxBytes);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }

    private static void requireFile(Path file, long maxBytes) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    file + " is missing; the folder must hold a complete Hugging Face checkpoint");
        }
        try {
            long size = Files.size(file);
            if (size > maxBytes) {
                throw new CheckpointException(
                        "%s has %,d bytes, more than the %,d a file of this kind may have; download it again"
                                .formatted(file, size, maxBytes));
            }
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }

    private static JsonNode tree(
            ObjectMapper mapper, Path file, byte[] json, Predicate<JsonNode> expected, String description) {
        try {
            JsonNode root = mapper.readTree(json);
            if (root == null || !expected.test(root)) {
                throw new CheckpointException("%s does not hold %s; download it again".formatted(file, description));
            }
            return root;
        } catch (JsonProcessingException e) {
            throw invalid(file, e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }

    private static CheckpointException invalid(Path file, JsonProcessingException cause) {
        cause.clearLocation();
        return new CheckpointException(
                "%s is not valid JSON (%s); download it again".formatted(file, cause.getOriginalMessage()), cause);
    }

    public JsonFile object(String name) {
        JsonNode node = root.path(name);
        if (!node.isObject()) {
            throw invalid(name, "a JSON object is needed");
        }
        return with(node);
    }

    /** Another object that is described by the same file. */
    public JsonFile with(JsonNode other) {
        return new JsonFile(file, other, names);
    }

    /** What a field is called in the file. */
    public String name(String field) {
        return names.getOrDefault(field, field);
    }

    public boolean has(String name) {
        return root.hasNonNull(name);
    }

    public int positive(String name, int max) {
        JsonNode node = root.path(name);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1 || node.intValue() > max) {
            throw invalid(name, "a whole number from 1 to %,d is needed".formatted(max));
        }
        return node.intValue();
    }

    public int positive(String name, int max, int absent) {
        return has(name) ? positive(name, max) : absent;
    }

    /** That float32 can hold, in which networks compute. */
    public double positive(String name) {
        JsonNode node = root.path(name);
        double value = node.doubleValue();
        if (!node.isNumber() || !(value > 0)) {
            throw invalid(name, "a positive number is needed");
        }
        if (value > Float.MAX_VALUE) {
            throw invalid(name, "a positive number up to 3.4e+38 is needed");
        }
        return value;
    }

    public double positive(String name, double absent) {
        return has(name) ? positive(name) : absent;
    }

    public OptionalDouble optionalPositive(String name) {
        return has(name) ? OptionalDouble.of(positive(name)) : OptionalDouble.empty();
    }

    public boolean flag(String name, boolean absent) {
        if (!has(name)) {
            return absent;
        }
        JsonNode node = root.path(name);
        if (!node.isBoolean()) {
            throw invalid(name, "true or false is needed");
        }
        return node.booleanValue();
    }

    public String text(String name, String absent) {
        if (!has(name)) {
            return absent;
        }
        JsonNode node = root.path(name);
        if (!node.isTextual()) {
            throw invalid(name, "a text is needed");
        }
        return node.textValue();
    }

    public CheckpointException invalid(String name, String need) {
        JsonNode node = root.path(name);
        String value = node.isMissingNode() ? "is missing" : "is " + abbreviate(node.toString());
        return new CheckpointException("%s: %s %s; %s".formatted(file, name(name), value, need));
    }

    public static String abbreviate(String value) {
        return value.length() <= 200 ? value : value.substring(0, 200) + "…";
    }
}
