package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.DecoderProgram.Completion;
import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

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
     * One call into the engine where anything may follow, else one for each token: what the next may be is known when
     * the one before it is drawn.
     */
    @Override
    public Draft draft(int length, Constraint constraint, double[] uniforms, GenerationListener listener) {
        sequence.catchUp(listener);
        DecoderProgram.Draft draft = piece(sequence.pending(), new int[0], constraint, length, uniforms);
        try {
            Constraint next = masks.behind(constraint, draft.tokens());
            while (goesOn(draft, length, next)) {
                int[] tokens = draft.tokens();
                int[] last = {tokens[tokens.length - 1]};
                try (DecoderProgram.Draft before = draft;
                        DecoderProgram.Draft piece = piece(last, tokens, next, length - tokens.length, uniforms)) {
                    draft = sequence.model().joined(before, piece);
                    next = masks.behind(next, piece.tokens());
                }
            }
            return new Draft(Optional.of(draft), TokenSource.DRAFTER);
        } catch (RuntimeException e) {
            draft.close();
            throw e;
        }
    }

    private boolean goesOn(DecoderProgram.Draft draft, int length, Constraint next) {
        int[] tokens = draft.tokens();
        int last = tokens[tokens.length - 1];
        return tokens.length < length
                && !draft.unsure()
                && !next.complete()
                && IntStream.of(endTokens).noneMatch(end -> end == last);
    }

    /**
     * As much of a draft as takes one call.
     *
     * @param unread tokens before it, the last of those drafted or of those that stand
     * @param drafted what was drafted before
     * @param uniforms of the whole draft
     */
    private DecoderProgram.Draft piece(
            int[] unread, int[] drafted, Constraint constraint, int length, double[] uniforms) {
        Optional<ByteBuffer> mask = masks.rows(constraint, new int[0], 0);
        int most = mask.isPresent() ? 1 : length;
        Drafting drafting = new Drafting(
                request.sampling().toProgram(vocabulary, mask),
                most,
                request.speculation().confidenceThreshold(),
                request.plan().margin() > 0,
                endTokens,
                emitted(drafted),
                Arrays.copyOfRange(uniforms, drafted.length, drafted.length + most));
        DecoderProgram.Draft piece = sequence.model().draft(sequence.cache(), unread, drafting);
        int free = mask.isPresent() ? 1 : masks.free(constraint, piece.tokens());
        if (free == piece.length()) {
            return piece;
        }
        // what follows was drawn from all tokens where only some may follow. Whether a token is kept depends on those
        // before it alone, so that it has the distribution it was drawn from
        try (piece) {
            return sequence.model().shortened(sequence.cache(), piece, free);
        }
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
        boolean own = draft.source() == TokenSource.DRAFTER;
        try (draft) {
            if (!own) {
                sequence.catchUp(listener);
            }
            // what the model has drafted itself it has read but for the last token
            int[] unread = own ? new int[] {tokens[tokens.length - 1]} : join(sequence.pending(), tokens);
            Completion completion = new Completion(
                    request.sampling().toProgram(vocabulary, masks.rows(constraint, tokens, own ? tokens.length : 0)),
                    draft.proposed().orElse(sequence.model().noDraft()),
                    sequence.emitted(request.sampling()));
            return new Draft(
                    Optional.of(sequence.model().complete(sequence.cache(), unread, completion)), draft.source());
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
