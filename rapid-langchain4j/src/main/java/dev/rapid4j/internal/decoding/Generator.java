package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.decoding.Drafter.Draft;
import dev.rapid4j.internal.decoding.Generation.FinishReason;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.DecoderProgram.Verdict;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Answers prompts with a target and a drafter; docs/design.md, section 1. All modes go through one loop: without a
 * drafter the target decodes alone, and {@link Mode#RETRIEVAL_ONLY} puts the drafter in the target's place.
 *
 * <p>Safe to use from several threads; each generation has its own KV caches.
 */
public final class Generator implements AutoCloseable {

    private final LanguageModel target;
    private final LanguageModel drafter;
    private final Tokenizer tokenizer;
    private final Set<Integer> endTokens;
    private final int[] endTokenArray;
    private final int vocabulary;
    private final int draftContextTokens;
    private final CachePool caches;

    /**
     * @param target reads the whole text; not closed by this
     * @param drafter reads the passages; may be the target itself (self-speculation); not closed by this
     * @param tokenizer of both; not closed by this
     * @param endTokens end an answer and are no part of it
     * @param draftContextTokens most tokens of the prompt that are attended to while drafting in
     *     {@link Mode#STREAMING_DRAFT}; at least 1
     * @param cacheBytes most memory kept in KV caches of earlier requests, on all devices together
     */
    public Generator(
            LanguageModel target,
            LanguageModel drafter,
            Tokenizer tokenizer,
            Set<Integer> endTokens,
            int draftContextTokens,
            long cacheBytes) {
        this.target = target;
        this.drafter = drafter;
        this.tokenizer = tokenizer;
        this.endTokens = Set.copyOf(endTokens);
        this.endTokenArray = endTokens.stream().mapToInt(Integer::intValue).toArray();
        // checkpoints of one family pad their logits to different sizes
        this.vocabulary = Math.min(target.vocabularySize(), drafter.vocabularySize());
        Ranges.check("draftContextTokens", draftContextTokens, 1, Integer.MAX_VALUE);
        this.draftContextTokens = draftContextTokens;
        this.caches = new CachePool(cacheBytes);
    }

    /**
     * Generates an answer.
     *
     * @throws RequestTooLargeException if prompt and answer do not fit a context window or the memory; nothing has been
     *     computed then
     * @throws TorchException if the engine fails, or the model returns logits that are NaN or infinite
     */
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        boolean byDrafter = request.mode() == Mode.RETRIEVAL_ONLY;
        LanguageModel writer = byDrafter ? drafter : target;
        int[] prompt = byDrafter ? request.drafterPrompt() : request.targetPrompt();
        try (Lease lease = lease(writer, prompt, request.maxTokens())) {
            return generate(request, lease, listener);
        }
    }

    /**
     * {@link #generate(GenerationRequest, GenerationListener)}, where the target has begun to read its prompt.
     *
     * @param ahead of this generator and the same target prompt; not to be used for a second generation
     */
    public Generation generate(GenerationRequest request, ReadAhead ahead, GenerationListener listener) {
        return generate(request, (Lease) ahead, listener);
    }

    private Generation generate(GenerationRequest request, Lease lease, GenerationListener listener) {
        try (Drafter proposals = drafter(request, lease)) {
            return new Run(request, listener, lease, proposals).generate();
        }
    }

    private Drafter drafter(GenerationRequest request, Lease lease) {
        return switch (request.mode()) {
            case LONG_CONTEXT, RETRIEVAL_ONLY -> Drafter.NONE;
            case RAPID, SPECULATIVE -> drafter(request, request.drafterPrompt());
            case NAIVE_SPECULATIVE -> drafter(request, request.targetPrompt());
            case STREAMING_DRAFT ->
                new StreamingDrafter(caches, lease.sequence(), request, draftContextTokens, endTokenArray, vocabulary);
        };
    }

    private Drafter drafter(GenerationRequest request, int[] prompt) {
        return new ModelDrafter(lease(drafter, prompt, request.maxTokens()), request, endTokenArray, vocabulary);
    }

    /**
     * Lets the target read its prompt on a thread of its own, while the caller still makes the drafter's.
     *
     * @param maxTokens most tokens of the answer, or more
     * @return to be closed by the caller, which ends the reading
     * @throws RequestTooLargeException if the prompt does not fit the target's context window or the memory
     */
    public ReadAhead readAhead(int[] targetPrompt, int maxTokens) {
        Lease lease = lease(target, targetPrompt, maxTokens);
        lease.startReading();
        return lease;
    }

    /**
     * Checks a prompt before it is complete, so that nothing need be done for one that will be refused.
     *
     * @throws RequestTooLargeException if prompt and answer do not fit the target's context window
     */
    public void checkTarget(int[] prompt, int maxTokens) {
        checkContext(target, prompt, maxTokens);
    }

    private static void checkContext(LanguageModel model, int[] prompt, int maxTokens) {
        long needed = (long) prompt.length + maxTokens;
        if (needed > model.contextLength()) {
            throw new RequestTooLargeException(("The prompt has %,d tokens and the answer may have %,d, together more"
                            + " than the %,d that %s can hold; shorten the text, allow fewer output tokens, or set"
                            + " oversizedPrompts to SHORTEN_MIDDLE")
                    .formatted(prompt.length, maxTokens, model.contextLength(), model.name()));
        }
    }

    private Lease lease(LanguageModel model, int[] prompt, int maxTokens) {
        checkContext(model, prompt, maxTokens);
        KeyValueCache cache = caches.take(model, prompt, prompt.length + maxTokens);
        return new Lease(caches, new Sequence(model, cache, prompt, maxTokens));
    }

    /** One generation. */
    private final class Run {

        private final GenerationRequest request;
        private final GenerationListener listener;
        private final Lease lease;
        private final Sequence sequence;
        private final Verifier verifier;
        private final Drafter proposals;
        private final TextStream text;
        private final SplittableRandom random;
        private final long start = System.nanoTime();
        private long read;
        private long draftingNanos;
        private int cached;
        private int rounds;
        private int drafted;
        private int accepted;

        Run(GenerationRequest request, GenerationListener listener, Lease lease, Drafter proposals) {
            this.request = request;
            this.listener = listener;
            this.lease = lease;
            this.sequence = lease.sequence();
            this.verifier = new Verifier(sequence, request, vocabulary);
            this.proposals = proposals;
            this.text =
                    new TextStream(tokens -> tokenizer.decode(tokens, true), request.stopSequences(), listener::onText);
            // unlike java.util.Random, its first draws have nothing in common for neighbouring seeds
            this.random = new SplittableRandom(request.seed());
        }

        Generation generate() {
            try {
                return answer();
            } catch (TorchException e) {
                lease.discardWhenClosed();
                proposals.discardWhenClosed();
                throw e;
            }
        }

        private Generation answer() {
            cached = proposals.read(lease, listener);
            read = System.nanoTime();
            FinishReason reason;
            GenerationStatistics statistics;
            do {
                listener.checkCancelled();
                reason = round();
                statistics = statistics();
                listener.onRound(statistics);
            } while (reason == null);
            return new Generation(text.finish(), reason, statistics);
        }

        private GenerationStatistics statistics() {
            boolean byDrafter = request.mode() == Mode.RETRIEVAL_ONLY;
            return new GenerationStatistics(
                    byDrafter ? 0 : request.targetPrompt().length,
                    byDrafter ? request.drafterPrompt().length : proposals.promptTokens(),
                    cached,
                    Duration.ZERO,
                    Duration.ofNanos(read - start),
                    Duration.ofNanos(System.nanoTime() - read),
                    Duration.ofNanos(draftingNanos),
                    rounds,
                    drafted,
                    accepted,
                    sequence.answerLength());
        }

        /** @return why the answer ends here, or null if it goes on */
        private FinishReason round() {
            // all draws of a round are made at once, so that a seed gives the same ones whatever is accepted
            double[] draftUniforms = uniforms(request.speculation().draftTokens());
            double[] verifyUniforms = uniforms(request.speculation().draftTokens() + 1);
            int length =
                    Math.min(request.speculation().draftTokens(), request.maxTokens() - sequence.answerLength() - 1);
            long roundStart = System.nanoTime();
            try (Draft draft = length == 0 ? Draft.NONE : proposals.draft(length, draftUniforms)) {
                draftingNanos += System.nanoTime() - roundStart;
                Verdict verdict = verifier.verify(draft, verifyUniforms);
                rounds++;
                drafted += draft.tokens().length;
                accepted += verdict.accepted();
                for (int i = 0; i < verdict.accepted(); i++) {
                    FinishReason reason = emit(draft.tokens()[i], true);
                    if (reason != null) {
                        return reason;
                    }
                }
                return emit(verdict.next(), false);
            }
        }

        private double[] uniforms(int count) {
            return random.doubles(count).toArray();
        }

        /** @return why the answer ends here, or null if it goes on */
        private FinishReason emit(int token, boolean proposed) {
            if (endTokens.contains(token)) {
                return FinishReason.STOP;
            }
            sequence.append(token);
            proposals.append(token);
            listener.onToken(token);
            if (text.append(token, proposed)) {
                return FinishReason.STOP;
            }
            return sequence.answerLength() == request.maxTokens() ? FinishReason.LENGTH : null;
        }
    }

    /** Most tokens of the prompt that are attended to while drafting in {@link Mode#STREAMING_DRAFT}. */
    public int draftContextTokens() {
        return draftContextTokens;
    }

    /** Memory that KV caches take, those of running generations included, on all devices together. */
    public long cacheBytes() {
        return caches.bytes();
    }

    /** Most memory kept in KV caches of earlier requests. */
    public long maxCacheBytes() {
        return caches.maxBytes();
    }

    @Override
    public void close() {
        caches.close();
    }
}
