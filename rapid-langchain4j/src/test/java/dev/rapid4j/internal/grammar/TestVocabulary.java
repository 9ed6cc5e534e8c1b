package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A vocabulary, and texts in its tokens, taken apart anyhow.
 *
 * @param control a token that stands for itself
 * @param end ends an answer
 */
record TestVocabulary(TokenBytes tokens, Trie trie, int control, int end) {

    private static final String TEXT = """
            {"name": "Ada Lovelace", "born": "1815-12-10", "tags": ["maths", "poetry"], "age": 36, "next": {"name": "é ü"}}
            {"a":"b","c":[1,2,3],"d":{"e":null},"f":[true,false],"g":-1.5e10,"h":[[]],"i":[{},{}],"j":"\\"x\\"\\n\\u00e9"},{"
            {
              "name": "Zoë 😀 日本語 кириллица",
              "list": [
                "one",
                {
                    "two": 2
                }
              ],
            	"tab": "\\\\ \\/ \\ud83d\\ude00"
            }
            The quick brown fox jumps over the lazy dog. 0123456789 00 000 12 345 6789 2024-01-31T12:34:56Z
            """;

    static TestVocabulary of(TokenBytes tokens, int control, int end) {
        return new TestVocabulary(
                tokens,
                new Trie(IntStream.range(0, tokens.vocabulary())
                        .mapToObj(tokens::of)
                        .map(bytes -> bytes.length == 0 ? null : bytes)
                        .toArray(byte[][]::new)),
                control,
                end);
    }

    /**
     * All bytes, and pieces of texts that go across everything: JSON's brackets, names, characters. Some come twice.
     */
    static TestVocabulary random(int size, Random random) {
        byte[] text = TEXT.getBytes(StandardCharsets.UTF_8);
        List<byte[]> tokens = new ArrayList<>();
        IntStream.range(0, 256).forEach(value -> tokens.add(new byte[] {(byte) value}));
        while (tokens.size() < size) {
            int start = random.nextInt(text.length);
            int end = Math.min(text.length, start + 1 + random.nextInt(random.nextInt(10) == 0 ? 25 : 6));
            tokens.add(Arrays.copyOfRange(text, start, end));
        }
        tokens.add(new byte[0]);
        tokens.add(new byte[0]);
        return of(TokenBytes.of(tokens.toArray(byte[][]::new)), size, size + 1);
    }

    GrammarCompiler compiler() {
        return new GrammarCompiler(tokens, TokenSet.of(tokens.vocabulary(), id -> id == end));
    }

    /** Tokens of a text, any that write it. */
    int[] tokenize(String text, Random random) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        IntStream.Builder ids = IntStream.builder();
        for (int place = 0; place < bytes.length; ) {
            int node = 0;
            int chosen = -1;
            int length = 0;
            int choices = 0;
            for (int next = place; next < bytes.length; next++) {
                node = trie.child(node, bytes[next] & 0xFF);
                if (node < 0) {
                    break;
                }
                for (int i = trie.first(node); i < trie.first(node + 1); i++) {
                    if (random.nextInt(++choices) == 0) {
                        chosen = trie.text(i);
                        length = next + 1 - place;
                    }
                }
            }
            ids.add(chosen);
            place += length;
        }
        return ids.build().toArray();
    }

    String text(List<Integer> ids) {
        byte[][] parts = ids.stream().map(tokens::of).toArray(byte[][]::new);
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int place = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, place, part.length);
            place += part.length;
        }
        return new String(all, StandardCharsets.UTF_8);
    }
}
