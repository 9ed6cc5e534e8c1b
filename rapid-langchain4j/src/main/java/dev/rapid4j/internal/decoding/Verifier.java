package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.Drafter.Draft;
import dev.rapid4j.internal.torch.Value;
import java.util.List;

/** The target; docs/design.md, section 1, step 4. One call into the engine. */
final class Verifier {

    private final Sequence sequence;
    private final GenerationRequest request;
    private final int vocabulary;

    Verifier(Sequence sequence, GenerationRequest request, int vocabulary) {
        this.sequence = sequence;
        this.request = request;
        this.vocabulary = vocabulary;
    }

    /**
     * @param accepted how many of the drafted tokens stand
     * @param next the token after them, of the target's choice
     */
    record Verdict(int accepted, int next) {}

    /** @param uniforms one draw from [0, 1) for every drafted token, and one more */
    Verdict verify(Draft draft, double[] uniforms) {
        int[] pending = sequence.pending();
        try (Value result = sequence.model()
                .run(
                        "verify",
                        sequence.cache(),
                        pending,
                        draft.tokens().length,
                        draft.tokens(),
                        draft.distributions().orElse(sequence.model().emptyTensor()),
                        request.sampling().toProgram(),
                        request.plan().margin(),
                        request.speculation().plausibility(),
                        sequence.answer(),
                        vocabulary,
                        uniforms)) {
            sequence.cache().appended(pending);
            sequence.cache().appended(draft.tokens());
            List<Value> parts = result.toTuple();
            try (Value accepted = parts.get(0);
                    Value next = parts.get(1)) {
                return new Verdict(Math.toIntExact(accepted.toLong()), Math.toIntExact(next.toLong()));
            }
        }
    }
}
