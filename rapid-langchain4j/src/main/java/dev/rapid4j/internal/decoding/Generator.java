package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.TokenSource;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.decoding.DecodingPlan.Writer;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.OwnRows;
import dev.rapid4j.internal.decoding.DraftSource.PassageRows;
import dev.rapid4j.internal.decoding.Drafter.Draft;
import dev.rapid4j.internal.decoding.Generation.FinishReason;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.DecoderProgram.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Answers prompts with a target and a drafter; docs/design.md, section 1. All {@linkplain DecodingPlan plans} go
 * through one loop: without a drafter the target decodes alone, and where the drafter writes, it stands in the target's
 * place.
 *
 * <p>Safe to use from several threads; each generation has its own KV caches.
 */
public final class Generator implements AutoCloseable {

    /** Tokens of a question and its answer for which there is room behind a prompt that is read ahead of them. */
    private static final int ANSWER_ROOM = 2048;

    private final LanguageModel target;
    private final LanguageModel drafter;
    private final Tokenizer tokenizer;
    private final Set<Integer> endTokens;
    private final int[] endTokenArray;
    private final int vocabulary;
    private final CachePool caches;

    /**
     * @param target reads the whole text; not closed by this
     * @param drafter reads the passages; may be the target itself (self-speculation); not closed by this
     * @param tokenizer of both; not closed by this
     * @param endTokens end an answer and are no part of it
     * @param cacheBytes most memory kept in KV caches of earlier requests, on all devices together
     */
    public Generator(
            LanguageModel target, LanguageModel drafter, Tokenizer tokenizer, Set<Integer> endTokens, long cacheBytes) {
        this(target, drafter, tokenizer, endTokens, cacheBytes, Optional.empty());
    }

    /**
     * As the other, with a place on the disk.
     *
     * @param stored where the target's long prompts go when they leave memory, and are found again
     */
    public Generator(
            LanguageModel target,
            LanguageModel drafter,
            Tokenizer tokenizer,
            Set<Integer> endTokens,
            long cacheBytes,
            Optional<StoredCaches> stored) {
        this.target = target;
        this.drafter = drafter;
        this.tokenizer = tokenizer;
        this.endTokens = Set.copyOf(endTokens);
        this.endTokenArray = endTokens.stream().mapToInt(Integer::intValue).toArray();
        // checkpoints of one family pad their logits to different sizes
        this.vocabulary = Math.min(target.vocabularySize(), drafter.vocabularySize());
        this.caches = new CachePool(cacheBytes, stored);
    }

    /**
     * Generates an answer.
     *
     * @throws RequestTooLargeException if prompt and answer do not fit a context window or the memory; nothing has been
     *     computed then
     * @throws TorchException if the engine fails, or the model returns logits that are NaN or infinite
     */
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        int maxTokens = request.limits().maxTokens();
        try (PooledSequence prompt = request.plan().targetReads()
                ? take(target, request.writerPrompt(), maxTokens).keptOnDisk()
                : take(drafter, request.writerPrompt(), maxTokens)) {
            return generate(request, prompt, listener);
        }
    }

    /**
     * {@link #generate(GenerationRequest, GenerationListener)}, where the target has begun to read its prompt.
     *
     * @param ahead of this generator and the same target prompt; not to be used for a second generation
     */
    public Generation generate(GenerationRequest request, ReadAhead ahead, GenerationListener listener) {
        return generate(request, (PooledSequence) ahead, listener);
    }

    private Generation generate(GenerationRequest request, PooledSequence prompt, GenerationListener listener) {
        if (request.plan().writer() == Writer.TARGET_OVER_PASSAGES) {
            BitSet passages = new PassageRows().rows(request.prompts());
            PromptReading rows = new CopiedRows(caches, prompt.sequence(), request, passages);
            try (Drafter silent = lookingUp(request, rows.sequence(), new SilentDrafter(rows))) {
                return new Run(request, listener, prompt, rows.sequence(), silent).generate();
            }
        }
        try (Drafter proposals = proposals(request, prompt.sequence())) {
            return new Run(request, listener, prompt, prompt.sequence(), proposals).generate();
        }
    }

    private Drafter proposals(GenerationRequest request, Sequence writer) {
        return lookingUp(request, writer, drafter(request, writer));
    }

    private Drafter lookingUp(GenerationRequest request, Sequence writer, Drafter otherwise) {
        return request.plan().lookup()
                ? new LookupDrafter(writer.model(), request, endTokens, vocabulary, otherwise)
                : otherwise;
    }

    private Drafter drafter(GenerationRequest request, Sequence writer) {
        DraftSource source = request.plan().draftSource();
        if (source instanceof OwnRows own) {
            PromptReading rows = new CopiedRows(caches, writer, request, own.rows(request.prompts()));
            return new ModelDrafter(rows, request, endTokenArray, vocabulary);
        }
        if (source instanceof ModelDrafting byModel) {
            PromptTokens prompts = request.prompts();
            int[] prompt = byModel == ModelDrafting.OVER_PASSAGES ? prompts.drafter() : prompts.target();
            PooledSequence read = take(drafter, prompt, request.limits().maxTokens());
            return new ModelDrafter(read, request, endTokenArray, vocabulary);
        }
        return Drafter.NONE;
    }

    /**
     * Lets the target read its prompt on a thread of its own, while the caller still makes the drafter's.
     *
     * @param maxTokens most tokens of the answer, or more
     * @return to be closed by the caller, which ends the reading
     * @throws RequestTooLargeException if the prompt does not fit the target's context window or the memory
     */
    public ReadAhead readAhead(int[] targetPrompt, int maxTokens) {
        PooledSequence prompt = take(target, targetPrompt, maxTokens).keptOnDisk();
        prompt.startReading();
        return prompt;
    }

    /**
     * Lets the target read the beginning of a prompt, so that later requests find it read.
     *
     * @param prompt at least one token
     * @return how many of its tokens were read before
     * @throws RequestTooLargeException if it does not fit the target's context window or the memory
     * @throws TorchException if the engine fails
     */
    public int read(int[] prompt, GenerationListener listener) {
        // a sequence reads all but its last token, whose logits would be asked for
        int[] followed = Arrays.copyOf(prompt, prompt.length + 1);
        int room = Math.min(ANSWER_ROOM, target.contextLength() - followed.length);
        try (PooledSequence sequence = take(target, followed, Math.max(0, room)).keptOnDisk()) {
            try {
                return sequence.read(listener);
            } catch (TorchException e) {
                sequence.discardWhenClosed();
                throw e;
            }
        }
    }

    /** Removes all that is kept of a text, in memory and on the disk, but for requests that are running. */
    public Forgotten forget(int[] text) {
        return text.length == 0 ? new Forgotten(0, 0) : caches.forget(new TokenRuns(text));
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

    private PooledSequence take(LanguageModel model, int[] prompt, int maxTokens) {
        checkContext(model, prompt, maxTokens);
        KeyValueCache cache = caches.take(model, prompt, prompt.length + maxTokens);
        return new PooledSequence(caches, new Sequence(model, cache, prompt, maxTokens));
    }

    /** One generation. */
    private final class Run {

        private final GenerationRequest request;
        private final GenerationListener listener;
        private final PooledSequence prompt;
        private final Sequence sequence;
        private final Verifier verifier;
        private final Drafter proposals;
        private final TextStream text;
        private final SplittableRandom random;
        private final long start = System.nanoTime();
        private long readEnd;
        private long draftingNanos;
        private int cached;
        private int rounds;
        private int drafted;
        private int accepted;
        private int lookupDrafted;
        private int lookupAccepted;

        /**
         * @param prompt what the model that writes reads
         * @param sequence what it attends to while it writes
         */
        Run(
                GenerationRequest request,
                GenerationListener listener,
                PooledSequence prompt,
                Sequence sequence,
                Drafter proposals) {
            this.request = request;
            this.listener = listener;
            this.prompt = prompt;
            this.sequence = sequence;
            this.verifier = new Verifier(sequence, request, vocabulary);
            this.proposals = proposals;
            this.text = new TextStream(
                    tokens -> tokenizer.decode(tokens, true), request.limits().stopSequences(), listener::onText);
            // unlike java.util.Random, its first draws have nothing in common for neighbouring seeds
            this.random = new SplittableRandom(request.seed());
        }

        Generation generate() {
            try {
                return answer();
            } catch (TorchException e) {
                prompt.discardWhenClosed();
                proposals.discardWhenClosed();
                throw e;
            }
        }

        private Generation answer() {
            cached = read();
            readEnd = System.nanoTime();
            Optional<FinishReason> end;
            GenerationStatistics statistics;
            do {
                listener.checkCancelled();
                end = round();
                statistics = statistics();
                listener.onRound(statistics);
            } while (end.isEmpty());
            return new Generation(text.finish(), end.get(), statistics);
        }

        /**
         * Reads the prompts: a drafter's that has one of its own first, or side by side if it sits on another device;
         * what is drafted from the target's cache comes after the target.
         *
         * @return how many tokens of both were in KV caches before
         */
        private int read() {
            boolean ownPrompt = request.plan().draftSource() instanceof ModelDrafting;
            if (ownPrompt && drafter.device().equals(target.device())) {
                return proposals.read(listener) + prompt.read(listener);
            }
            proposals.startReading();
            return prompt.read(listener) + proposals.read(listener);
        }

        private int drafterPromptTokens() {
            if (!request.plan().targetReads()) {
                return prompt.sequence().promptLength();
            }
            return request.plan().draftSource() instanceof ModelDrafting ? proposals.promptTokens() : 0;
        }

        private GenerationStatistics statistics() {
            boolean targetReads = request.plan().targetReads();
            return new GenerationStatistics(
                    targetReads ? prompt.sequence().promptLength() : 0,
                    drafterPromptTokens(),
                    proposals.promptTokens(),
                    cached,
                    Duration.ZERO,
                    Duration.ofNanos(readEnd - start),
                    Duration.ofNanos(System.nanoTime() - readEnd),
                    Duration.ofNanos(draftingNanos),
                    rounds,
                    drafted,
                    accepted,
                    lookupDrafted,
                    lookupAccepted,
                    sequence.answerLength());
        }

        /** @return why the answer ends here; empty if it goes on */
        private Optional<FinishReason> round() {
            // all draws of a round are made at once, so that a seed gives the same ones whatever is accepted
            double[] draftUniforms = uniforms(request.speculation().draftTokens());
            double[] verifyUniforms = uniforms(request.speculation().draftTokens() + 1);
            int length = Math.min(
                    request.speculation().draftTokens(), request.limits().maxTokens() - sequence.answerLength() - 1);
            long roundStart = System.nanoTime();
            try (Draft draft = length == 0 ? Draft.NONE : proposals.draft(length, draftUniforms)) {
                draftingNanos += System.nanoTime() - roundStart;
                Verdict verdict = verifier.verify(draft, verifyUniforms);
                count(draft, verdict);
                for (int i = 0; i < verdict.accepted(); i++) {
                    Optional<FinishReason> end = emit(draft.tokens()[i], draft.source());
                    if (end.isPresent()) {
                        return end;
                    }
                }
                return emit(verdict.next(), TokenSource.TARGET);
            }
        }

        private void count(Draft draft, Verdict verdict) {
            rounds++;
            drafted += draft.tokens().length;
            accepted += verdict.accepted();
            if (draft.source() == TokenSource.LOOKUP) {
                lookupDrafted += draft.tokens().length;
                lookupAccepted += verdict.accepted();
            }
        }

        private double[] uniforms(int count) {
            return random.doubles(count).toArray();
        }

        /** @return why the answer ends here; empty if it goes on */
        private Optional<FinishReason> emit(int token, TokenSource source) {
            if (endTokens.contains(token)) {
                return Optional.of(FinishReason.STOP);
            }
            sequence.append(token);
            proposals.append(token);
            listener.onToken(token);
            if (text.append(token, source)) {
                return Optional.of(FinishReason.STOP);
            }
            return sequence.answerLength() == request.limits().maxTokens()
                    ? Optional.of(FinishReason.LENGTH)
                    : Optional.empty();
        }
    }

    /** Memory that KV caches take, those of running generations included, on all devices together. */
    public long cacheBytes() {
        return caches.bytes();
    }

    /** Bytes of KV caches on the disk. */
    public long storedBytes() {
        return caches.storedBytes();
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
