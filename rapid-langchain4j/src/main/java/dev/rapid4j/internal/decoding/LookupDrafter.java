package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Proposes what followed the last tokens where they stand once more: in the prompt of the model that writes, which
 * holds the document and the conversation's earlier answers, or in the answer so far. That takes no pass of a model.
 * Where there is nothing to be found, another drafter proposes.
 */
final class LookupDrafter implements Drafter {

    /** Fewer tokens stand in too many places to tell what follows. */
    private static final int LEAST_MATCH = 3;

    /** More tokens tell no better what follows. */
    private static final int MOST_MATCH = 16;

    private final LanguageModel writer;
    private final Set<Integer> endTokens;
    private final int vocabulary;
    private final Drafter otherwise;
    private final int[] tokens;
    private int length;

    /** @param otherwise proposes where there is nothing to be found; closed with this */
    LookupDrafter(
            LanguageModel writer,
            GenerationRequest request,
            Set<Integer> endTokens,
            int vocabulary,
            Drafter otherwise) {
        this.writer = writer;
        this.endTokens = endTokens;
        this.vocabulary = vocabulary;
        this.otherwise = otherwise;
        int[] prompt = request.writerPrompt();
        this.tokens = Arrays.copyOf(prompt, prompt.length + request.limits().maxTokens());
        this.length = prompt.length;
    }

    @Override
    public void startReading() {
        otherwise.startReading();
    }

    @Override
    public int read(GenerationListener listener) {
        return otherwise.read(listener);
    }

    @Override
    public int promptTokens() {
        return otherwise.promptTokens();
    }

    @Override
    public Draft draft(int most, double[] uniforms) {
        int[] found = proposable(continuation(tokens, length, most));
        return found.length == 0
                ? otherwise.draft(most, uniforms)
                : new Draft(Optional.of(writer.draftOf(found)), TokenSource.LOOKUP);
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
    static int[] continuation(int[] tokens, int length, int most) {
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
        if (after == 0) {
            return new int[0];
        }
        int[] found = new int[most];
        for (int i = 0; i < found.length; i++) {
            // text that repeats itself up to its end goes on in the same way
            found[i] = after + i < length ? tokens[after + i] : found[after + i - length];
        }
        return found;
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
    private int[] proposable(int[] found) {
        for (int i = 0; i < found.length; i++) {
            if (found[i] >= vocabulary) {
                return Arrays.copyOf(found, i);
            }
            if (endTokens.contains(found[i])) {
                return Arrays.copyOf(found, i + 1);
            }
        }
        return found;
    }

    @Override
    public void append(int token) {
        tokens[length++] = token;
        otherwise.append(token);
    }

    @Override
    public void discardWhenClosed() {
        otherwise.discardWhenClosed();
    }

    @Override
    public void close() {
        otherwise.close();
    }
}
