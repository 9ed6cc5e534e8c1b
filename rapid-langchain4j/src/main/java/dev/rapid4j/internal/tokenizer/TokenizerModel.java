package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Checks what the native library takes on trust in the {@code model} of a {@code tokenizer.json}. */
final class TokenizerModel {

    /** Any character may become the unknown token, or be compared with one of the affixes. */
    private static final int MAX_AFFIX_CHARACTERS = 100;

    /** BERT has 100; looking up a word takes a time that grows with the cube of its length. */
    private static final int MAX_WORD_CHARACTERS = 200;

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
    private final Vocabulary vocabulary;

    private TokenizerModel(JsonFile file, Vocabulary vocabulary) {
        this.file = file;
        this.model = file.root().path("model");
        this.vocabulary = vocabulary;
    }

    /** @throws CheckpointException if the native library would not survive it, or fail on some texts */
    static void check(JsonFile file, Vocabulary vocabulary) {
        new TokenizerModel(file, vocabulary).check();
    }

    /** Whether each character of a text becomes a token, be it the unknown one. */
    static boolean isComplete(JsonFile file, Vocabulary vocabulary) {
        TokenizerModel model = new TokenizerModel(file, vocabulary);
        return model.model.hasNonNull("unk_token") || model.knowsAllBytes();
    }

    private void check() {
        for (String name : List.of("unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            if (model.path(name).asText("").length() > MAX_AFFIX_CHARACTERS) {
                throw damaged(name);
            }
        }
        if (vocabulary.isList()) {
            checkUnigram();
            return;
        }
        if (vocabulary.isMerged()) {
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

    private void checkBpe() {
        JsonNode dropout = model.path("dropout");
        if (model.hasNonNull("dropout") && dropout.asDouble(1) != 0) {
            throw new CheckpointException("%s: model.dropout is %s, which makes tokens random; set it to null"
                    .formatted(file.file(), JsonFile.abbreviate(dropout.toString())));
        }
        if (model.hasNonNull("unk_token") && !knowsAllBytes()) {
            checkUnknown();
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
                && BYTES.stream().allMatch(byteToken -> vocabulary.has(byteToken) && !isSpecial(byteToken));
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
        if (!vocabulary.has(model.path("unk_token").asText())) {
            throw damaged("unk_token");
        }
    }

    /** A text without any piece becomes the unknown one. */
    private void checkUnigram() {
        JsonNode unknown = model.path("unk_id");
        if (!unknown.isInt() || unknown.intValue() < 0 || unknown.intValue() >= vocabulary.entries()) {
            throw damaged("unk_id");
        }
    }

    private CheckpointException damaged(String name) {
        return new CheckpointException("%s: model.%s cannot be %s; download it again"
                .formatted(
                        file.file(), name, JsonFile.abbreviate(model.path(name).toString())));
    }
}
