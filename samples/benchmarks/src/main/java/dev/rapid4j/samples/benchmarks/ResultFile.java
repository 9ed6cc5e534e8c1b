package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A JSON file with what each command has measured so far, by its name, and where. */
final class ResultFile {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path path;
    private final Map<String, Object> content = new LinkedHashMap<>();

    /** Makes the folder, so that nothing is measured in vain. */
    ResultFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        Files.createDirectories(this.path.getParent());
        content.put("machine", Machine.current());
    }

    void put(String command, Object results) throws IOException {
        content.put(command, results);
        JSON.writeValue(path.toFile(), content);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
