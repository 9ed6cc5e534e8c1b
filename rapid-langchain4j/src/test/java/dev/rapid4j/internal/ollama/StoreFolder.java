package dev.rapid4j.internal.ollama;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A store as Ollama writes it. */
public final class StoreFolder {

    private final Path folder;
    private final List<String> layers = new ArrayList<>();

    public StoreFolder(Path folder) {
        this.folder = folder;
    }

    /** Adds a layer to the next model. */
    public StoreFolder layer(String type, byte[] content) throws IOException {
        String hash = sha256(content);
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.write(blobs.resolve("sha256-" + hash), content);
        layers.add("{\"mediaType\":\"application/vnd.ollama.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d}"
                .formatted(type, hash, content.length));
        return this;
    }

    /**
     * Adds a model of the layers since the last.
     *
     * @param name {@code registry/namespace/model/tag}
     */
    public Path model(String name) throws IOException {
        return manifest(
                name,
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"config\":{},\"layers\":["
                        + String.join(",", layers) + "]}");
    }

    Path manifest(String name, String json) throws IOException {
        layers.clear();
        Path manifest = folder.resolve("manifests").resolve(name);
        Files.createDirectories(manifest.getParent());
        return Files.writeString(manifest, json);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
