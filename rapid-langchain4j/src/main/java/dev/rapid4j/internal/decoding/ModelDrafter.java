package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.DecoderProgram.Completion;
import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Drafts with a language model over a shorter prompt; docs/design.md, section 1, step 3. */
final class ModelDrafter implements Drafter {

    private final PromptReading prompt;
    private final Sequence sequence;
    private final GenerationRequest request;
    private final int[] endTokens;
    private final int vocabulary;
    private final Masks masks;

    /** @param prompt closed with this */
    ModelDrafter(PromptReading prompt, GenerationRequest request, int[] endTokens, int vocabulary, Masks masks) {
        this.prompt = prompt;
        this.sequence = prompt.sequence();
        this.request = request;
        this.endTokens = endTokens;
        this.vocabulary = vocabulary;
        this.masks = masks;
    }

    @Override
    public void startReading() {
        prompt.startReading();
    }

    @Override
    public int read(GenerationListener listener) {
        return prompt.read(listener);
    }

    @Override
    public int promptTokens() {
        return sequence.promptLength();
    }

    @Override
    public Optional<Reader> reader() {
        return Optional.of(sequence.reader());
    }

    /**
     * One call into the engine where anything may follow, else one for each token that is drawn: what the next may be
     * is known when the one before it is drawn.
     */
    @Override
    public Draft draft(int length, Constraint constraint, double[] uniforms, GenerationListener listener) {
        sequence.catchUp(listener);
        Piece draft = piece(sequence.pending(), new int[0], constraint, length, uniforms);
        try {
            while (goesOn(draft, length)) {
                int[] tokens = draft.tokens().tokens();
                int[] last = {tokens[tokens.length - 1]};
                try (Piece before = draft;
                        Piece piece = piece(last, tokens, draft.next(), length, uniforms)) {
                    draft = joined(before, piece);
                }
            }
            return new Draft(Optional.of(draft.tokens()), draft.sources());
        } catch (RuntimeException e) {
            draft.close();
            throw e;
        }
    }

    /**
     * As much of a draft as takes one call.
     *
     * @param next what holds behind it
     */
    private record Piece(DecoderProgram.Draft tokens, List<TokenSource> sources, Constraint next)
            implements AutoCloseable {

        @Override
        public void close() {
            tokens.close();
        }
    }

    private Piece joined(Piece first, Piece then) {
        List<TokenSource> sources = Stream.of(first, then)
                .flatMap(piece -> piece.sources().stream())
                .toList();
        return new Piece(sequence.model().joined(first.tokens(), then.tokens()), sources, then.next());
    }

    private boolean goesOn(Piece draft, int length) {
        int[] tokens = draft.tokens().tokens();
        int last = tokens[tokens.length - 1];
        return tokens.length < length
                && !draft.tokens().unsure()
                && IntStream.of(endTokens).noneMatch(end -> end == last)
                && !masks.ends(draft.next());
    }

    /**
     * What has to come, and behind it one drawn token, or several, if nothing has to come and anything may.
     *
     * @param unread tokens before it, the last of those drafted or of those that stand
     * @param drafted what was drafted before
     * @param uniforms of the whole draft
     */
    private Piece piece(int[] unread, int[] drafted, Constraint constraint, int length, double[] uniforms) {
        int most = length - drafted.length;
        // where the answer learns from drafts only, all of a draft is to be learned from
        int[] given = request.plan().draftsChangeTheAnswer() ? new int[0] : masks.certain(constraint, most);
        Constraint behind = masks.behind(constraint, given);
        if (given.length == most || masks.ends(behind)) {
            return new Piece(sequence.model().draftOf(given), sources(given.length, 0), behind);
        }
        boolean toLearn = request.plan().margin() > 0;
        Optional<ByteBuffer> mask = masks.rows(constraint, given, toLearn ? 0 : given.length);
        boolean one = given.length > 0 || mask.isPresent();
        int count = one ? given.length + 1 : most;
        Drafting drafting = new Drafting(
                request.sampling().toProgram(vocabulary, mask),
                count,
                request.speculation().confidenceThreshold(),
                toLearn,
                endTokens,
                emitted(drafted),
                Arrays.copyOfRange(uniforms, drafted.length, drafted.length + count),
                given);
        DecoderProgram.Draft piece = sequence.model().draft(sequence.cache(), unread, drafting);
        int free = one ? piece.length() : masks.free(constraint, piece.tokens());
        if (free < piece.length()) {
            // what follows was drawn from all tokens where only some may follow. Whether a token is kept depends on
            // those before it alone, so that it has the distribution it was drawn from
            try (DecoderProgram.Draft all = piece) {
                piece = sequence.model().shortened(sequence.cache(), all, free);
            }
        }
        return new Piece(
                piece, sources(given.length, piece.length() - given.length), masks.behind(constraint, piece.tokens()));
    }

    private static List<TokenSource> sources(int given, int drawn) {
        return Stream.concat(
                        Collections.nCopies(given, TokenSource.GRAMMAR).stream(),
                        Collections.nCopies(drawn, TokenSource.DRAFTER).stream())
                .toList();
    }

    private int[] emitted(int[] drafted) {
        return request.sampling().penalises() ? join(sequence.emitted(request.sampling()), drafted) : new int[0];
    }

    private static int[] join(int[] first, int[] then) {
        return IntStream.concat(IntStream.of(first), IntStream.of(then)).toArray();
    }

    @Override
    public Draft complete(Draft draft, Constraint constraint, GenerationListener listener) {
        int[] tokens = draft.tokens();
        int drawn = draft.sources().lastIndexOf(TokenSource.DRAFTER) + 1;
        try (draft) {
            if (drawn == 0) {
                sequence.catchUp(listener);
            }
            // what stands before the last token that the model has drawn it has read
            int[] unread = drawn == 0
                    ? join(sequence.pending(), tokens)
                    : Arrays.copyOfRange(tokens, drawn - 1, tokens.length);
            Completion completion = new Completion(
                    request.sampling().toProgram(vocabulary, masks.rows(constraint, tokens, drawn)),
                    draft.proposed().orElse(sequence.model().noDraft()),
                    sequence.emitted(request.sampling()));
            return new Draft(
                    Optional.of(sequence.model().complete(sequence.cache(), unread, completion)), draft.sources());
        }
    }

    @Override
    public void append(int token) {
        sequence.append(token);
    }

    @Override
    public void discardWhenClosed() {
        prompt.discardWhenClosed();
    }

    @Override
    public void close() {
        prompt.close();
    }
}
