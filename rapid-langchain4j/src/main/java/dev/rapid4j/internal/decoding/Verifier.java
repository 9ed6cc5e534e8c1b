package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.Drafter.Draft;
import dev.rapid4j.internal.torch.DecoderProgram.Verdict;
import dev.rapid4j.internal.torch.DecoderProgram.Verification;

/** The target; docs/design.md, section 1, step 4. One call into the engine. */
final class Verifier {

    private final Sequence sequence;
    private final GenerationRequest request;
    private final int vocabulary;
    private final Masks masks;

    Verifier(Sequence sequence, GenerationRequest request, int vocabulary, Masks masks) {
        this.sequence = sequence;
        this.request = request;
        this.vocabulary = vocabulary;
        this.masks = masks;
    }

    /**
     * @param constraint before the first drafted token
     * @param uniforms one draw from [0, 1) for every drafted token, and one more
     * @param listener asked whether to go on where many tokens have to be read first
     */
    Verdict verify(Draft draft, Constraint constraint, double[] uniforms, GenerationListener listener) {
        sequence.catchUp(listener);
        Verification verification = new Verification(
                request.sampling().toProgram(vocabulary, masks.rows(constraint, draft.tokens(), 0)),
                draft.proposed().orElse(sequence.model().noDraft()),
                request.plan().margin(),
                request.speculation().plausibility(),
                sequence.emitted(request.sampling()),
                uniforms);
        return sequence.model().verify(sequence.cache(), sequence.pending(), verification);
    }
}
