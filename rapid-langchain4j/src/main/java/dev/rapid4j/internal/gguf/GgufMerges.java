package dev.rapid4j.internal.gguf;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.rapid4j.internal.gguf.GgufVocabulary.Kind;
import dev.rapid4j.internal.gguf.GgufVocabulary.Token;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which pairs of tokens become one, the first before all others. */
final class GgufMerges {

    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String SCORES = "tokenizer.ggml.scores";

    /** Gemma 3 has 514,906; each costs memory. */
    private static final int MAX_MERGES = 2_000_000;

    /** Of all merges; Gemma 3 has 3 million. */
    private static final long MAX_CHARACTERS = 60_000_000;

    /** Squares of all tokens' lengths, which is what cutting them at each place takes; Gemma 3 has 11 million. */
    private static final long MAX_STEPS = 400_000_000;

    private record Scored(Token token, float score) {}

    private final GgufFile file;
    private final GgufVocabulary vocabulary;
    private final JsonGenerator out;
    private int written;
    private long characters;

    private GgufMerges(GgufVocabulary vocabulary, JsonGenerator out) {
        this.file = vocabulary.file();
        this.vocabulary = vocabulary;
        this.out = out;
    }

    /** Writes the elements of the list that a {@code tokenizer.json} has, each a pair. */
    static void write(GgufVocabulary vocabulary, JsonGenerator out) throws IOException {
        GgufMerges merges = new GgufMerges(vocabulary, out);
        if (vocabulary.sentencePiece() && !vocabulary.file().has(MERGES)) {
            merges.writeScored();
        } else {
            merges.writeListed();
        }
    }

    private void write(String first, String second) throws IOException {
        characters += first.length() + second.length();
        written++;
        if (written > MAX_MERGES || characters > MAX_CHARACTERS) {
            throw file.invalid(
                    file.has(MERGES) ? MERGES : GgufVocabulary.TOKENS,
                    "there are more than %,d merges in it, or more than %,d characters in these"
                            .formatted(MAX_MERGES, MAX_CHARACTERS));
        }
        out.writeStartArray();
        out.writeString(first);
        out.writeString(second);
        out.writeEndArray();
    }

    private void writeListed() throws IOException {
        List<String> texts = file.texts(MERGES);
        if (texts.isEmpty()) {
            throw file.invalid(MERGES, "the pairs of tokens that become one are needed");
        }
        for (int i = 0; i < texts.size(); i++) {
            String merge = texts.get(i);
            int space = merge.indexOf(' ');
            String first = merge.substring(0, Math.max(0, space));
            String second = merge.substring(space + 1);
            if (!vocabulary.has(first) || !vocabulary.has(second) || !vocabulary.has(first + second)) {
                throw file.invalid(
                        MERGES, "number %,d of them does not make one token of two; download it again".formatted(i));
            }
            write(first, second);
        }
    }

    /**
     * SentencePiece joins the two neighbours that make the token with the highest score, whatever they are. So each way
     * to cut a token in two is a merge, in the order of the scores; the same that transformers makes of a
     * {@code tokenizer.model}.
     */
    private void writeScored() throws IOException {
        float[] scores = file.numbers(SCORES);
        if (scores.length != vocabulary.size()) {
            throw file.invalid(SCORES, "one for each of the %,d tokens is needed".formatted(vocabulary.size()));
        }
        long steps = 0;
        List<Scored> joined = new ArrayList<>();
        for (Token token : vocabulary.tokens()) {
            float score = scores[token.id()];
            if (Float.isNaN(score)) {
                throw file.invalid(SCORES, "number %,d of them is none".formatted(token.id()));
            }
            if (token.kind() == Kind.ORDINARY || token.kind() == Kind.ADDED) {
                joined.add(new Scored(token, score));
                steps += (long) token.text().length() * token.text().length();
            }
        }
        if (steps > MAX_STEPS) {
            throw file.invalid(GgufVocabulary.TOKENS, "some are too long");
        }
        joined.sort(order());
        for (Scored token : joined) {
            writeCuts(token.token().text());
        }
    }

    /**
     * Tokens that are found in a text before all else have the highest score in a {@code tokenizer.model}, and none
     * that can be used in a GGUF. Where scores are the same, as in files that were made without a
     * {@code tokenizer.model}, tokens stand in the order in which they were learned, but for runs of spaces, which were
     * not.
     */
    private static Comparator<Scored> order() {
        return Comparator.comparing((Scored token) -> token.token().kind() != Kind.ADDED)
                .thenComparing(Comparator.comparingInt(GgufMerges::addedLength).reversed())
                .thenComparing(Comparator.comparingDouble(Scored::score).reversed())
                .thenComparing(token -> token.token().text().chars().allMatch(c -> c == '▁'))
                .thenComparingInt(token -> token.token().id());
    }

    private static int addedLength(Scored token) {
        return token.token().kind() == Kind.ADDED ? token.token().text().length() : 0;
    }

    private void writeCuts(String token) throws IOException {
        for (int end = token.length() - 1; end > 0; end--) {
            String first = token.substring(0, end);
            String second = token.substring(end);
            if (vocabulary.has(first) && vocabulary.has(second)) {
                write(first, second);
            }
        }
    }
}
