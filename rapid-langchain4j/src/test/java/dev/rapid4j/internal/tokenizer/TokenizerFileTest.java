package dev.rapid4j.internal.tokenizer;

import static dev.rapid4j.internal.checkpoint.EditedFiles.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading a {@code tokenizer.json} in one go, and decoding with its guarded twin. */
class TokenizerFileTest {

    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final int MODEL_VOCABULARY = 1000;

    @TempDir
    Path folder;

    static Stream<Path> tokenizers() throws IOException {
        try (Stream<Path> files = Files.walk(RESOURCES)) {
            return files
                    .filter(file -> file.endsWith("tokenizer.json")
                            || file.getParent().endsWith("tokenizers")
                                    && file.toString().matches("[^.]*\\.json"))
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void decodesAsTheTokenizerAsPublished(Path file) {
        assertDecodesAsPublished(file, 2000);
    }

    /** The decoders treat the start of a text, single characters and whole tokens in ways of their own. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
                "{'type':'Metaspace','replacement':'▁','prepend_scheme':'always','split':true}",
                "{'type':'Metaspace','replacement':'▁','prepend_scheme':'never','split':true}",
                "{'type':'WordPiece','prefix':'##','cleanup':true}",
                "{'type':'BPEDecoder','suffix':'</w>'}",
                "{'type':'ByteFallback'}",
                "{'type':'Replace','pattern':{'String':'a'},'content':'<>'}",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},'content':' '},"
                        + "{'type':'ByteFallback'},{'type':'Fuse'},{'type':'Strip','content':' ','start':1,'stop':0}]}",
                "{'type':'Sequence','decoders':[{'type':'Strip','content':'<','start':2,'stop':0},{'type':'Fuse'}]}",
            })
    void decodesEveryControlTokenWithEveryDecoder(String decoder) throws IOException {
        List<String> contents = List.of(
                "<｜begin▁of▁sentence｜>",
                "▁▁<s>",
                " <lead",
                "trail> ",
                "##piece##",
                "<0x0A>",
                "<0xE2>",
                "é!Ã©",
                "Ģ<",
                "do not .",
                "<x></w>",
                "</w>",
                "<😀>",
                "<<<",
                "|\u0000|");
        Path file = edited("bytelevel", root -> {
            root.set("decoder", json(decoder));
            for (int i = 0; i < contents.size(); i++) {
                root.withArray("added_tokens")
                        .addObject()
                        .put("id", 347 + i)
                        .put("content", contents.get(i))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", i % 2 == 0);
            }
        });
        assertDecodesAsPublished(file, 3000);
    }

    private static void assertDecodesAsPublished(Path file, int runs) {
        Random random = new Random(12);
        try (Tokenizer tokenizer = open(file);
                NativeTokenizer published = PublishedTokenizer.open(file)) {
            int beyond = tokenizer.vocabularySize() + 5;
            int[] control =
                    IntStream.range(0, beyond).filter(tokenizer::isAddedToken).toArray();
            for (int run = 0; run < runs; run++) {
                int[] ids = random.ints(1 + random.nextInt(9), 0, beyond)
                        .map(id -> random.nextBoolean() && control.length > 0 ? control[id % control.length] : id)
                        .toArray();
                boolean skip = random.nextBoolean();
                assertThat(tokenizer.decode(ids, skip)).as(Arrays.toString(ids)).isEqualTo(published.decode(ids, skip));
            }
        }
    }

    /** The library gives an added token that the vocabulary lacks the next id, whatever the file says. */
    @Test
    void decodesAddedTokensUnderTheIdsThatTheLibraryGivesThem() throws IOException {
        Path file = edited("bytelevel", root -> {
            ObjectNode last = root.withArray("added_tokens").addObject();
            last.setAll((ObjectNode) root.at("/added_tokens/0"));
            last.put("content", "<|late|>").put("id", 700);
        });
        try (Tokenizer tokenizer = open(file)) {
            int[] ids = tokenizer.encode(List.of(new TextSpan("<|late|>", true)));
            assertThat(ids).containsExactly(347);
            assertThat(tokenizer.decode(ids, false)).isEqualTo("<|late|>");
        }
        assertDecodesAsPublished(file, 2000);
    }

    @Test
    void decodesNoControlTokenOnceItIsClosed() {
        Tokenizer tokenizer = open(RESOURCES.resolve("tokenizers/bytelevel.json"));
        tokenizer.close();
        assertThatIllegalStateException().isThrownBy(() -> tokenizer.decode(new int[] {1}, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "mistral3", "unigram", "bytelevel", "bert"})
    void readsTheFieldsInAnyOrder(String name) throws IOException {
        Path usual = RESOURCES.resolve("tokenizers/" + name + ".json");
        Path turned = edited(name, TokenizerFileTest::reverse);
        try (Tokenizer expected = open(usual);
                Tokenizer tokenizer = open(turned)) {
            assertThat(tokenizer.hasSameVocabulary(expected)).isTrue();
            for (ControlToken token : TokenizerFile.read(usual, MODEL_VOCABULARY, Tokenizer.Network.DECODER)
                    .controlTokens()) {
                String text = "the " + token.content() + " lighthouse" + token.content();
                assertThat(tokenizer.encode(text)).isEqualTo(expected.encode(text));
                List<TextSpan> trusted = List.of(new TextSpan(text, true));
                assertThat(tokenizer.encode(trusted)).isEqualTo(expected.encode(trusted));
            }
        }
    }

    private static void reverse(ObjectNode node) {
        List<Map.Entry<String, JsonNode>> fields = new ArrayList<>(node.properties());
        Collections.reverse(fields);
        node.removeAll();
        fields.forEach(field -> {
            if (field.getKey().equals("model")) {
                reverse((ObjectNode) field.getValue());
            }
            node.set(field.getKey(), field.getValue());
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[['a','b'],['ab','c']]",
                "['a b','ab c']",
                "[['a','b'],['ab','c'],['c',' ']]",
                "[['a','b'],['ab','c'],[' ','c']]",
                "[['a','b'],['#version','c'],['ab','c']]",
                "['#version: 0.2','a b','ab c']",
                "[]",
            })
    void keepsMergesInEitherForm(String merges) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(
                file,
                ("{'version':'1.0','added_tokens':[],'model':{'type':'BPE','continuing_subword_prefix':null,'vocab':"
                                + "{'a':0,'b':1,'c':2,' ':3,'ab':4,'abc':5,'c ':6,' c':7,'#version':8,'#versionc':9,"
                                + "'#':10},'merges':" + merges + "}}")
                        .replace('\'', '"'));
        Random random = new Random(13);
        try (Tokenizer tokenizer = open(file);
                NativeTokenizer published = PublishedTokenizer.open(file)) {
            for (int run = 0; run < 200; run++) {
                String text = random.ints(10, 0, 4)
                        .mapToObj(c -> "abc ".substring(c, c + 1))
                        .reduce("", String::concat);
                assertThat(tokenizer.encode(text)).as(text).isEqualTo(published.encode(text));
            }
        }
    }

    @Test
    void refusesWhatIsNotOneTokenizerToAll() throws IOException {
        String model = "'model':{'type':'BPE','vocab':{'a':0,'b':1},'merges':[]}";
        assertRefused("{'added_tokens':[]," + model + "," + model + "}", "it has the field \"model\" twice");
        assertRefused("{'model':{'type':'BPE','vocab':{'a':0},'vocab':{'a':1}}}", "it has the field \"vocab\" twice");
        assertRefused(
                "{'added_tokens':[],'model':{'type':'BPE','vocab':{'a':0,'b':1,'a':2}}}",
                "model.vocab has the token \"a\" twice");
        assertRefused("{'added_tokens':[{'id':0,'content':'a','content':'b'}]," + model + "}", "Duplicate field");
        assertRefused("{'added_tokens':[]," + model + "} {}", "something follows");
        assertRefused("{'added_tokens':[],'model':{'type':'BPE'}}", "model.vocab is missing");
        assertRefused("{'added_tokens':[],'model':{'type':'BPE','vocab':5}}", "model.vocab is neither");
        assertRefused("{'added_tokens':[],'model':{'type':'BPE','vocab':{'a':[0]}}}", "token \"a\" has the id [");
        assertRefused("{'added_tokens':[],'model':{'type':'BPE','vocab':{'a':1.5}}}", "token \"a\" has the id 1.5");
        assertRefused("{'added_tokens':[],'model':{'type':'Unigram','vocab':[['a',0],5]}}", "model.vocab has more");
        assertRefused("{'added_tokens':[],'model':{'type':'Unigram','vocab':[['a','0']]}}", "a piece of model.vocab");
        assertRefused("{'added_tokens':[],'model':{'type':'Unigram','vocab':[['a',0,0]]}}", "a piece of model.vocab");
        assertRefused(
                "{'added_tokens':[],'model':{'continuing_subword_prefix':'','vocab':{'a':0},'merges':[['a']]}}",
                "a merge is neither a text nor a pair");
        assertRefused("{'added_tokens':[],'model':{'type':'BPE','vocab':{'a':0", "is not valid JSON");

        Path file = folder.resolve("tokenizer.json");
        Files.write(file, "{\"version\":\"Ä\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("not UTF-8");
    }

    private void assertRefused(String json, String message) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, json.replace('\'', '"'));
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(file.toString(), message);
    }

    private Path edited(String name, Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        EditedFiles.edit(RESOURCES.resolve("tokenizers/" + name + ".json"), file, change);
        return file;
    }

    private static Tokenizer open(Path file) {
        return Tokenizer.open(file, MODEL_VOCABULARY, Tokenizer.Network.DECODER);
    }
}
