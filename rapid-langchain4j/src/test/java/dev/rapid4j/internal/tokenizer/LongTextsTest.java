package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.tokenizer.PieceEncoder.Sizes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Texts of many megabytes that consist of one sort of characters, for published tokenizers: each is read or refused,
 * and what is read has the tokens that the library gives it in one go, as far as that can take it. Prints how long it
 * takes.
 *
 * <pre>{@code
 * ./mvnw -pl rapid-langchain4j -am test -Dtest=LongTextsTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Drapid.tokenizers=FOLDER -Drapid.megabytes=12
 * }</pre>
 *
 * where each folder in FOLDER has a {@code tokenizer.json}.
 */
@Tag("slow")
@EnabledIfSystemProperty(
        named = "rapid.tokenizers",
        matches = ".+",
        disabledReason = "needs tokenizers of published models, and some minutes")
class LongTextsTest {

    private static final int WHOLE = 200_000;

    static List<Path> tokenizers() throws IOException {
        Set<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(Path.of(System.getProperty("rapid.tokenizers")))) {
            for (Path folder : folders) {
                Path file = folder.resolve("tokenizer.json");
                if (Files.exists(file)) {
                    files.add(file);
                }
            }
        }
        return new ArrayList<>(files);
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void anyTextIsReadOrRefused(Path file) {
        int bytes = Integer.getInteger("rapid.megabytes", 12) * 1_000_000;
        TokenizerFile json = TokenizerFile.read(file, 1_000_000, Tokenizer.Network.DECODER);
        System.out.printf("%n%s%n", file);
        try (NativeTokenizer tokenizer = new NativeTokenizer(json.guardedJson())) {
            PieceEncoder encoder = new PieceEncoder(tokenizer, json.cutRules(), new RecentPieces(0));
            encode(encoder, "to warm up ".repeat(10_000));
            texts(bytes).forEach((name, text) -> {
                long start = System.nanoTime();
                String result;
                try {
                    int[] ids = encode(encoder, text);
                    result = "%,d tokens".formatted(ids.length);
                } catch (UnreadableTextException e) {
                    result = "refused";
                }
                double seconds = (System.nanoTime() - start) / 1e9;
                double megabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e6;
                System.out.printf("%-24s %5.2f MB/s  %s%n", name, megabytes / seconds, result);
                String shorter = text.substring(0, Math.min(WHOLE, text.length()) / 2 * 2);
                PieceEncoder small = new PieceEncoder(
                        tokenizer, json.cutRules(), new Sizes(1 << 14, 2048, 1 << 19), new RecentPieces(0));
                assertThat(encode(small, shorter)).as(name).isEqualTo(tokenizer.encode(shorter));
            });
        }
    }

    private static int[] encode(PieceEncoder encoder, String text) {
        return encoder.encode(text, false, Integer.MAX_VALUE, () -> {}).ids();
    }

    private static Map<String, String> texts(int bytes) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("spaces", repeated(" ", bytes));
        texts.put("newlines", repeated("\n", bytes));
        texts.put("spaces and newlines", repeated(" ".repeat(1000) + "\n", bytes));
        texts.put("one letter", repeated("a", bytes));
        texts.put("one capital", repeated("A", bytes));
        texts.put("random letters", random("abcdefghijklmnopqrstuvwxyz", bytes));
        texts.put("one digit", repeated("0", bytes));
        texts.put("random digits", random("0123456789", bytes));
        texts.put("one punctuation", repeated("-", bytes));
        texts.put("random punctuation", random(".,;:!?-=*#", bytes));
        texts.put("one combining mark", repeated("\u0301", bytes));
        texts.put("random combining marks", random("\u0301\u0323\u0327", bytes / 2));
        texts.put("emoji", repeated("\ud83d\ude00", bytes));
        texts.put("joined emoji", repeated("\ud83d\udc69\u200d\ud83d\udc67", bytes));
        texts.put("flags", repeated("\ud83c\udde9\ud83c\uddea", bytes));
        StringBuilder ideographs = new StringBuilder();
        Random random = new Random(1);
        while (ideographs.length() < bytes / 3) {
            ideographs.append((char) (0x4E00 + random.nextInt(3000)));
        }
        texts.put("ideographs", ideographs.toString());
        texts.put("letter, space", repeated(" a", bytes));
        texts.put("letter, digit", repeated("a1", bytes));
        texts.put("letter, punctuation", repeated("a.", bytes));
        texts.put("digit, punctuation", repeated("1.", bytes));
        texts.put("newline, space", repeated("\n ", bytes));
        texts.put("zeros", repeated("\u0000", bytes));
        return texts;
    }

    private static String repeated(String unit, int bytes) {
        return unit.repeat(bytes / unit.getBytes(StandardCharsets.UTF_8).length);
    }

    private static String random(String characters, int length) {
        Random random = new Random(2);
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }
}
