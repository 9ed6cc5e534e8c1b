package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Drafter.Draft;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Proposes what followed the last tokens where they stand once more: in the prompt of the model that writes, which
 * holds the document and the conversation's earlier answers, or in the answer so far. That takes no pass of a model.
 */
final class LookupDrafter {

    /** Fewer tokens stand in too many places to tell what follows. */
    private static final int LEAST_MATCH = 3;

    /** More tokens tell no better what follows. */
    private static final int MOST_MATCH = 16;

    private final LanguageModel writer;
    private final Set<Integer> endTokens;
    private final int vocabulary;
    private final int[] tokens;
    private int length;

    LookupDrafter(LanguageModel writer, GenerationRequest request, Set<Integer> endTokens, int vocabulary) {
        this.writer = writer;
        this.endTokens = endTokens;
        this.vocabulary = vocabulary;
        int[] prompt = request.writerPrompt();
        this.tokens = Arrays.copyOf(prompt, prompt.length + request.maxTokens());
        this.length = prompt.length;
    }

    /**
     * @param match so many tokens before them are the last ones of the text
     * @param tokens at least one
     */
    record Found(int match, int[] tokens) {}

    /** What can be proposed now; at most so many tokens. */
    Optional<Found> find(int most) {
        return continuation(tokens, length, most).flatMap(this::proposable);
    }

    /** The first of the tokens that were found. */
    Draft draft(Found found, int count) {
        return Draft.of(writer.draftOf(Arrays.copyOf(found.tokens(), count)), TokenSource.LOOKUP);
    }

    /** Tells which token stands now behind those before. */
    void append(int token) {
        tokens[length++] = token;
    }

    /**
     * What followed the last tokens where most of them stand once more, up to {@link #MOST_MATCH}, and there where they
     * stand last.
     *
     * <p>A plain search each time: it takes a fraction of a millisecond for a million tokens, which no pass over so
     * many would notice, and nothing has to be built or kept.
     *
     * @param length so many of the tokens there are
     * @param most tokens to return
     */
    static Optional<Found> continuation(int[] tokens, int length, int most) {
        int longest = LEAST_MATCH - 1;
        int after = 0;
        for (int end = length - 1; end > longest && longest < MOST_MATCH; end--) {
            // most places are out of the question after one look: a longer match needs this token, too
            if (tokens[end - 1 - longest] == tokens[length - 1 - longest]) {
                int match = match(tokens, end, length);
                if (match > longest) {
                    longest = match;
                    after = end;
                }
            }
        }
        if (after == 0 || most == 0) {
            return Optional.empty();
        }
        int[] found = new int[most];
        for (int i = 0; i < found.length; i++) {
            // text that repeats itself up to its end goes on in the same way
            found[i] = after + i < length ? tokens[after + i] : found[after + i - length];
        }
        return Optional.of(new Found(longest, found));
    }

    /** How many tokens before one place are those before the other, up to {@link #MOST_MATCH}. */
    private static int match(int[] tokens, int end, int length) {
        int most = Math.min(end, MOST_MATCH);
        int match = 0;
        while (match < most && tokens[end - 1 - match] == tokens[length - 1 - match]) {
            match++;
        }
        return match;
    }

    /** Up to an end token, and only what can be chosen. */
    private Optional<Found> proposable(Found found) {
        int[] all = found.tokens();
        int count = 0;
        while (count < all.length && all[count] < vocabulary) {
            if (endTokens.contains(all[count++])) {
                break;
            }
        }
        return count == 0 ? Optional.empty() : Optional.of(new Found(found.match(), Arrays.copyOf(all, count)));
    }
}
