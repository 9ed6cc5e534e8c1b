package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Checks what the native library takes on trust in the {@code model} of a {@code tokenizer.json}. */
final class TokenizerModel {

    /** Every occurrence of a token gets a copy of its text; the longest known has 1,024 characters. */
    private static final int MAX_TOKEN_CHARACTERS = 4_000;

    private static final long MAX_ALL_TOKENS_CHARACTERS = 50_000_000;

    /** Any character may become the unknown token, or be compared with one of the affixes. */
    private static final int MAX_AFFIX_CHARACTERS = 100;

    /** The library makes each byte of a piece a node of a tree, which it takes down recursively. */
    private static final int MAX_PIECE_BYTES = 256;

    private static final long MAX_ALL_PIECES_BYTES = 16_000_000;

    /** BERT has 100; looking up a word takes a time that grows with the cube of its length. */
    private static final int MAX_WORD_CHARACTERS = 200;

    private static final int MAX_ID = 10_000_000;

    /** How byte-level BPE writes bytes: those that are visible as they are, the other 68 as characters from 256 on. */
    private static final List<String> BYTES = Stream.of(
                    IntStream.rangeClosed('!', '~'),
                    IntStream.rangeClosed('¡', '¬'),
                    IntStream.rangeClosed('®', 'ÿ'),
                    IntStream.range(256, 256 + 68))
            .flatMap(range -> range.mapToObj(Character::toString))
            .toList();

    private final JsonFile file;
    private final JsonNode model;

    private TokenizerModel(JsonFile file) {
        this.file = file;
        this.model = file.root().path("model");
    }

    /** @throws CheckpointException if the native library would not survive it, or fail on some texts */
    static void check(JsonFile file) {
        new TokenizerModel(file).check();
    }

    private void check() {
        for (String name : List.of("unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            if (model.path(name).asText("").length() > MAX_AFFIX_CHARACTERS) {
                throw damaged(name);
            }
        }
        if (model.path("vocab").isArray()) {
            checkUnigram();
            return;
        }
        checkVocabulary();
        if (model.has("merges")) {
            checkBpe();
        } else {
            checkUnknown();
        }
        if (model.has("max_input_chars_per_word")) {
            checkUnknown();
            JsonNode characters = model.path("max_input_chars_per_word");
            if (!characters.isInt() || characters.intValue() < 1 || characters.intValue() > MAX_WORD_CHARACTERS) {
                throw damaged("max_input_chars_per_word");
            }
        }
    }

    private void checkVocabulary() {
        BitSet ids = new BitSet();
        long characters = 0;
        for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
            int length = entry.getKey().length();
            characters += length;
            if (length > MAX_TOKEN_CHARACTERS || characters > MAX_ALL_TOKENS_CHARACTERS) {
                throw new CheckpointException("%s: the tokens of model.vocab are too long".formatted(file.file()));
            }
            JsonNode id = entry.getValue();
            // others are refused for what they are
            if (id.isInt() && id.intValue() >= 0 && id.intValue() < MAX_ID) {
                if (ids.get(id.intValue())) {
                    throw new CheckpointException("%s: two tokens of model.vocab have the id %d; download it again"
                            .formatted(file.file(), id.intValue()));
                }
                ids.set(id.intValue());
            }
        }
    }

    private void checkBpe() {
        JsonNode dropout = model.path("dropout");
        if (model.hasNonNull("dropout") && dropout.asDouble(1) != 0) {
            throw new CheckpointException("%s: model.dropout is %s, which makes tokens random; set it to null"
                    .formatted(file.file(), JsonFile.abbreviate(dropout.toString())));
        }
        String prefix = model.path("continuing_subword_prefix").asText("");
        if (!prefix.isEmpty()) {
            checkMerges(prefix);
        }
        if (model.hasNonNull("unk_token") && !knowsAllBytes()) {
            checkUnknown();
        }
    }

    /** The library cuts the prefix off the second part without looking. */
    private void checkMerges(String prefix) {
        for (JsonNode merge : model.path("merges")) {
            String[] parts = merge.asText().split(" ", 2);
            String second = merge.isArray() ? merge.path(1).asText() : parts[parts.length - 1];
            if (!second.startsWith(prefix)) {
                throw new CheckpointException(
                        "%s: the second part of merge %s should start with \"%s\"; download it again"
                                .formatted(file.file(), JsonFile.abbreviate(merge.toString()), prefix));
            }
        }
    }

    /** No text is unknown then, and published files may name a token for it that does not exist. */
    private boolean knowsAllBytes() {
        JsonNode last = file.root().path("pre_tokenizer");
        while (last.path("pretokenizers").size() > 0) {
            last = last.path("pretokenizers").get(last.path("pretokenizers").size() - 1);
        }
        return last.path("type").asText().equals("ByteLevel")
                && model.path("continuing_subword_prefix").asText("").isEmpty()
                && model.path("end_of_word_suffix").asText("").isEmpty()
                && BYTES.stream().allMatch(byteToken -> model.path("vocab").has(byteToken) && !isSpecial(byteToken));
    }

    /** Such a token is hidden from ordinary text. */
    private boolean isSpecial(String content) {
        for (JsonNode token : file.root().path("added_tokens")) {
            if (token.path("special").asBoolean()
                    && token.path("content").asText().equals(content)) {
                return true;
            }
        }
        return false;
    }

    /** The library fails on a text without a token if there is none for it. */
    private void checkUnknown() {
        if (!model.path("vocab").has(model.path("unk_token").asText())) {
            throw damaged("unk_token");
        }
    }

    /** A text without any piece becomes the unknown one. */
    private void checkUnigram() {
        JsonNode unknown = model.path("unk_id");
        if (!unknown.isInt() || !model.path("vocab").has(unknown.intValue())) {
            throw damaged("unk_id");
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

    private CheckpointException damaged(String name) {
        return new CheckpointException("%s: model.%s cannot be %s; download it again"
                .formatted(
                        file.file(), name, JsonFile.abbreviate(model.path(name).toString())));
    }
}
