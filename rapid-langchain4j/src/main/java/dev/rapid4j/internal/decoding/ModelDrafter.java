package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.torch.DecoderProgram.Completion;
import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import java.util.Optional;
import java.util.stream.IntStream;

/** Drafts with a language model over a shorter prompt; docs/design.md, section 1, step 3. One call into the engine. */
final class ModelDrafter implements Drafter {

    private final PromptReading prompt;
    private final Sequence sequence;
    private final GenerationRequest request;
    private final int[] endTokens;
    private final int vocabulary;

    /** @param prompt closed with this */
    ModelDrafter(PromptReading prompt, GenerationRequest request, int[] endTokens, int vocabulary) {
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
    public Optional<Reader> reader() {
        return Optional.of(sequence.reader());
    }

    @Override
    public Draft draft(int length, double[] uniforms, GenerationListener listener) {
        sequence.catchUp(listener);
        Drafting drafting = new Drafting(
                request.sampling().toProgram(vocabulary),
                length,
                request.speculation().confidenceThreshold(),
                request.plan().margin() > 0,
                endTokens,
                sequence.emitted(request.sampling()),
                uniforms);
        return new Draft(
                Optional.of(sequence.model().draft(sequence.cache(), sequence.pending(), drafting)),
                TokenSource.DRAFTER);
    }

    @Override
    public Draft complete(Draft draft) {
        int[] tokens = draft.tokens();
        // what the model has drafted itself it has read but for the last token
        int[] unread = draft.source() == TokenSource.DRAFTER
                ? new int[] {tokens[tokens.length - 1]}
                : IntStream.concat(IntStream.of(sequence.pending()), IntStream.of(tokens))
                        .toArray();
        try (draft) {
            Completion completion = new Completion(
                    request.sampling().toProgram(vocabulary),
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
