package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks the parts of a {@code tokenizer.json} that the native library takes on trust: it ends the whole process where
 * one is damaged in a way it does not foresee, or where the memory for a text that grows and grows is not there.
 */
final class TokenizerParts {

    private static final Map<String, Set<String>> TYPES = Map.of(
            "normalizer",
            Set.of(
                    "Sequence",
                    "NFC",
                    "NFD",
                    "NFKC",
                    "NFKD",
                    "Nmt",
                    "Lowercase",
                    "Strip",
                    "StripAccents",
                    "Replace",
                    "Prepend",
                    "ByteLevel",
                    "BertNormalizer",
                    "Precompiled"),
            "pre_tokenizer",
            Set.of(
                    "Sequence",
                    "Split",
                    "ByteLevel",
                    "Metaspace",
                    "Digits",
                    "Whitespace",
                    "WhitespaceSplit",
                    "Punctuation",
                    "CharDelimiterSplit",
                    "UnicodeScripts",
                    "BertPreTokenizer"),
            "decoder",
            Set.of(
                    "Sequence",
                    "ByteLevel",
                    "Metaspace",
                    "Replace",
                    "ByteFallback",
                    "Fuse",
                    "Strip",
                    "BPEDecoder",
                    "WordPiece"));
    private static final Map<String, String> MEMBERS =
            Map.of("normalizer", "normalizers", "pre_tokenizer", "pretokenizers", "decoder", "decoders");

    /** How many times longer normalising may make a text. */
    private static final double MAX_GROWTH = 64;

    /** Each of them goes through the whole text. */
    private static final int MAX_PARTS = 64;

    private TokenizerParts() {}

    /** @throws CheckpointException if a part is unknown, or one that the native library would not survive */
    static void check(JsonFile file) {
        for (String section : TYPES.keySet()) {
            JsonNode parts = file.root().path(section);
            if (parts.findValues("type").size() > MAX_PARTS) {
                throw file.invalid(section, "it has too many parts");
            }
            if (file.has(section) && growth(file, section, parts) > MAX_GROWTH) {
                throw file.invalid(section, "its replacements make a text too long");
            }
        }
    }

    /** How many times longer a part may make a text. */
    private static double growth(JsonFile file, String section, JsonNode part) {
        String type = part.path("type").asText();
        if (!TYPES.get(section).contains(type)) {
            throw file.invalid(
                    section,
                    "\"%s\" is not supported in it; supported are %s"
                            .formatted(type, new TreeSet<>(TYPES.get(section))));
        }
        double growth = 1;
        if (type.equals("Sequence")) {
            for (JsonNode member : part.path(MEMBERS.get(section))) {
                growth *= growth(file, section, member);
            }
        } else if (type.equals("Replace")) {
            int length = part.path("content").asText().length();
            // an expression may match the nothing between two characters
            growth = part.path("pattern").has("String") ? Math.max(1, length) : 1 + length;
        } else if (type.equals("BertNormalizer")) {
            // spaces around Chinese characters
            growth = 3;
        } else if (type.equals("Precompiled")) {
            try {
                growth = PrecompiledCharsmap.growth(
                        part.path("precompiled_charsmap").asText());
            } catch (IllegalArgumentException e) {
                throw new CheckpointException(
                        "%s: precompiled_charsmap is damaged (%s); download it again"
                                .formatted(file.file(), e.getMessage()),
                        e);
            }
        }
        return growth;
    }
}
