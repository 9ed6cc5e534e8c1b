package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.tokenizer.TokenBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A vocabulary of every byte, some control tokens, an end token, and whatever pieces texts have been chopped into: the
 * hardest case.
 */
final class ChoppedVocabulary {

    static final int END = 256;

    private final List<byte[]> tokens = new ArrayList<>();
    private final Map<String, Integer> pieces = new HashMap<>();
    private final List<String> controls;
    private TokenBytes bytes;

    ChoppedVocabulary(String... controls) {
        this.controls = List.of(controls);
        for (int value = 0; value < 256; value++) {
            tokens.add(new byte[] {(byte) value});
        }
        tokens.add(new byte[0]);
        this.controls.forEach(control -> tokens.add(new byte[0]));
    }

    AnswerVocabulary vocabulary() {
        return new AnswerVocabulary(this::bytes, Set.of(END), this::parts, text -> text(text, 1, null), this::decode);
    }

    private TokenBytes bytes() {
        if (bytes == null || bytes.vocabulary() != tokens.size()) {
            bytes = TokenBytes.of(tokens.toArray(byte[][]::new));
        }
        return bytes;
    }

    /** The end token, if there is no such control token. */
    int control(String text) {
        return END + 1 + controls.indexOf(text);
    }

    List<Rule> parts(String text) {
        List<Rule> parts = new ArrayList<>();
        int literal = 0;
        for (int place = 0; place < text.length(); ) {
            int from = place;
            String found = controls.stream()
                    .filter(control -> text.startsWith(control, from))
                    .findFirst()
                    .orElse("");
            if (found.isEmpty()) {
                place++;
                continue;
            }
            if (place > literal) {
                parts.add(new Rule.Literal(text.substring(literal, place)));
            }
            parts.add(new Rule.Control(control(found)));
            place += found.length();
            literal = place;
        }
        if (literal < text.length()) {
            parts.add(new Rule.Literal(text.substring(literal)));
        }
        return parts;
    }

    /** What a model writes: control tokens where the text has them, the rest in pieces. */
    int[] chop(String text, SplittableRandom random) {
        return parts(text).stream()
                .flatMapToInt(part -> part instanceof Rule.Literal literal
                        ? Arrays.stream(text(literal.text(), 6, random))
                        : Arrays.stream(new int[] {((Rule.Control) part).token()}))
                .toArray();
    }

    /** A text without control tokens, whatever it quotes, in pieces. */
    int[] text(String text, SplittableRandom random) {
        return text(text, 6, random);
    }

    /** @param longest most bytes of a piece; with 1 nothing is random */
    int[] text(String text, int longest, SplittableRandom random) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        List<Integer> ids = new ArrayList<>();
        for (int start = 0; start < all.length; ) {
            int end = Math.min(all.length, start + (longest == 1 ? 1 : random.nextInt(1, longest + 1)));
            ids.add(piece(Arrays.copyOfRange(all, start, end)));
            start = end;
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private int piece(byte[] piece) {
        if (piece.length == 1) {
            return piece[0] & 0xFF;
        }
        return pieces.computeIfAbsent(new String(piece, StandardCharsets.ISO_8859_1), unused -> {
            tokens.add(piece);
            return tokens.size() - 1;
        });
    }

    /** As tokenizers do it with control tokens that are not marked special. */
    private String decode(int[] ids) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id : ids) {
            out.writeBytes(
                    id > END && id <= END + controls.size()
                            ? controls.get(id - END - 1).getBytes(StandardCharsets.UTF_8)
                            : tokens.get(id));
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
