package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import java.util.Optional;

/**
 * Drafts with a language model over its own, shorter prompt; docs/design.md, section 1, step 3. One call into the
 * engine.
 */
final class ModelDrafter implements Drafter {

    private final Lease lease;
    private final Sequence sequence;
    private final GenerationRequest request;
    private final int[] endTokens;
    private final int vocabulary;

    /** @param lease closed with this */
    ModelDrafter(Lease lease, GenerationRequest request, int[] endTokens, int vocabulary) {
        this.lease = lease;
        this.sequence = lease.sequence();
        this.request = request;
        this.endTokens = endTokens;
        this.vocabulary = vocabulary;
    }

    /** Side by side where drafter and target sit on different devices. */
    @Override
    public int read(Lease target, GenerationListener listener) {
        if (sequence.model().device().equals(target.sequence().model().device())) {
            return lease.read(listener) + target.read(listener);
        }
        lease.startReading();
        return target.read(listener) + lease.read(listener);
    }

    @Override
    public int promptTokens() {
        return sequence.promptLength();
    }

    @Override
    public Draft draft(int length, double[] uniforms) {
        Drafting drafting = new Drafting(
                request.sampling().toProgram(vocabulary),
                length,
                request.speculation().confidenceThreshold(),
                endTokens,
                sequence.answer(),
                uniforms);
        return new Draft(Optional.of(sequence.model().draft(sequence.cache(), sequence.pending(), drafting)));
    }

    @Override
    public void append(int token) {
        sequence.append(token);
    }

    @Override
    public void discardWhenClosed() {
        lease.discardWhenClosed();
    }

    @Override
    public void close() {
        lease.close();
    }
}
