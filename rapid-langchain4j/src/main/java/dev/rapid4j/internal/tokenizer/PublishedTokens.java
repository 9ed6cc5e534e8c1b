package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** The tokens of a {@code tokenizer.json} with their texts as published, which its guarded twin does not know. */
final class PublishedTokens {

    /** By id, {@code null} where there is none. */
    private final String[] texts;

    private final BitSet control;
    private final BitSet special = new BitSet();
    private final JsonNode decoder;

    /**
     * @param control ids of the control tokens
     * @param special texts of those of them that decoding leaves out on demand
     * @param decoder the section of that name
     */
    PublishedTokens(String[] texts, BitSet control, Set<String> special, JsonNode decoder) {
        this.texts = texts;
        this.control = control;
        this.decoder = decoder;
        control.stream().filter(id -> special.contains(texts[id])).forEach(this.special::set);
    }

    /** One more than the highest id. */
    int size() {
        return texts.length;
    }

    boolean sameAs(PublishedTokens other) {
        return Arrays.equals(texts, other.texts);
    }

    OptionalInt firstId(String text) {
        return IntStream.range(0, texts.length)
                .filter(id -> text.equals(texts[id]))
                .findFirst();
    }

    /** Whether the text of ids shows a control token, so that the twin would show its alias. */
    boolean showsControlToken(int[] ids, boolean skipSpecial) {
        return Arrays.stream(ids).anyMatch(id -> control.get(id) && !(skipSpecial && special.get(id)));
    }

    /**
     * What each adds to a text.
     *
     * @throws CheckpointException if that depends on the others
     */
    TokenBytes bytes(Path file) {
        TokenDecoder each = new TokenDecoder(file, decoder);
        return TokenBytes.of(IntStream.range(0, texts.length)
                .mapToObj(id -> texts[id] == null || control.get(id) ? null : each.bytes(texts[id]))
                .toArray(byte[][]::new));
    }

    /**
     * The text that the tokenizer as published makes of ids. What the native library makes of them depends on the
     * decoder and the texts of these tokens alone, so a tokenizer that has no others does.
     */
    String decode(int[] ids, boolean skipSpecial) {
        String[] shown = Arrays.stream(ids)
                .filter(id -> id < texts.length && !(skipSpecial && special.get(id)))
                .mapToObj(id -> texts[id])
                .filter(Objects::nonNull)
                .toArray(String[]::new);
        ObjectNode json = JsonFile.MAPPER.createObjectNode().put("version", "1.0");
        json.set("decoder", decoder);
        ObjectNode model = json.putObject("model").put("type", "BPE");
        model.putArray("merges");
        ObjectNode vocabulary = model.putObject("vocab");
        int[] shownIds = new int[shown.length];
        for (int i = 0; i < shown.length; i++) {
            if (!vocabulary.has(shown[i])) {
                vocabulary.put(shown[i], vocabulary.size());
            }
            shownIds[i] = vocabulary.path(shown[i]).intValue();
        }
        try (NativeTokenizer tokenizer = new NativeTokenizer(json.toString())) {
            return tokenizer.decode(shownIds, false);
        }
    }
}
