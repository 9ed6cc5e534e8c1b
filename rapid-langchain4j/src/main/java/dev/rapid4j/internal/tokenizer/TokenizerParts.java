package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.text.Characters;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks the parts of a {@code tokenizer.json} that the native library takes on trust: it ends the whole process where
 * one is damaged in a way it does not foresee, where a regular expression backtracks for too long, or where the memory
 * for a text that grows and grows is not there.
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

    /** How many times as many bytes of UTF-8 a text may get. */
    private static final double MAX_GROWTH = 150;

    /** Each of them goes through the whole text. */
    private static final int MAX_PARTS = 64;

    /** Searching for a text takes a time that may grow with its length; published ones have one or two characters. */
    private static final int MAX_SEARCHED_BYTES = 100;

    private final JsonFile file;
    private final String section;

    private TokenizerParts(JsonFile file, String section) {
        this.file = file;
        this.section = section;
    }

    /**
     * Checks all of it but what {@link TokenizerReader} sees to while it reads, and puts an equivalent in the place of
     * an expression that would take too long.
     *
     * @param file without vocabulary and merges
     * @throws CheckpointException if a part is unknown, or one that the native library would not survive
     */
    static void check(JsonFile file, Vocabulary vocabulary) {
        if (!isWellFormed(file.root())) {
            throw new CheckpointException(
                    "%s has a text with half a surrogate pair; download it again".formatted(file.file()));
        }
        double growth =
                new TokenizerParts(file, "normalizer").check() * new TokenizerParts(file, "pre_tokenizer").check();
        if (growth > MAX_GROWTH) {
            throw file.invalid("normalizer", "with the pre_tokenizer it makes a text too long");
        }
        new TokenizerParts(file, "decoder").check();
        TokenizerModel.check(file, vocabulary);
        AddedTokens.check(file, vocabulary);
    }

    /** Whether there is no half of a surrogate pair; the library would read others wrongly, too. */
    private static boolean isWellFormed(JsonNode node) {
        if (node.isTextual()) {
            String text = node.textValue();
            return Characters.wellFormed(text).equals(text);
        }
        for (JsonNode child : node) {
            if (!isWellFormed(child)) {
                return false;
            }
        }
        return true;
    }

    private double check() {
        JsonNode parts = file.root().path(section);
        if (parts.findValues("type").size() > MAX_PARTS) {
            throw invalid("it has too many parts");
        }
        checkNumbers(parts);
        double growth = file.has(section) ? growth(parts) : 1;
        if (growth > MAX_GROWTH) {
            throw invalid("its parts make a text too long");
        }
        return growth;
    }

    /** Those that a double cannot hold are met with an abort in a decoder. */
    private void checkNumbers(JsonNode node) {
        if (node.isNumber() && !node.canConvertToInt()) {
            throw invalid("the number %s is out of range".formatted(JsonFile.abbreviate(node.asText())));
        }
        node.forEach(this::checkNumbers);
    }

    /** How many times longer a part may make a text, in bytes. */
    private double growth(JsonNode part) {
        String type = part.path("type").asText();
        if (!TYPES.get(section).contains(type)) {
            throw invalid("\"%s\" is not supported in it; supported are %s"
                    .formatted(type, new TreeSet<>(TYPES.get(section))));
        }
        boolean decoder = section.equals("decoder");
        return switch (type) {
            case "Sequence" -> {
                double growth = 1;
                for (JsonNode member : part.path(MEMBERS.get(section))) {
                    growth *= growth(member);
                }
                yield growth;
            }
            // the numbers of Unicode's FAQ on normalization
            case "NFC", "NFD" -> 3;
            case "NFKC", "NFKD" -> 11;
            case "Lowercase" -> 1.5;
            // spaces around Chinese characters, then NFD, then lower case
            case "BertNormalizer" -> 5.0 / 3 * 3 * 1.5;
            case "Precompiled" -> precompiledGrowth(part);
            case "Replace" -> replaceGrowth(part);
            case "Split" -> {
                checkPattern(part.path("pattern"));
                yield 1;
            }
            case "Prepend" -> 1 + bytes(text(part, "prepend"));
            case "Metaspace" -> decoder ? 1 : 1 + bytes(text(part, "replacement"));
            // a byte becomes a character of up to two; a space may be put before each piece
            case "ByteLevel" -> decoder || !part.path("add_prefix_space").asBoolean() ? 2 : 4;
            case "BPEDecoder" -> {
                text(part, "suffix");
                yield 1;
            }
            case "WordPiece" -> 2;
            case "Strip" -> {
                // taking more from the end than there is ends the process
                if (decoder && part.path("stop").asInt(1) != 0) {
                    throw invalid("the \"stop\" of a Strip has to be 0");
                }
                yield 1;
            }
            default -> 1;
        };
    }

    private double precompiledGrowth(JsonNode part) {
        try {
            return PrecompiledCharsmap.growth(part.path("precompiled_charsmap").textValue());
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(
                    "%s: precompiled_charsmap is damaged (%s); download it again"
                            .formatted(file.file(), e.getMessage()),
                    e);
        }
    }

    private double replaceGrowth(JsonNode part) {
        int fewestBytes = checkPattern(part.path("pattern"));
        return Math.max(1, (double) bytes(part.path("content").asText()) / fewestBytes);
    }

    /** @return the fewest bytes it may match */
    private int checkPattern(JsonNode pattern) {
        if (pattern.size() == 1 && pattern.path("String").isTextual()) {
            int bytes = bytes(text(pattern, "String"));
            if (bytes > MAX_SEARCHED_BYTES) {
                throw invalid("the text it searches for is too long");
            }
            return bytes;
        }
        if (pattern.size() != 1 || !pattern.path("Regex").isTextual()) {
            throw invalid("a pattern has to be a \"String\" or a \"Regex\"");
        }
        String regex = pattern.path("Regex").textValue();
        Optional<PublishedExpression> published = PublishedExpression.of(regex);
        if (published.isPresent()) {
            ((ObjectNode) pattern).put("Regex", published.get().linear());
            return 1;
        }
        try {
            LinearExpression.check(regex);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(
                    "%s: %s has the regular expression \"%s\", which is not safe to use: %s; %s"
                            .formatted(
                                    file.file(),
                                    section,
                                    JsonFile.abbreviate(regex),
                                    e.getMessage(),
                                    LinearExpression.SUPPORTED),
                    e);
        }
        return 1;
    }

    /** A text that is not empty. */
    private String text(JsonNode part, String name) {
        String text = part.path(name).asText();
        if (text.isEmpty()) {
            throw invalid("the \"%s\" in it is missing or empty".formatted(name));
        }
        return text;
    }

    private CheckpointException invalid(String need) {
        return file.invalid(section, need);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
