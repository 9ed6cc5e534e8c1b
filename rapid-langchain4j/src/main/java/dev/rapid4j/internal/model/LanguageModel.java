package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchException.Problem;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.PackedCalls.Kind;
import dev.rapid4j.internal.model.Stages.Stage;
import dev.rapid4j.internal.torch.ByteTensor;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.DecoderProgram.Completion;
import dev.rapid4j.internal.torch.DecoderProgram.Draft;
import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import dev.rapid4j.internal.torch.DecoderProgram.Products;
import dev.rapid4j.internal.torch.DecoderProgram.Reading;
import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.DecoderProgram.Verdict;
import dev.rapid4j.internal.torch.DecoderProgram.Verification;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.WeightsProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A decoder-only network with its weights on a device, or its layers in a row over several. Holds no state of any
 * conversation: that is in the {@link KeyValueCache}s. Safe to use from several threads, each with its own cache: what
 * they ask for at the same time is done in one pass for all of them ({@link PackedCalls}).
 */
public final class LanguageModel implements AutoCloseable {

    private static final Map<WeightPlan.Kind, WeightsProgram.Rounding> ROUNDINGS = Map.of(
            WeightPlan.Kind.INTEGERS, WeightsProgram.Rounding.INTEGERS,
            WeightPlan.Kind.FLOATS, WeightsProgram.Rounding.FLOATS,
            WeightPlan.Kind.GROUPS, WeightsProgram.Rounding.GROUPS);

    private final DecoderProgram program;
    private final String name;
    private final DecoderConfiguration configuration;
    private final Stages stages;
    private final NumberFormat numbers;
    private final ModelMemory memory;
    private final WeightPlan weights;
    private final int integerSteps;
    private final DecoderProgram.Model model;
    private final Draft noDraft;

    private final PackedCalls calls;
    private final Kind<Reading, Reading> prefills;
    private final Kind<Asked<Integer>, double[]> logits;
    private final Kind<Asked<Drafting>, Draft> drafts;
    private final Kind<Asked<Completion>, Draft> completions;
    private final Kind<Asked<Verification>, Verdict> verdicts;

    /** What is wanted behind tokens to be read. */
    private record Asked<T>(Reading reading, T what) {

        static List<Reading> readings(List<? extends Asked<?>> all) {
            return all.stream().<Reading>map(Asked::reading).toList();
        }

        static <T> List<T> whats(List<Asked<T>> all) {
            return all.stream().map(Asked::what).toList();
        }
    }

    private LanguageModel(LoadingPlan plan, Optional<LanguageModel> beside, ProgressListener progress) {
        this.name = plan.checkpoint().name();
        this.configuration = plan.checkpoint().configuration();
        this.stages = plan.stages();
        this.numbers = plan.numbers();
        this.memory = plan.memory();
        this.weights = plan.weights();
        WeightLoader.requireMemory(name, weights, 0);
        this.program = new DecoderProgram();
        Optional<Products> products = weights.has(WeightPlan.Kind.PACKED)
                ? Optional.of(checked(Device.CPU, program::check8BitProducts))
                : Optional.empty();
        weights.devices().forEach(this::checkProducts);
        this.integerSteps = products.map(Products::steps).orElse(0);
        boolean fixedScale = products.filter(Products::fixedScale).isPresent();
        this.noDraft = program.draftOf(new int[0]);
        try (WeightsProgram.Table table = WeightLoader.load(name, weights, progress)) {
            this.model = program.assemble(
                    table,
                    network(),
                    stages.list().stream()
                            .map(stage -> new DecoderProgram.Stage(stage.first(), stage.device()))
                            .toList(),
                    fixedScale);
        } catch (RuntimeException | Error e) {
            noDraft.close();
            throw e;
        }
        this.calls =
                beside.filter(this::sharesDeviceWith).map(other -> other.calls).orElseGet(PackedCalls::new);
        this.prefills = new Kind<>(true, readings -> {
            program.prefill(model, readings);
            return readings;
        });
        this.logits = new Kind<>(false, this::logits);
        this.drafts = new Kind<>(false, asked -> program.draft(model, Asked.readings(asked), Asked.whats(asked)));
        this.completions =
                new Kind<>(false, asked -> program.complete(model, Asked.readings(asked), Asked.whats(asked)));
        this.verdicts = new Kind<>(false, asked -> program.verify(model, Asked.readings(asked), Asked.whats(asked)));
    }

    private List<double[]> logits(List<Asked<Integer>> asked) {
        int[] rows = asked.stream().mapToInt(Asked::what).toArray();
        double[] all = program.logits(model, Asked.readings(asked), rows);
        List<double[]> each = new ArrayList<>();
        int end = 0;
        for (int count : rows) {
            int begin = end;
            end += count * vocabularySize();
            each.add(Arrays.copyOfRange(all, begin, end));
        }
        return each;
    }

    private void checkProducts(Device device) {
        ROUNDINGS.forEach((kind, rounding) -> {
            if (weights.has(kind, device)) {
                checked(device, () -> {
                    program.checkProducts(rounding, device);
                    return rounding;
                });
            }
        });
    }

    private <T> T checked(Device device, Supplier<T> check) {
        try {
            return check.get();
        } catch (TorchException e) {
            throw new TorchException(
                    "%s weights need products on %s that this machine's PyTorch does not have, or has wrong (%s); choose BFLOAT16 or FLOAT32"
                            .formatted(numbers.weights(), device, e.getMessage()),
                    e);
        }
    }

    private DecoderProgram.Network network() {
        DecoderConfiguration.Attention attention = configuration.attention();
        DecoderConfiguration.FeedForward feedForward = configuration.feedForward();
        DecoderConfiguration.Norms norms = configuration.norms();
        DecoderConfiguration.Multipliers multipliers = configuration.multipliers();
        int parts = devices().contains(Device.CPU) ? Math.max(1, Torch.threads() / attention.keyValueHeads()) : 1;
        return new DecoderProgram.Network(
                new DecoderProgram.Attention(
                        attention.heads(),
                        attention.keyValueHeads(),
                        attention.headDimension(),
                        parts,
                        attention.scale(),
                        attention.softCap()),
                new DecoderProgram.FeedForward(
                        feedForward.width(),
                        feedForward.activation().name().toLowerCase(Locale.ROOT),
                        feedForward.experts().map(LanguageModel::mixture).orElse(DecoderProgram.Mixture.NONE)),
                new DecoderProgram.Norms(norms.centred(), norms.offset(), norms.epsilon(), norms.parallel()),
                new DecoderProgram.Multipliers(
                        multipliers.embedding(),
                        multipliers.residual(),
                        multipliers.logits(),
                        multipliers.logitSoftCap(),
                        multipliers.queryGrowth(),
                        multipliers.queryLength()),
                RotaryFrequencies.of(configuration, contextLength()),
                configuration.layers().stream()
                        .map(layer -> new DecoderProgram.Layer(
                                SlidingLayers.window(layer, contextLength()),
                                layer.rotary(),
                                layer.experts()
                                        ? feedForward.experts().orElseThrow().count()
                                        : 0))
                        .toList());
    }

    private static DecoderProgram.Mixture mixture(DecoderConfiguration.Experts experts) {
        return new DecoderProgram.Mixture(
                experts.chosen(), experts.normalised(), experts.width(), experts.denseWidth(), experts.interleaved());
    }

    /** {@link #load(LoadingPlan, ProgressListener)} on one device. */
    public static LanguageModel load(Checkpoint checkpoint, Device device, WeightFormat weights) {
        return load(checkpoint, device, weights, CacheType.AUTO, Integer.MAX_VALUE, new ProgressListener() {});
    }

    /** {@link #load(LoadingPlan, ProgressListener)} on one device. */
    public static LanguageModel load(
            Checkpoint checkpoint,
            Device device,
            WeightFormat weights,
            CacheType cache,
            int maxContextTokens,
            ProgressListener progress) {
        Placement place = new Placement(Devices.of(device), weights, cache);
        return load(LoadingPlan.of(checkpoint, place, maxContextTokens, ignored -> 0L), progress);
    }

    /**
     * Loads the weights. A weight that already has the format and stays on the CPU is not copied but memory-mapped.
     *
     * @param progress hears how far loading is
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static LanguageModel load(LoadingPlan plan, ProgressListener progress) {
        return load(plan, Optional.empty(), progress);
    }

    /**
     * {@link #load(LoadingPlan, ProgressListener)} of a model that is used together with another.
     *
     * @param beside takes turns with this one, if there is a device that both use
     */
    public static LanguageModel load(LoadingPlan plan, Optional<LanguageModel> beside, ProgressListener progress) {
        return new LanguageModel(plan, beside, progress);
    }

    /** With numbers that need not be those of the device: what another one computes can be checked so. */
    static LanguageModel load(Checkpoint checkpoint, Device device, NumberFormat numbers) {
        return load(
                LoadingPlan.of(checkpoint, Devices.of(device), numbers, Integer.MAX_VALUE, ignored -> 0L),
                new ProgressListener() {});
    }

    /** The format asked for, or what {@link WeightFormat#AUTO} is for this checkpoint on this machine at the moment. */
    public static WeightFormat weights(WeightFormat asked, Checkpoint checkpoint, Devices devices) {
        return AutomaticWeights.resolve(asked, checkpoint, devices);
    }

    public String name() {
        return name;
    }

    public Stages stages() {
        return stages;
    }

    /** Those on which it lies, each once, in the order of the layers. */
    public List<Device> devices() {
        return stages.devices();
    }

    /** Whether a device has layers of both. */
    public boolean sharesDeviceWith(LanguageModel other) {
        return !Collections.disjoint(devices(), other.devices());
    }

    public NumberFormat numbers() {
        return numbers;
    }

    /** Steps of an activation on either side of zero in 8-bit products, as the processor allows; 0 without such. */
    int integerSteps() {
        return integerSteps;
    }

    /** Rows of logits; ids from this on are refused. */
    public int vocabularySize() {
        return configuration.vocabularySize();
    }

    public int layers() {
        return configuration.layers().size();
    }

    /** Query heads that share keys and values. */
    public int queryGroup() {
        return configuration.attention().heads() / configuration.attention().keyValueHeads();
    }

    /** Most tokens of a sequence. */
    public int contextLength() {
        return memory.contextLength();
    }

    /** Memory of the weights in bytes, without those that are used memory-mapped. */
    public long weightBytes() {
        return weights.bytes();
    }

    /** {@link #weightBytes()} on a device. */
    public long weightBytes(Device device) {
        return weights.bytes(device);
    }

    /** Bytes of the weights that are used as they lie in their files, memory-mapped. */
    public long mappedBytes() {
        return weights.mappedBytes();
    }

    /** {@link #mappedBytes()} of the layers that lie on a device. */
    public long mappedBytes(Device device) {
        return weights.mappedBytes(device);
    }

    /** Bytes of the weights that a pass of one token reads. */
    public double bytesOfOneToken() {
        return weightBytes() + mappedBytes() - weights.expertBytes() * (1 - chosenShare());
    }

    /** Bytes of the weights that each further token of a pass reads, of experts that no other has chosen. */
    public double bytesOfFurtherToken() {
        return weights.expertBytes() * chosenShare() * (1 - chosenShare());
    }

    /** How much of the layers is on the CPU, from 0 to 1. */
    public double shareOnCpu() {
        return (double) stages.layersOn(Device.CPU) / layers();
    }

    private Stream<Stage> stagesOn(Device device) {
        return stages.list().stream().filter(stage -> stage.device().equals(device));
    }

    private double chosenShare() {
        return configuration
                .feedForward()
                .experts()
                .map(experts -> (double) experts.chosen() / experts.count())
                .orElse(1.0);
    }

    /** Memory of a KV cache of so many tokens, in bytes. */
    public long cacheBytes(int tokens) {
        return cacheBytes(tokens, CacheExtent.WINDOW);
    }

    /** Memory of a KV cache with room for so many tokens, in bytes. */
    public long cacheBytes(int capacity, CacheExtent extent) {
        return cacheBytes(stages.list().stream(), new Rows(capacity, sliding().rows(capacity, extent)));
    }

    /** {@link #cacheBytes(int, CacheExtent)} of its part on a device. */
    public long cacheBytes(Device device, int capacity, CacheExtent extent) {
        return cacheBytes(device, capacity, 0, extent);
    }

    /**
     * {@link #cacheBytes(Device, int, CacheExtent)} of one that begins with tokens of another.
     *
     * @param shared so many, which are in the other's memory
     */
    public long cacheBytes(Device device, int capacity, int shared, CacheExtent extent) {
        return cacheBytes(device, new Rows(capacity - shared, sliding().rows(capacity, extent)));
    }

    /** How much of a KV cache of all the context is on a device, from 0 to 1. */
    public double cacheShare(Device device) {
        return (double) cacheBytes(device, contextLength(), CacheExtent.WINDOW) / cacheBytes(contextLength());
    }

    /** Memory of so many rows on a device, in bytes. */
    long cacheBytes(Device device, Rows rows) {
        return cacheBytes(stagesOn(device), rows);
    }

    private long cacheBytes(Stream<Stage> of, Rows rows) {
        return of.flatMapToInt(stage -> IntStream.range(stage.first(), stage.end()))
                .mapToLong(layer -> memory.cacheBytes(layer, rows))
                .sum();
    }

    /** Memory of the keys and values of so many tokens in all layers, in bytes. */
    public long rowBytes(int tokens) {
        return memory.rowBytes(tokens);
    }

    /** Keys and values that one token more in a cache has each later one attend to, in bytes, on average. */
    public long attendedBytes() {
        return memory.attendedBytes();
    }

    SlidingLayers sliding() {
        return memory.sliding();
    }

    /** Memory beyond weights and cache while tokens go through the network, in bytes; an estimate from above. */
    public long workingBytes() {
        return devices().stream().mapToLong(this::workingBytes).sum();
    }

    /** {@link #workingBytes()} on one of its devices. */
    public long workingBytes(Device device) {
        return memory.passBytes(device) + (device.equals(stages.last()) ? memory.logitBytes() : 0);
    }

    /** Room for {@code capacity} tokens; closed by the caller. */
    public KeyValueCache newCache(int capacity) {
        return newCache(capacity, CacheExtent.WINDOW);
    }

    /** Room for {@code capacity} tokens, or for those of layers that slide over a window; closed by the caller. */
    public KeyValueCache newCache(int capacity, CacheExtent extent) {
        if (capacity < 1) {
            throw new IllegalArgumentException("A KV cache needs room for at least one token, not " + capacity);
        }
        Rows rows = new Rows(capacity, sliding().rows(capacity, extent));
        return new KeyValueCache(
                this, program.newCache(model, rows, numbers.cache()), new CacheMemory(this, rows), extent);
    }

    DecoderProgram.Cache branchCache(DecoderProgram.Cache from, int shared, int past, Rows capacity) {
        return program.branchCache(model, from, shared, past, capacity);
    }

    void shareLess(DecoderProgram.Cache cache, int count) {
        program.shareLess(cache, count);
    }

    void copyWindow(DecoderProgram.Cache into, DecoderProgram.Cache from, int first, int count) {
        program.copyWindow(into, from, first, count);
    }

    void slide(DecoderProgram.Cache cache, int first, int count) {
        program.slide(cache, first, count);
    }

    void copyRows(DecoderProgram.Cache into, DecoderProgram.Cache from, int[] starts, int[] counts) {
        program.copyRows(into, from, starts, counts);
    }

    void copyRows(DecoderProgram.Cache cache, int first, int count, ByteBuffer into) {
        try (ByteTensor bytes = ByteTensor.over(into)) {
            program.copyRows(cache, first, count, bytes);
        }
    }

    void restoreRows(DecoderProgram.Cache cache, int first, int count, int known, ByteBuffer from) {
        try (ByteTensor bytes = ByteTensor.over(from)) {
            program.restoreRows(cache, first, count, known, bytes);
        }
    }

    /** Follows a prefill. */
    @FunctionalInterface
    public interface PrefillProgress {

        /**
         * Called between chunks. What it throws ends the prefill; the tokens so far stay in the cache.
         *
         * @param done tokens read so far
         */
        void onTokens(int done);
    }

    /** Reads tokens into the cache, a chunk at a time, without computing logits. */
    public void prefill(TokenCache cache, int[] ids, PrefillProgress progress) {
        for (int from = 0; from < ids.length; from += chunk()) {
            int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + chunk()));
            check(cache, chunk, 0);
            cache.keysAndValues().makeRoom(chunk.length, ids.length - from - chunk.length);
            Reading reading = reading(cache, chunk, 0);
            finite(() -> calls.call(prefills, reading, chunk.length));
            cache.keysAndValues().appended(chunk);
            progress.onTokens(from + chunk.length);
        }
    }

    /**
     * Reads tokens into the cache and returns the logits behind the last of them.
     *
     * @param rows how many, from 1 to {@code ids.length}
     * @return {@code [rows][vocabularySize]}, in the order of the tokens
     */
    public double[][] logits(TokenCache cache, int[] ids, int rows) {
        if (rows < 1 || rows > ids.length) {
            throw new IllegalArgumentException(rows + " rows of logits asked for " + ids.length + " tokens");
        }
        int[] last = readAllButTheLast(cache, ids, 0);
        if (rows > last.length) {
            throw new IllegalArgumentException(
                    "%d rows of logits of %s, which reads %d tokens at once".formatted(rows, name, last.length));
        }
        Asked<Integer> asked = new Asked<>(reading(cache, last, 0), rows);
        double[] flat = finite(() -> calls.call(logits, asked, last.length));
        cache.keysAndValues().appended(last);
        double[][] byRow = new double[rows][];
        for (int i = 0; i < rows; i++) {
            byRow[i] = Arrays.copyOfRange(flat, i * vocabularySize(), (i + 1) * vocabularySize());
        }
        return byRow;
    }

    /**
     * Reads tokens into the cache and returns what the network makes of the last of them, in place of logits.
     *
     * @param ids at least one
     * @return {@code [hiddenSize]}
     */
    double[] hiddenState(TokenCache cache, int[] ids) {
        List<Reading> reading = List.of(reading(cache, ids, 0));
        double[] state = finite(() -> program.hiddenStates(model, reading));
        cache.keysAndValues().appended(ids);
        return state;
    }

    /**
     * Reads tokens into the cache and drafts what follows them, which but for the last token is in the cache, too.
     *
     * @param pending at least one
     * @return to be closed by the caller
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     * @throws TorchException if the engine fails, or the logits are no finite numbers
     */
    public Draft draft(TokenCache cache, int[] pending, Drafting drafting) {
        int[] last = readAllButTheLast(cache, pending, drafting.length() - 1);
        Asked<Drafting> asked = new Asked<>(reading(cache, last, drafting.length() - 1), drafting);
        Draft draft = finite(() -> calls.call(drafts, asked, last.length + drafting.given().length));
        cache.keysAndValues().appended(last);
        // the last one was drawn but not read
        cache.keysAndValues().appended(Arrays.copyOf(draft.tokens(), draft.length() - 1));
        return draft;
    }

    /**
     * Reads into the cache what it lacks of a draft, for the distributions that the draft lacks: those of tokens that
     * no model has drawn, and of the one after them.
     *
     * @param unread at least one, up to the last token of the draft
     * @return the same tokens; to be closed by the caller, as is the other draft
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     * @throws TorchException if the engine fails, or the logits are no finite numbers
     */
    public Draft complete(TokenCache cache, int[] unread, Completion completion) {
        int[] last = readAllButTheLast(cache, unread, 0);
        Asked<Completion> asked = new Asked<>(reading(cache, last, 0), completion);
        Draft completed = finite(() -> calls.call(completions, asked, last.length));
        cache.keysAndValues().appended(last);
        return completed;
    }

    /** A draft, and what follows it, of which at least one is this model's; closed by the caller, as are the two. */
    public Draft joined(Draft first, Draft then) {
        return program.joined(first, then);
    }

    /**
     * The first tokens of what this model has drafted, none of them given, the last of which has not been read; closed
     * by the caller, as is the other.
     *
     * @param length from 1 to that of the draft
     */
    public Draft shortened(TokenCache cache, Draft draft, int length) {
        cache.truncate(cache.length() - (draft.length() - length));
        return program.shortened(draft, length);
    }

    /** A draft of tokens that no model has drawn; closed by the caller. */
    public Draft draftOf(int[] tokens) {
        return program.draftOf(tokens);
    }

    /** A draft of no tokens; it is closed with the model. */
    public Draft noDraft() {
        return noDraft;
    }

    /**
     * Reads tokens and those of a draft into the cache, and says how many of the latter stand.
     *
     * @param pending at least one
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     * @throws TorchException if the engine fails, or the logits are no finite numbers
     */
    public Verdict verify(TokenCache cache, int[] pending, Verification verification) {
        int[] drafted = verification.draft().tokens();
        int[] last = readAllButTheLast(cache, pending, drafted.length);
        int[] all = Arrays.copyOf(last, last.length + drafted.length);
        System.arraycopy(drafted, 0, all, last.length, drafted.length);
        Asked<Verification> asked = new Asked<>(reading(cache, all, 0), verification);
        Verdict verdict = finite(() -> calls.call(verdicts, asked, all.length));
        cache.keysAndValues().appended(all);
        return verdict;
    }

    /**
     * Reads tokens into the cache but for the last ones, as many as there is room for behind a window: most often all.
     *
     * @param further most tokens that are put into the cache beyond {@code ids}
     * @return those that are left to be read
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     */
    private int[] readAllButTheLast(TokenCache cache, int[] ids, int further) {
        int most = Math.max(1, sliding().mostAtOnce() - further);
        if (ids.length <= most) {
            return ids;
        }
        check(cache, ids, further);
        prefill(cache, Arrays.copyOf(ids, ids.length - most), done -> {});
        return Arrays.copyOfRange(ids, ids.length - most, ids.length);
    }

    /**
     * What the program is to read behind what the cache holds, which has room for it then.
     *
     * @param further most tokens that are put into the cache beyond {@code ids}
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     */
    private Reading reading(TokenCache cache, int[] ids, int further) {
        check(cache, ids, further);
        cache.keysAndValues().makeRoom(ids.length + further, 0);
        return new Reading(cache.keysAndValues().tensors(), cache.length(), cache.skipped(), ids);
    }

    private void check(TokenCache cache, int[] ids, int further) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("No tokens given");
        }
        for (int id : ids) {
            // on CUDA an id out of range would break the device for the whole process
            if (id < 0 || id >= vocabularySize()) {
                throw new IllegalArgumentException(
                        "Token " + id + " is not in the vocabulary of " + vocabularySize() + " tokens of " + name);
            }
        }
        long needed = (long) cache.length() + ids.length + further;
        if (needed > cache.capacity() || needed + cache.skipped() > contextLength()) {
            throw new IllegalArgumentException(needed + " tokens do not fit: the KV cache has room for "
                    + cache.capacity() + ", the context of " + name + " for "
                    + (contextLength() - cache.skipped()));
        }
    }

    private <T> T finite(Supplier<T> call) {
        try {
            return call.get();
        } catch (TorchException e) {
            if (e.problem() == Problem.NOT_FINITE) {
                throw new TorchException(
                        Problem.NOT_FINITE,
                        "%s returned infinite or NaN logits: its weights or config.json are damaged, or too much for %s; download it again or choose another weight format"
                                .formatted(name, numbers.weights()),
                        e);
            }
            throw e;
        }
    }

    /** Most tokens that go through the network at once when a text is read. */
    int chunk() {
        return memory.chunk();
    }

    @Override
    public void close() {
        model.close();
        noDraft.close();
    }

    @Override
    public String toString() {
        return name + " on " + stages + " as " + numbers.weights();
    }
}
