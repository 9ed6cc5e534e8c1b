package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.torch.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Drafts with a language model over its own, shorter prompt; docs/design.md, section 1, step 3. One call into the
 * engine.
 */
final class ModelDrafter implements Drafter {

    private final PooledSequence prompt;
    private final Sequence sequence;
    private final GenerationRequest request;
    private final int[] endTokens;
    private final int vocabulary;

    /** @param prompt closed with this */
    ModelDrafter(PooledSequence prompt, GenerationRequest request, int[] endTokens, int vocabulary) {
        this.prompt = prompt;
        this.sequence = prompt.sequence();
        this.request = request;
        this.endTokens = endTokens;
        this.vocabulary = vocabulary;
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
    public Draft draft(int length, double[] uniforms) {
        int[] pending = sequence.pending();
        try (Value result = sequence.model()
                .run(
                        "draft",
                        sequence.cache(),
                        pending,
                        length - 1,
                        length,
                        request.sampling().toProgram(),
                        request.speculation().confidenceThreshold(),
                        endTokens,
                        sequence.answer(),
                        vocabulary,
                        uniforms)) {
            List<Value> parts = result.toTuple();
            int[] drafted;
            try (Value tokens = parts.get(0)) {
                drafted = Arrays.stream(tokens.toLongs())
                        .mapToInt(Math::toIntExact)
                        .toArray();
            }
            sequence.cache().appended(pending);
            // the last one was drawn but not read
            sequence.cache().appended(Arrays.copyOf(drafted, drafted.length - 1));
            return new Draft(drafted, Optional.of(parts.get(1)));
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
