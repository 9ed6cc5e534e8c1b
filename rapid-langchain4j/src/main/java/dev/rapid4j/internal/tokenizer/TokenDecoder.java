package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The {@code decoder} of a {@code tokenizer.json}, for a token in the middle of a text. What it does to the beginning
 * of a text is left out: SentencePiece's space before the first word, say.
 */
final class TokenDecoder {

    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    /** The bytes that GPT-2's characters stand for. */
    private static final Map<Character, Byte> BYTES = new HashMap<>();

    static {
        int other = 256;
        for (int value = 0; value < 256; value++) {
            boolean itself = value > ' ' && value < 0x7F || value > 0xA0 && value != 0xAD;
            BYTES.put((char) (itself ? value : other++), (byte) value);
        }
    }

    private final Path file;
    private final List<JsonNode> parts = new ArrayList<>();

    /** @throws CheckpointException if what a token adds to a text depends on the others */
    TokenDecoder(Path file, JsonNode decoder) {
        this.file = file;
        collect(decoder.isMissingNode() ? JsonNodeFactory.instance.nullNode() : decoder);
    }

    private void collect(JsonNode part) {
        switch (part.path("type").asText()) {
            case "Sequence" -> part.path("decoders").forEach(this::collect);
            // what comes behind it works on a whole text, and changes its ends
            case "Fuse", "ByteLevel", "ByteFallback", "Metaspace", "BPEDecoder", "Strip" -> parts.add(part);
            case "Replace" -> {
                if (!part.path("pattern").path("String").isTextual()) {
                    throw unsupported(part);
                }
                parts.add(part);
            }
            default -> throw unsupported(part);
        }
    }

    private CheckpointException unsupported(JsonNode part) {
        return new CheckpointException(
                "%s: what a token adds to a text cannot be told with the decoder %s, so answers cannot be held to a form"
                        .formatted(file, JsonFile.abbreviate(part.toString())));
    }

    /** What a token adds to a text. */
    byte[] bytes(String token) {
        String text = token;
        boolean fused = false;
        for (JsonNode part : parts) {
            switch (part.path("type").asText()) {
                case "ByteLevel" -> {
                    return byteLevel(text);
                }
                case "ByteFallback" -> {
                    if (BYTE.matcher(text).matches()) {
                        return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
                    }
                }
                case "Metaspace" -> text = text.replace(part.path("replacement").asText(), " ");
                case "BPEDecoder" -> text = text.replace(part.path("suffix").asText(), " ");
                case "Replace" ->
                    text = text.replace(
                            part.path("pattern").path("String").asText(),
                            part.path("content").asText());
                case "Strip" -> text = fused ? text : stripped(text, part);
                default -> fused = true;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A text that has another character is itself. */
    private static byte[] byteLevel(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            Byte value = BYTES.get(text.charAt(i));
            if (value == null) {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = value;
        }
        return bytes;
    }

    private static String stripped(String text, JsonNode part) {
        String content = part.path("content").asText();
        String rest = text;
        for (int i = 0; i < part.path("start").asInt() && !content.isEmpty() && rest.startsWith(content); i++) {
            rest = rest.substring(content.length());
        }
        return rest;
    }
}
