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
import dev.rapid4j.internal.decoding.LookupDrafter.Found;
import dev.rapid4j.internal.decoding.Round.Choice;
import dev.rapid4j.internal.decoding.Round.Comparison;
import dev.rapid4j.internal.decoding.Round.Lookup;
import dev.rapid4j.internal.decoding.Round.Outcome;
import dev.rapid4j.internal.decoding.Round.Reader;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.torch.DecoderProgram.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

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
    private final Set<Integer> endTokens;
    private final int[] endTokenArray;
    private final int vocabulary;
    private final CachePool caches;
    private final LongSupplier nanoTime;
    private final PassCosts targetCosts;
    private final PassCosts drafterCosts;
    /** By the models' parts in it: how often tokens stand depends on what is drafted from. */
    private final Map<List<Object>, Experience> experience = new ConcurrentHashMap<>();

    /** Requests that have passes of a model made. */
    private final AtomicInteger running = new AtomicInteger();

    /**
     * @param target reads the whole text; not closed by this
     * @param drafter reads the passages; may be the target itself (self-speculation); not closed by this
     * @param endTokens end an answer and are no part of it
     * @param cacheBytes most memory kept in KV caches of earlier requests, on all devices together
     */
    public Generator(LanguageModel target, LanguageModel drafter, Set<Integer> endTokens, long cacheBytes) {
        this(target, drafter, endTokens, cacheBytes, Optional.empty());
    }

    /**
     * As the other, with a place on the disk.
     *
     * @param stored where the target's long prompts go when they leave memory, and are found again
     */
    public Generator(
            LanguageModel target,
            LanguageModel drafter,
            Set<Integer> endTokens,
            long cacheBytes,
            Optional<StoredCaches> stored) {
        this(target, drafter, endTokens, new CachePool(cacheBytes, stored), System::nanoTime);
    }

    /** @param nanoTime a clock */
    Generator(
            LanguageModel target,
            LanguageModel drafter,
            Set<Integer> endTokens,
            CachePool caches,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.target = target;
        this.drafter = drafter;
        this.endTokens = Set.copyOf(endTokens);
        this.endTokenArray = endTokens.stream().mapToInt(Integer::intValue).toArray();
        // checkpoints of one family pad their logits to different sizes
        this.vocabulary = Math.min(target.vocabularySize(), drafter.vocabularySize());
        this.caches = caches;
        this.targetCosts = new PassCosts(PassTimes.nominal(target));
        this.drafterCosts = drafter == target
                ? targetCosts
                : new PassCosts(
                        PassTimes.nominal(drafter),
                        Optional.of(targetCosts).filter(alike -> drafter.sharesDeviceWith(target)));
    }

    /**
     * Generates an answer.
     *
     * @throws RequestTooLargeException if prompt and answer do not fit a context window or the memory; nothing has been
     *     computed then
     * @throws TorchException if the engine fails, or the model returns logits that are NaN or infinite
     */
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        boolean targetReads = request.plan().targetReads();
        LanguageModel writer = targetReads ? target : drafter;
        ReadPrompt read = targetReads ? ReadPrompt.WHOLE_BY_TARGET : ReadPrompt.PASSAGES_BY_DRAFTER;
        Optional<Part> drafts = drafts(request);
        List<CacheNeed> needs = Stream.concat(
                        Stream.of(need(writer, request.writerPrompt(), request.maxTokens())
                                .readAtOnce()),
                        drafts.map(Part::need).stream())
                .toList();
        List<KeyValueCache> taken = caches.take(needs, listener);
        try (PooledSequence prompt = pooled(writer, read, request.writerPrompt(), request.maxTokens(), taken)) {
            if (targetReads) {
                prompt.keptOnDisk();
            }
            return generate(request, prompt, drafts.map(part -> part.reading(prompt, taken.get(1))), listener);
        }
    }

    private PooledSequence pooled(
            LanguageModel model, ReadPrompt read, int[] prompt, int maxTokens, List<KeyValueCache> taken) {
        try {
            return new PooledSequence(caches, new Sequence(model, read, taken.get(0), prompt, maxTokens));
        } catch (RuntimeException | OutOfMemoryError e) {
            taken.forEach(caches::discard);
            throw e;
        }
    }

    /**
     * What is drafted from beside the prompt of the model that writes.
     *
     * @param made of its cache and of what the writer reads
     */
    private record Part(CacheNeed need, BiFunction<PooledSequence, KeyValueCache, PromptReading> made) {

        PromptReading reading(PooledSequence writer, KeyValueCache cache) {
            return made.apply(writer, cache);
        }
    }

    private Optional<Part> drafts(GenerationRequest request) {
        if (request.plan().writer() == Writer.TARGET_OVER_PASSAGES) {
            return Optional.of(rows(request, new PassageRows().rows(request.prompts())));
        }
        DraftSource source = request.plan().draftSource();
        if (source instanceof OwnRows own) {
            return Optional.of(rows(request, own.rows(request.prompts())));
        }
        if (source instanceof ModelDrafting byModel) {
            PromptTokens prompts = request.prompts();
            boolean passages = byModel == ModelDrafting.OVER_PASSAGES;
            int[] prompt = passages ? prompts.drafter() : prompts.target();
            ReadPrompt read = passages ? ReadPrompt.PASSAGES_BY_DRAFTER : ReadPrompt.WHOLE_BY_DRAFTER;
            int maxTokens = request.maxTokens();
            return Optional.of(new Part(
                    need(drafter, prompt, maxTokens),
                    (writer, cache) -> pooled(drafter, read, prompt, maxTokens, List.of(cache))));
        }
        return Optional.empty();
    }

    private Part rows(GenerationRequest request, BitSet chosen) {
        return new Part(
                CopiedRows.need(target, request, chosen), (writer, cache) -> copied(request, chosen, writer, cache));
    }

    private PromptReading copied(GenerationRequest request, BitSet chosen, PooledSequence writer, KeyValueCache room) {
        try {
            return new CopiedRows(caches, writer.sequence(), request, chosen, room);
        } catch (RuntimeException | OutOfMemoryError e) {
            caches.discard(room);
            throw e;
        }
    }

    /**
     * {@link #generate(GenerationRequest, GenerationListener)}, where the target has begun to read its prompt.
     *
     * @param ahead of this generator and the same target prompt; not to be used for a second generation
     */
    public Generation generate(GenerationRequest request, ReadAhead ahead, GenerationListener listener) {
        PooledSequence prompt = (PooledSequence) ahead;
        Optional<Part> drafts = drafts(request);
        Optional<KeyValueCache> cache = drafts.flatMap(part -> caches.takeFree(part.need()));
        if (drafts.isPresent() && cache.isEmpty()) {
            // who waits for memory holds none: what has been read is found again, unless it has to make room
            prompt.close();
            return generate(request, listener);
        }
        return generate(request, prompt, drafts.map(part -> part.reading(prompt, cache.orElseThrow())), listener);
    }

    private Generation generate(
            GenerationRequest request,
            PooledSequence prompt,
            Optional<PromptReading> drafts,
            GenerationListener listener) {
        Masks masks = new Masks(vocabulary, endTokens, nanoTime);
        boolean overPassages = request.plan().writer() == Writer.TARGET_OVER_PASSAGES;
        Sequence sequence = overPassages ? drafts.orElseThrow().sequence() : prompt.sequence();
        try (Drafter drafting = drafts.<Drafter>map(reading -> overPassages
                        ? new SilentDrafter(reading)
                        : new ModelDrafter(reading, request, endTokenArray, vocabulary, masks))
                .orElse(Drafter.NONE)) {
            return new Run(request, listener, prompt, sequence, drafting, masks).generate();
        }
    }

    private Experience experience(DecodingPlan plan) {
        return experience.computeIfAbsent(
                List.of(plan.writer(), plan.draftSource(), plan.margin() > 0, plan.learnsThroughout()),
                unused -> Experience.of(
                        plan.targetReads() ? targetCosts : drafterCosts,
                        plan.draftSource() instanceof ModelDrafting ? drafterCosts : targetCosts));
    }

    /**
     * Lets the target read its prompt on a thread of its own, while the caller still makes the drafter's.
     *
     * @param maxTokens most tokens of the answer, or more
     * @param listener asked whether to go on, if others have to end before
     * @return to be closed by the caller, which ends the reading
     * @throws RequestTooLargeException if the prompt does not fit the target's context window or the memory
     */
    public ReadAhead readAhead(int[] targetPrompt, int maxTokens, GenerationListener listener) {
        PooledSequence prompt = takeToRead(targetPrompt, maxTokens, listener);
        prompt.startReading();
        return prompt;
    }

    /**
     * Checks a prompt that is to be {@linkplain #read(int[], GenerationListener) read} for later requests.
     *
     * @throws RequestTooLargeException if it would not be kept for them, neither in memory nor on the disk
     */
    public void checkKept(int[] prompt) {
        int tokens = prompt.length + 1 + answerRoom(prompt.length);
        if (!caches.keeps(target, prompt.length, tokens)) {
            throw new RequestTooLargeException(
                    ("Keeping %,d tokens read takes %,d MB, more than the %,d MB of cacheBytes; allow more, or set a"
                                    + " cacheDirectory")
                            .formatted(
                                    prompt.length,
                                    ByteSizes.megabytes(caches.bytes(target, prompt.length, tokens)),
                                    ByteSizes.megabytes(caches.maxBytes())));
        }
    }

    private int answerRoom(int promptTokens) {
        return Math.max(0, Math.min(ANSWER_ROOM, target.contextLength() - promptTokens - 1));
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
        int room = answerRoom(prompt.length);
        try (PooledSequence sequence = takeToRead(followed, room, listener)) {
            running.incrementAndGet();
            try {
                return sequence.read(listener);
            } catch (TorchException e) {
                sequence.discardWhenClosed();
                throw e;
            } finally {
                running.decrementAndGet();
            }
        }
    }

    /**
     * How much of a prompt the target would find read, in memory or on the disk, but for what a request is using.
     *
     * @param prompt at least one token
     */
    public int known(int[] prompt) {
        return caches.known(target, prompt);
    }

    /** Removes all that is kept of a text, in memory and on the disk, but for requests that are running. */
    public Forgotten forget(TokenRuns text) {
        return caches.forget(text);
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
        if (prompt.length >= model.contextLength()) {
            throw new RequestTooLargeException(
                    ("The prompt has %,d tokens, and %s can hold %,d, the answer included; shorten"
                                    + " the text, or set oversizedPrompts to SHORTEN_MIDDLE")
                            .formatted(prompt.length, model.name(), model.contextLength()));
        }
        long needed = (long) prompt.length + maxTokens;
        if (needed > model.contextLength()) {
            throw new RequestTooLargeException(("The prompt has %,d tokens and the answer may have %,d, together more"
                            + " than the %,d that %s can hold; shorten the text, allow fewer output tokens, or set"
                            + " oversizedPrompts to SHORTEN_MIDDLE")
                    .formatted(prompt.length, maxTokens, model.contextLength(), model.name()));
        }
    }

    private CacheNeed need(LanguageModel model, int[] prompt, int maxTokens) {
        checkContext(model, prompt, maxTokens);
        return caches.need(model, prompt, prompt.length + maxTokens);
    }

    private PooledSequence takeToRead(int[] prompt, int maxTokens, GenerationListener listener) {
        KeyValueCache cache = caches.take(need(target, prompt, maxTokens).readAtOnce(), listener);
        return pooled(target, ReadPrompt.WHOLE_BY_TARGET, prompt, maxTokens, List.of(cache))
                .keptOnDisk();
    }

    /** One generation. */
    private final class Run {

        private final GenerationRequest request;
        private final GenerationListener listener;
        private final PooledSequence prompt;
        private final Sequence sequence;
        private final Masks masks;
        private final Verifier verifier;
        private final Drafter proposals;
        private final Optional<LookupDrafter> lookup;
        private final Experience experience;
        private final DraftLengths lengths;
        private final SplittableRandom random;
        private final long start = nanoTime.getAsLong();
        private long readEnd;
        private boolean drafterHasRead;
        private long draftingNanos;
        private int cached;
        private int rounds;
        private int roundsWithoutDraft;
        private int drafted;
        private int accepted;
        private int lookupDrafted;
        private int lookupAccepted;
        private int grammarDrafted;
        private int grammarAccepted;
        /** Behind the answer so far. */
        private Constraint constraint;

        /**
         * @param prompt what the model that writes reads
         * @param sequence what it attends to while it writes
         */
        Run(
                GenerationRequest request,
                GenerationListener listener,
                PooledSequence prompt,
                Sequence sequence,
                Drafter proposals,
                Masks masks) {
            this.request = request;
            this.listener = listener;
            this.prompt = prompt;
            this.sequence = sequence;
            this.masks = masks;
            this.constraint = RememberedConstraint.of(request.constraint());
            this.verifier = new Verifier(sequence, request, vocabulary, masks);
            this.proposals = proposals;
            this.lookup = request.plan().lookup()
                    ? Optional.of(new LookupDrafter(sequence.model(), request, endTokens, vocabulary))
                    : Optional.empty();
            this.experience = experience(request.plan());
            this.lengths = request.draftLengths(experience);
            // unlike java.util.Random, its first draws have nothing in common for neighbouring seeds
            this.random = new SplittableRandom(request.seed());
        }

        Generation generate() {
            running.incrementAndGet();
            try {
                return answer();
            } catch (TorchException e) {
                prompt.discardWhenClosed();
                proposals.discardWhenClosed();
                throw e;
            } finally {
                running.decrementAndGet();
            }
        }

        private Generation answer() {
            cached = read();
            readEnd = nanoTime.getAsLong();
            Optional<FinishReason> end;
            GenerationStatistics statistics;
            do {
                listener.checkCancelled();
                end = round();
                statistics = statistics();
                listener.onRound(statistics);
            } while (end.isEmpty());
            return new Generation(sequence.answer(), end.get(), prompt.cached(), statistics);
        }

        /**
         * Reads the prompts: a drafter's that has one of its own first, or side by side if it shares no device with it,
         * or later if it is not going to draft yet; what is drafted from the target's cache comes after the target.
         *
         * @return how many tokens of both were in KV caches before
         */
        private int read() {
            boolean ownPrompt = request.plan().draftSource() instanceof ModelDrafting;
            if (ownPrompt && !draftsSoon()) {
                return prompt.read(listener);
            }
            drafterHasRead = true;
            if (ownPrompt && drafter.sharesDeviceWith(target)) {
                return proposals.read(listener) + prompt.read(listener);
            }
            proposals.startReading();
            return prompt.read(listener) + proposals.read(listener);
        }

        private boolean draftsSoon() {
            Reader read = new Reader(1, sequence.promptLength() - 1);
            Reader drafterRead = new Reader(1, proposals.promptTokens() - 1);
            return lengths.drafts(new Round(
                    lengths.most(),
                    read,
                    Optional.of(drafterRead),
                    Optional.empty(),
                    0,
                    0,
                    request.plan().learnsThroughout(),
                    running.get()));
        }

        /** In the middle of an answer; the listener has heard that reading is over. */
        private void readLate() {
            cached += proposals.read(new GenerationListener() {
                @Override
                public void checkCancelled() {
                    listener.checkCancelled();
                }
            });
            drafterHasRead = true;
        }

        private GenerationStatistics statistics() {
            boolean targetReads = request.plan().targetReads();
            return new GenerationStatistics(
                    targetReads ? prompt.sequence().promptLength() : 0,
                    targetReads ? drafterPromptTokens() : prompt.sequence().promptLength(),
                    attendedTokens(),
                    cached,
                    prompt.restored(),
                    Duration.ZERO,
                    Duration.ofNanos(readEnd - start),
                    Duration.ofNanos(nanoTime.getAsLong() - readEnd),
                    Duration.ofNanos(draftingNanos),
                    rounds,
                    roundsWithoutDraft,
                    drafted,
                    accepted,
                    lookupDrafted,
                    lookupAccepted,
                    grammarDrafted,
                    grammarAccepted,
                    sequence.answerLength());
        }

        /** What was copied for a drafter that neither drafted nor taught was not attended to. */
        private int attendedTokens() {
            boolean attended = request.plan().writer() == Writer.TARGET_OVER_PASSAGES
                    || request.plan().learnsThroughout()
                    || drafted > lookupDrafted + grammarDrafted;
            return attended ? proposals.promptTokens() : 0;
        }

        private int drafterPromptTokens() {
            return drafterHasRead && request.plan().draftSource() instanceof ModelDrafting
                    ? proposals.promptTokens()
                    : 0;
        }

        /** @return why the answer ends here; empty if it goes on */
        private Optional<FinishReason> round() {
            Optional<FinishReason> ended = takeWhatHasNoChoice();
            if (ended.isPresent()) {
                return ended;
            }
            // all draws of a round are made at once, so that a seed gives the same ones whatever is accepted
            double[] draftUniforms = uniforms(lengths.most());
            double[] verifyUniforms = uniforms(lengths.most() + 1);
            long begin = nanoTime.getAsLong();
            int[] certain = certain();
            Optional<Found> found =
                    lookup.flatMap(earlier -> earlier.find(mostToDraft())).flatMap(this::possible);
            Round round = round(certain, found);
            Choice choice = lengths.choose(round);
            if (choice.source() == TokenSource.DRAFTER && !drafterHasRead) {
                readLate();
                round = round(certain, found);
            }
            long draftBegin = nanoTime.getAsLong();
            long masksBefore = masks.nanos();
            try (Draft draft = draft(choice, certain, found, draftUniforms)) {
                long verifyBegin = nanoTime.getAsLong();
                long masksOfDraft = masks.nanos() - masksBefore;
                Verdict verdict = verifier.verify(draft, constraint, verifyUniforms, listener);
                long end = nanoTime.getAsLong();
                long masksOfVerification = masks.nanos() - masksBefore - masksOfDraft;
                draftingNanos += verifyBegin - begin;
                count(draft, verdict);
                learn(
                        round,
                        draft,
                        verdict,
                        certain,
                        found,
                        (verifyBegin - draftBegin - masksOfDraft) / 1e9,
                        (end - verifyBegin - masksOfVerification) / 1e9);
                for (int i = 0; i < verdict.accepted(); i++) {
                    Optional<FinishReason> reason =
                            emit(draft.tokens()[i], draft.sources().get(i));
                    if (reason.isPresent()) {
                        return reason;
                    }
                }
                return emit(verdict.next(), TokenSource.TARGET);
            }
        }

        /**
         * Tokens that have a probability of 1 for whoever chooses: they take no pass, but are read with the next one.
         *
         * @return why the answer ends with them; empty if it goes on
         */
        private Optional<FinishReason> takeWhatHasNoChoice() {
            Optional<FinishReason> reason = constraint.complete() ? Optional.of(FinishReason.STOP) : Optional.empty();
            while (reason.isEmpty()) {
                OptionalInt only = masks.only(constraint);
                if (only.isEmpty()) {
                    break;
                }
                reason = emit(only.getAsInt(), TokenSource.GRAMMAR);
                if (!endTokens.contains(only.getAsInt())) {
                    drafted++;
                    accepted++;
                    grammarDrafted++;
                    grammarAccepted++;
                }
            }
            return reason;
        }

        /** What has to come; not where it would keep the answer from learning from a draft. */
        private int[] certain() {
            return request.plan().draftsChangeTheAnswer() ? new int[0] : masks.certain(constraint, mostToDraft());
        }

        /** Of what was found, as much as may follow. */
        private Optional<Found> possible(Found found) {
            int[] tokens = masks.possible(constraint, found.tokens());
            return tokens.length == 0 ? Optional.empty() : Optional.of(new Found(found.match(), tokens));
        }

        private int mostToDraft() {
            return Math.min(lengths.most(), request.maxTokens() - sequence.answerLength() - 1);
        }

        private Round round(int[] certain, Optional<Found> found) {
            return new Round(
                    mostToDraft(),
                    sequence.reader(),
                    proposals.reader(),
                    found.map(tokens -> new Lookup(tokens.match(), tokens.tokens().length)),
                    certain.length,
                    sequence.answerLength(),
                    request.plan().learnsThroughout(),
                    running.get());
        }

        private Draft draft(Choice choice, int[] certain, Optional<Found> found, double[] uniforms) {
            Draft draft = switch (choice.source()) {
                case TARGET -> Draft.NONE;
                case DRAFTER -> proposals.draft(choice.tokens(), constraint, uniforms, listener);
                case LOOKUP -> lookup.orElseThrow().draft(found.orElseThrow(), choice.tokens());
                case GRAMMAR ->
                    Draft.of(sequence.model().draftOf(Arrays.copyOf(certain, choice.tokens())), TokenSource.GRAMMAR);
            };
            return request.plan().learnsThroughout() ? proposals.complete(draft, constraint, listener) : draft;
        }

        private void learn(
                Round round,
                Draft draft,
                Verdict verdict,
                int[] certain,
                Optional<Found> found,
                double draftSeconds,
                double verifySeconds) {
            int[] drafts = draft.tokens();
            int[] brought = Arrays.copyOf(drafts, verdict.accepted() + 1);
            brought[verdict.accepted()] = verdict.next();
            Outcome outcome = new Outcome(
                    draft.sources(),
                    verdict.accepted(),
                    found.map(earlier -> Comparison.of(earlier.tokens(), brought))
                            .orElse(Comparison.NONE),
                    Comparison.of(certain, brought),
                    draftSeconds,
                    verifySeconds);
            lengths.ended(round, outcome);
            experience.ended(round, outcome, round.company() == 1 && running.get() == 1);
        }

        private void count(Draft draft, Verdict verdict) {
            List<TokenSource> sources = draft.sources();
            List<TokenSource> standing = sources.subList(0, verdict.accepted());
            rounds++;
            roundsWithoutDraft += sources.isEmpty() ? 1 : 0;
            drafted += sources.size();
            accepted += standing.size();
            lookupDrafted += Collections.frequency(sources, TokenSource.LOOKUP);
            lookupAccepted += Collections.frequency(standing, TokenSource.LOOKUP);
            grammarDrafted += Collections.frequency(sources, TokenSource.GRAMMAR);
            grammarAccepted += Collections.frequency(standing, TokenSource.GRAMMAR);
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
            lookup.ifPresent(earlier -> earlier.append(token));
            constraint = constraint.after(token);
            if (listener.onToken(token, source) || constraint.complete()) {
                return Optional.of(FinishReason.STOP);
            }
            return sequence.answerLength() == request.maxTokens() ? Optional.of(FinishReason.LENGTH) : Optional.empty();
        }
    }

    /** Does what needs the machine, such as a request from its beginning on: meanwhile no idle KV cache is written. */
    public void undisturbed(Runnable work) {
        caches.undisturbed(work);
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
