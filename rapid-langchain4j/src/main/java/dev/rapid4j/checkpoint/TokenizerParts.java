package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
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

    /** The library makes each byte of a piece a node of a tree, which it takes down recursively. */
    private static final int MAX_PIECE_BYTES = 256;

    private static final long MAX_ALL_PIECES_BYTES = 16_000_000;

    /** BERT has 100; looking up a word takes a time that grows with the cube of its length. */
    private static final int MAX_WORD_CHARACTERS = 200;

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
        JsonNode model = file.root().path("model");
        String prefix = model.path("continuing_subword_prefix").asText("");
        if (!prefix.isEmpty() && model.has("merges")) {
            checkMerges(file, model.path("merges"), prefix);
        }
        if (model.path("vocab").isArray()) {
            checkUnigram(file, model);
        } else if (model.has("max_input_chars_per_word")) {
            checkWordPiece(file, model);
        }
    }

    /** A text without any piece becomes the unknown one. */
    private static void checkUnigram(JsonFile file, JsonNode model) {
        JsonNode unknown = model.path("unk_id");
        if (!unknown.isInt() || !model.path("vocab").has(unknown.intValue())) {
            throw damaged(file, "model.unk_id", unknown);
        }
        long bytes = 0;
        for (JsonNode piece : model.path("vocab")) {
            int length = piece.path(0).asText().getBytes(StandardCharsets.UTF_8).length;
            bytes += length;
            if (length > MAX_PIECE_BYTES || bytes > MAX_ALL_PIECES_BYTES) {
                throw new CheckpointException("%s: the pieces of model.vocab are too long".formatted(file.file()));
            }
        }
    }

    private static void checkWordPiece(JsonFile file, JsonNode model) {
        if (!model.path("vocab").has(model.path("unk_token").asText())) {
            throw damaged(file, "model.unk_token", model.path("unk_token"));
        }
        JsonNode characters = model.path("max_input_chars_per_word");
        if (!characters.isInt() || characters.intValue() < 1 || characters.intValue() > MAX_WORD_CHARACTERS) {
            throw damaged(file, "model.max_input_chars_per_word", characters);
        }
    }

    private static CheckpointException damaged(JsonFile file, String name, JsonNode value) {
        return new CheckpointException("%s: %s cannot be %s; download it again"
                .formatted(file.file(), name, JsonFile.abbreviate(value.toString())));
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

    /** The library cuts the prefix off the second part without looking. */
    private static void checkMerges(JsonFile file, JsonNode merges, String prefix) {
        for (JsonNode merge : merges) {
            String[] parts = merge.asText().split(" ", 2);
            String second = merge.isArray() ? merge.path(1).asText() : parts[parts.length - 1];
            if (!second.startsWith(prefix)) {
                throw new CheckpointException(
                        "%s: the second part of merge %s should start with \"%s\"; download it again"
                                .formatted(file.file(), JsonFile.abbreviate(merge.toString()), prefix));
            }
        }
    }
}
