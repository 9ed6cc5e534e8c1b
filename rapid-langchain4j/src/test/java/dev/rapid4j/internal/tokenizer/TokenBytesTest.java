package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.gguf.GgufTokenizer;
import dev.rapid4j.testing.RealModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBytesTest {

    private static final Path RESOURCES = Path.of("src/test/resources");

    /** Many tokens are half a character. */
    private static final String TEXT = "Ein Haus, zwei Häuser; 日本語 и 😀\n\t{\"a\": [1, 2]}";

    static Stream<Path> vocabularies() throws IOException {
        try (Stream<Path> gguf = Files.list(RESOURCES.resolve("golden/gguf-vocabularies"));
                Stream<Path> json = Files.walk(RESOURCES)) {
            return Stream.concat(
                    gguf.filter(file -> file.toString().endsWith(".gguf")),
                    json.filter(file -> file.endsWith("tokenizer.json") || isTokenizer(file)))
                    .filter(file -> !isForEncoders(file))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static boolean isTokenizer(Path file) {
        return file.getParent().endsWith("tokenizers")
                && file.toString().endsWith(".json")
                && !file.toString().endsWith(".ids.json");
    }

    private static boolean isForEncoders(Path file) {
        return Stream.of("bert", "roberta", "bge").anyMatch(file.toString()::contains);
    }

    @ParameterizedTest
    @MethodSource("vocabularies")
    void areWhatDecodingGives(Path file) {
        try (Tokenizer tokenizer = open(file, 200_000)) {
            assertSameAsDecoded(tokenizer);
        }
    }

    @Test
    void areWhatDecodingGivesInRealVocabularies() {
        for (Path file : List.of(RealModels.smolLm2(), RealModels.qwenCoder())) {
            try (Tokenizer tokenizer = open(file, 200_000)) {
                assertSameAsDecoded(tokenizer);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert.json"})
    void aDecoderThatLooksAtTheTokensAroundIsRefused(String name) {
        try (Tokenizer tokenizer = open(RESOURCES.resolve("tokenizers").resolve(name), 200_000)) {
            assertThatThrownBy(tokenizer::tokenBytes)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("WordPiece");
        }
    }

    private static Tokenizer open(Path file, int network) {
        return file.toString().endsWith(".gguf")
                ? Tokenizer.open(
                        GgufTokenizer.read(GgufFile.read(file), network).json(), network, Tokenizer.Network.DECODER)
                : Tokenizer.open(file, network, Tokenizer.Network.DECODER);
    }

    private static void assertSameAsDecoded(Tokenizer tokenizer) {
        TokenBytes tokens = tokenizer.tokenBytes();
        assertThat(tokens.vocabulary()).isEqualTo(tokenizer.vocabularySize());
        int letter = IntStream.range(0, tokens.vocabulary())
                .filter(id -> new String(tokens.of(id), StandardCharsets.UTF_8).equals("a"))
                .findFirst()
                .orElseThrow();
        int compared = 0;
        for (int id = 0; id < tokens.vocabulary(); id++) {
            byte[] bytes = tokens.of(id);
            if (tokenizer.isAddedToken(id)) {
                assertThat(bytes).as("control token %d", id).isEmpty();
            } else if (isText(bytes)) {
                assertThat(tokenizer.decode(new int[] {letter, id, letter}, false))
                        .as("token %d", id)
                        .isEqualTo("a" + new String(bytes, StandardCharsets.UTF_8) + "a");
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(tokens.vocabulary() / 2);
        int[] ids = tokenizer.encode("a" + TEXT);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        IntStream.of(ids).forEach(id -> written.writeBytes(tokens.of(id)));
        assertThat(written.toString(StandardCharsets.UTF_8)).endsWith(tokenizer.decode(ids, true));
    }

    private static boolean isText(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
