package dev.rapid4j.internal.diskcache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a file is found by: a SHA-256 of all that its content depends on.
 *
 * @param hex 64 lower-case digits, and therefore safe as a file's name
 */
public record Key(String hex) {

    static final int BYTES = 32;

    private static final String DIGITS = "[0-9a-f]{64}";

    /** @throws IllegalArgumentException if these are not 64 lower-case hexadecimal digits */
    public Key {
        if (!hex.matches(DIGITS)) {
            throw new IllegalArgumentException("No SHA-256: " + hex);
        }
    }

    static Key read(ByteBuffer bytes) {
        byte[] digest = new byte[BYTES];
        bytes.get(digest);
        return new Key(HexFormat.of().formatHex(digest));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** The key of what depends on something with this key, and on more. */
    public Key with(byte[] more) {
        MessageDigest digest = sha256();
        digest.update(bytes());
        return new Key(HexFormat.of().formatHex(digest.digest(more)));
    }

    /** {@link #with(byte[])} for a text, as its UTF-8. */
    public Key with(String more) {
        return with(more.getBytes(StandardCharsets.UTF_8));
    }

    /** The key of what depends on this text alone. */
    public static Key of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The key of what depends on these bytes alone. */
    public static Key of(byte[] bytes) {
        return new Key(HexFormat.of().formatHex(sha256().digest(bytes)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
