package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With nearly all of these the native library would end the JVM, at once or with some text. */
class TokenizerPartsTest {

    private static final Path TOKENIZERS = Path.of("src/test/resources/tokenizers");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "normalizer; {'type':'Replace','pattern':{'Regex':''},'content':'b'}; it may match nothing",
                "normalizer; {'type':'Replace','pattern':{'Regex':'(a+)+$'},'content':'b'}; an unbounded quantifier in a group",
                "normalizer; {'type':'Replace','pattern':{'String':''},'content':'b'}; \"String\" in it is missing or empty",
                "normalizer; {'type':'Replace','pattern':{},'content':'b'}; a \"String\" or a \"Regex\"",
                "normalizer; {'type':'Prepend','prepend':''}; \"prepend\" in it is missing or empty",
                "normalizer; {'type':'Prepend','prepend':'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}; make a text too long",
                "normalizer; {'type':'Sequence','normalizers':[{'type':'ByteLevel'},{'type':'ByteLevel'},{'type':'ByteLevel'},{'type':'ByteLevel'},{'type':'NFKC'}]}; make a text too long",
                "normalizer; {'type':'Precompiled','precompiled_charsmap':12345678}; precompiled_charsmap is damaged",
                "pre_tokenizer; {'type':'Split','pattern':{'Regex':'\\\\s*'},'behavior':'Isolated','invert':false}; it may match nothing",
                "pre_tokenizer; {'type':'Sequence','pretokenizers':[{'type':'Split','pattern':{'Regex':'(?=a)'},'behavior':'Isolated','invert':false}]}; is not supported",
                "pre_tokenizer; {'type':'Split','pattern':{'String':''},'behavior':'Isolated','invert':false}; \"String\" in it is missing or empty",
                "pre_tokenizer; {'type':'Metaspace','replacement':''}; \"replacement\" in it is missing or empty",
                "decoder; {'type':'Replace','pattern':{'Regex':'(x+x+)+y'},'content':''}; an unbounded quantifier in a group",
                "decoder; {'type':'Replace','pattern':{'Regex':'a|'},'content':'x'}; it may match nothing",
                "decoder; {'type':'Strip','content':' ','start':0,'stop':1}; the \"stop\" of a Strip has to be 0",
                "decoder; {'type':'BPEDecoder','suffix':''}; \"suffix\" in it is missing or empty",
            })
    void refusesPartsThatTheNativeLibraryWouldNotSurvive(String section, String part, String message) {
        assertRefused(root -> root.set(section, EditedFiles.json(part)), message);
    }

    @Test
    void refusesAModelThatTheNativeLibraryWouldFailWith() {
        assertRefused(root -> model(root).put("dropout", 0.1), "model.dropout is 0.1, which makes tokens random");
        assertRefused(root -> model(root).put("unk_token", "<none>"), "model.unk_token cannot be \"<none>\"");
        assertRefused(root -> vocabulary(root).put("twin", 5), "two tokens of model.vocab have the id 5");
        assertRefused(root -> vocabulary(root).put("x".repeat(5_000), 420), "the tokens of model.vocab are too long");
        assertRefused(root -> model(root).put("end_of_word_suffix", "x".repeat(101)), "model.end_of_word_suffix");
        assertRefused(root -> root.put("note", "\ud83c"), "half a surrogate pair");
        assertRefused(
                root -> root.set("model", EditedFiles.json("{'type':'WordLevel','vocab':{'a':0},'unk_token':'?'}")),
                "model.unk_token cannot be \"?\"");
    }

    @Test
    void refusesAddedTokensThatTheNativeLibraryWouldNotSurvive() {
        assertRefused(root -> add(root, 420, " ", "lstrip"), "is white space and takes in white space around it");
        assertRefused(root -> add(root, 420, "x".repeat(300), "special"), "is too long");
        assertRefused(root -> add(root, 2, "new", "special"), "is not in model.vocab, which leaves no id for it");
        assertRefused(root -> add(root, 2, "</s>", "rstrip"), "is there twice");
        assertRefused(
                root -> {
                    root.set("normalizer", EditedFiles.json("{'type':'Strip','strip_left':true,'strip_right':true}"));
                    add(root, 420, " ", "normalized");
                },
                "is nothing after the normalizer");
        assertRefused(
                root -> {
                    root.set("normalizer", replace("é", " "));
                    add(root, 420, "é", "normalized", "rstrip");
                },
                "is white space after the normalizer");
        assertRefused(
                root -> {
                    root.set("normalizer", replace("a", ""));
                    add(root, 420, "<new>", "normalized");
                },
                "has to leave lower-case letters as they are");
    }

    @Test
    void refusesNumbersThatTheNativeLibraryCannotRead() {
        ObjectNode fuse = (ObjectNode) EditedFiles.json("{'type':'Fuse'}");
        assertRefused(root -> root.set("decoder", fuse.put("x", BigInteger.TEN.pow(400))), "is out of range");
    }

    @Test
    void namesFileSectionAndExpression() {
        assertThatThrownBy(() -> open(root -> root.set("normalizer", replaceAll("(a+)+$"))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(
                        folder.toString(),
                        "normalizer has the regular expression \"(a+)+$\", which is not safe to use",
                        "supported are the expressions of published tokenizers");
    }

    /** DeepSeek LLM's, which is quadratic as it stands. */
    @Test
    void splitsByALinearEquivalentWhereThereIsOne() throws IOException {
        String split = "{'type':'Split','pattern':{'Regex':'\\\\s+$'},'behavior':'Isolated','invert':false}";
        Path file = edited(root -> root.set("pre_tokenizer", EditedFiles.json(split)));
        assertThat(TokenizerFile.read(file, 1000, Tokenizer.Network.DECODER).guardedJson())
                .contains("(?<!\\\\s)\\\\s+$");
    }

    /**
     * A byte-level vocabulary needs no token for what is unknown, and published ones name some that they do not have.
     */
    @Test
    void forgivesAMissingUnknownTokenWhereNothingIsUnknown() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        EditedFiles.edit(
                TOKENIZERS.resolve("bytelevel.json"), file, root -> model(root).put("unk_token", "<none>"));
        try (Tokenizer tokenizer = Tokenizer.open(file, 1000, Tokenizer.Network.DECODER)) {
            assertThat(tokenizer.decode(tokenizer.encode("ä🎉\u0000"), false)).isEqualTo("ä🎉\u0000");
        }
    }

    private void assertRefused(Consumer<ObjectNode> change, String message) {
        assertThatThrownBy(() -> open(change))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    private void open(Consumer<ObjectNode> change) throws IOException {
        Tokenizer.open(edited(change), 1000, Tokenizer.Network.DECODER).close();
    }

    /** Llama 2's layout, with 420 tokens. */
    private Path edited(Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        EditedFiles.edit(TOKENIZERS.resolve("llama2.json"), file, change);
        return file;
    }

    private static ObjectNode model(ObjectNode root) {
        return (ObjectNode) root.path("model");
    }

    private static ObjectNode vocabulary(ObjectNode root) {
        return (ObjectNode) model(root).path("vocab");
    }

    private static void add(ObjectNode root, int id, String content, String... flags) {
        ObjectNode token = ((ArrayNode) root.path("added_tokens")).addObject();
        token.put("id", id).put("content", content);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.put(flag, List.of(flags).contains(flag));
        }
    }

    private static ObjectNode replace(String text, String content) {
        return (ObjectNode) EditedFiles.json(
                "{'type':'Replace','pattern':{'String':'%s'},'content':'%s'}".formatted(text, content));
    }

    private static ObjectNode replaceAll(String regex) {
        return (ObjectNode)
                EditedFiles.json("{'type':'Replace','pattern':{'Regex':'%s'},'content':'b'}".formatted(regex));
    }
}
