package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code decoder.py}: a decoder-only network over KV caches, and drafting and verification on top of it. Safe to use
 * from several threads, each with its own cache.
 */
public final class DecoderProgram {

    private static final String NAME = "Decoder";

    private final ScriptModule module = ScriptModule.load(NAME);

    /** A network with its weights. */
    public static final class Model extends Handle {
        private Model(NativeValue value) {
            super(value);
        }
    }

    /** Keys and values of tokens. */
    public static final class Cache extends Handle {
        private Cache(NativeValue value) {
            super(value);
        }
    }

    /** Proposed tokens, and the drafter's distributions, if they matter. */
    public static final class Draft extends Handle {

        private final int[] tokens;
        private final boolean unsure;

        private Draft(NativeValue value, int[] tokens, boolean unsure) {
            super(value);
            this.tokens = tokens;
            this.unsure = unsure;
        }

        public int[] tokens() {
            return tokens.clone();
        }

        public int length() {
            return tokens.length;
        }

        /** Whether the last token had less probability than drafting goes on with. */
        public boolean unsure() {
            return unsure;
        }
    }

    /** The shape of a network; what it has no weights for, it does not do. */
    public record Network(
            Attention attention,
            FeedForward feedForward,
            Norms norms,
            Multipliers multipliers,
            List<Rotary> rotaries,
            List<Layer> layers) {}

    /**
     * The attention of all layers.
     *
     * @param parts into which a long past is cut, to be attended to side by side
     * @param scale what scores are multiplied by
     * @param softCap of scores; 0 is none
     */
    public record Attention(int heads, int keyValueHeads, int headDimension, int parts, double scale, double softCap) {}

    /**
     * The feed-forward block of all layers.
     *
     * @param activation its name in {@code decoder.py}
     * @param mixture what layers have beside it, or in its place
     */
    public record FeedForward(int width, String activation, Mixture mixture) {}

    /**
     * A mixture of experts.
     *
     * @param chosen experts of a token
     * @param normalised whether the shares of these add up to 1
     * @param width of an expert
     * @param denseWidth of the dense block beside the experts; 0 for none
     * @param interleaved whether the rows of gate and up, where they are one weight, take turns
     */
    public record Mixture(int chosen, boolean normalised, int width, int denseWidth, boolean interleaved) {

        /** Of a network without experts. */
        public static final Mixture NONE = new Mixture(0, false, 0, 0, false);
    }

    /**
     * All norms.
     *
     * @param centred whether the mean is subtracted
     * @param offset whether their weights are added to 1
     * @param parallel whether attention and feed-forward have the same input
     */
    public record Norms(boolean centred, boolean offset, double epsilon, boolean parallel) {}

    /**
     * What is multiplied.
     *
     * @param logitSoftCap of logits; 0 is none
     * @param queryGrowth queries at position p are multiplied by 1 + queryGrowth * ln(1 + floor(p / queryLength)); 0 is
     *     none
     */
    public record Multipliers(
            double embedding,
            double residual,
            double logits,
            double logitSoftCap,
            double queryGrowth,
            double queryLength) {}

    /**
     * Rotary position embeddings.
     *
     * @param frequencies radians a position, one for each pair of a head's elements that are turned
     * @param scaling what cosine and sine are multiplied by
     */
    public record Rotary(double[] frequencies, double scaling) {}

    /**
     * What one layer has of its own.
     *
     * @param window how many tokens each attends to; 0 is all before it
     * @param rotary place among the network's, or -1
     * @param experts how many it has; 0 for a dense one
     */
    public record Layer(int window, int rotary, int experts) {}

    /** Layers in a row on one device, up to the first of the next stage. */
    public record Stage(int firstLayer, Device device) {}

    /**
     * Tokens to be read behind those of a sequence. Of several sequences that are read at once, each has a cache of its
     * own.
     *
     * @param past tokens that the cache holds
     * @param skipped positions that the cache leaves out
     * @param ids at least one, each in the vocabulary
     */
    public record Reading(Cache cache, int past, int skipped, int[] ids) {}

    /**
     * How tokens are chosen.
     *
     * @param temperature 0 is greedy
     * @param topP 1 is off
     * @param topK 0 is off
     * @param vocabulary only the first so many tokens can be chosen
     * @param masks of these, which: bytes for each row of logits, in memory outside the heap, where token i is bit i
     *     mod 8, from the lowest, of byte i div 8; empty: all
     */
    public record Sampling(
            double temperature,
            double topP,
            int topK,
            double frequencyPenalty,
            double presencePenalty,
            int vocabulary,
            Optional<ByteBuffer> masks) {}

    /**
     * What to draft.
     *
     * @param length most tokens, at least 1
     * @param confidence drafting stops after a token of less probability
     * @param toLearn whether greedy drafts are to tell distributions, too: those at temperature 1
     * @param ends tokens after which it stops, too
     * @param emitted the answer so far; needed for penalties only
     * @param uniforms a draw from [0, 1) for each token
     * @param given the first of the tokens, fewer than all: they have to come, and the model does not choose them. With
     *     {@code toLearn} their distributions are told, so that they have masks, too
     */
    public record Drafting(
            Sampling sampling,
            int length,
            double confidence,
            boolean toLearn,
            int[] ends,
            int[] emitted,
            double[] uniforms,
            int[] given) {}

    /**
     * A draft that lacks distributions.
     *
     * @param emitted the answer so far; needed for penalties only
     */
    public record Completion(Sampling sampling, Draft draft, int[] emitted) {}

    /**
     * What to verify.
     *
     * @param draft with the distribution after its last token, the token that follows it learns from the drafter, too
     * @param emitted the answer so far; needed for penalties only
     * @param uniforms a draw from [0, 1) for each drafted token, and one more
     */
    public record Verification(
            Sampling sampling, Draft draft, double margin, double plausibility, int[] emitted, double[] uniforms) {}

    /**
     * The end of a verification.
     *
     * @param accepted how many of the drafted tokens stand
     * @param next the token after them
     */
    public record Verdict(int accepted, int next) {}

    /** @throws TorchException if the engine does not start */
    public DecoderProgram() {}

    /** The program as {@code torch.jit.load} reads it, for use outside this JVM; the engine is not started. */
    public static byte[] archive() {
        return ScriptModule.archive(NAME);
    }

    /**
     * How 8-bit products are made.
     *
     * @param fixedScale whether they take a scale that is given, for which not every engine of libtorch has an operator
     * @param steps of an activation on either side of zero, on which the results depend
     */
    public record Products(boolean fixedScale, int steps) {}

    /**
     * Tries the 8-bit product.
     *
     * @throws TorchException if this engine has none that is right on this processor
     */
    public Products check8BitProducts() {
        try {
            return products(true);
        } catch (TorchException e) {
            return products(false);
        }
    }

    private Products products(boolean fixedScale) {
        try (NativeValue levels = module.run("exact_levels", fixedScale)) {
            return new Products(fixedScale, (int) levels.toDouble());
        }
    }

    /**
     * Tries the product of a device with weights that are rounded so, not packed for the processor.
     *
     * @throws TorchException if the engine has none there, or one that is wrong
     */
    public void checkProducts(WeightsProgram.Rounding rounding, Device device) {
        if (rounding != WeightsProgram.Rounding.GROUPS) {
            module.run("check_rows", rounding.code(), device.toString()).close();
            return;
        }
        WeightsProgram weights = new WeightsProgram();
        try (NativeValue pairs = weights.samplePairs(device);
                NativeValue packed = weights.packedPairs(pairs)) {
            module.run("check_groups", pairs, packed).close();
        }
    }

    /**
     * A network with the weights of a table, which is empty afterwards; closed by the caller.
     *
     * @param stages from the first layer on; the embedding is on the device of the first, norm and head on that of the
     *     last, the weights of each layer on that of its stage
     * @param fixedScale of 8-bit products, as {@link #check8BitProducts} found
     * @throws TorchException if a weight is missing, or has no place in the network
     */
    public Model assemble(WeightsProgram.Table weights, Network network, List<Stage> stages, boolean fixedScale) {
        try (NativeValue shape = inEngine(network);
                NativeValue rotaries = rotaries(network.rotaries());
                NativeValue tables = module.run("weights", weights, weights.packed(), fixedScale)) {
            return new Model(module.run(
                    "assemble",
                    tables,
                    shape,
                    rotaries,
                    stages.stream().mapToInt(Stage::firstLayer).toArray(),
                    stages.stream().map(stage -> stage.device().toString()).collect(Collectors.joining(","))));
        }
    }

    private NativeValue inEngine(Network network) {
        Attention attention = network.attention();
        Norms norms = network.norms();
        Multipliers multipliers = network.multipliers();
        Mixture mixture = network.feedForward().mixture();
        try (NativeValue attentionInEngine = module.run(
                        "attention",
                        attention.heads(),
                        attention.keyValueHeads(),
                        attention.headDimension(),
                        attention.parts(),
                        attention.scale(),
                        attention.softCap());
                NativeValue mixtureInEngine = module.run(
                        "mixture",
                        mixture.chosen(),
                        mixture.normalised(),
                        mixture.width(),
                        mixture.denseWidth(),
                        mixture.interleaved());
                NativeValue feedForward = module.run(
                        "feed_forward",
                        network.feedForward().width(),
                        network.feedForward().activation(),
                        network.layers().stream().mapToInt(Layer::experts).toArray(),
                        mixtureInEngine);
                NativeValue normsInEngine =
                        module.run("norms", norms.centred(), norms.offset(), norms.epsilon(), norms.parallel());
                NativeValue multipliersInEngine = module.run(
                        "multipliers",
                        multipliers.embedding(),
                        multipliers.residual(),
                        multipliers.logits(),
                        multipliers.logitSoftCap(),
                        multipliers.queryGrowth(),
                        multipliers.queryLength())) {
            return module.run(
                    "network",
                    attentionInEngine,
                    feedForward,
                    normsInEngine,
                    multipliersInEngine,
                    network.layers().stream().mapToInt(Layer::window).toArray(),
                    network.layers().stream().mapToInt(Layer::rotary).toArray());
        }
    }

    private NativeValue rotaries(List<Rotary> rotaries) {
        return module.run(
                "rotaries",
                rotaries.stream()
                        .flatMapToDouble(rotary -> Arrays.stream(rotary.frequencies()))
                        .toArray(),
                rotaries.stream()
                        .mapToInt(rotary -> rotary.frequencies().length)
                        .toArray(),
                rotaries.stream().mapToDouble(Rotary::scaling).toArray());
    }

    /**
     * Tokens of a cache.
     *
     * @param all of the layers that attend to all of them
     * @param sliding of the layers that slide over a window, which keep the last ones
     */
    public record Rows(int all, int sliding) {}

    /** Room for so many tokens; closed by the caller. */
    public Cache newCache(Model model, Rows capacity, ElementType type) {
        return new Cache(module.run("new_cache", model, capacity.all(), capacity.sliding(), type.code()));
    }

    /**
     * A cache that begins with tokens of another in the layers that attend to all; closed by the caller, as is the
     * other, whose memory stays as long as this one reads it.
     *
     * @param shared so many of the other's first tokens are read where they are, and must not change
     * @param past so many are there in all, the others being copied
     * @param capacity room behind the shared ones
     */
    public Cache branchCache(Model model, Cache source, int shared, int past, Rows capacity) {
        return new Cache(module.run("branch_cache", model, source, shared, past, capacity.all(), capacity.sliding()));
    }

    /** Goes on behind the first of the tokens that a cache shares with another, in place of those behind them. */
    public void shareLess(Cache cache, int count) {
        module.run("share_less", cache, count).close();
    }

    /**
     * Copies tokens that the layers that slide over a window have of another cache, in place of those that they have.
     *
     * @param first position of the first; those before it are dropped
     */
    public void copyWindow(Cache into, Cache source, int first, int count) {
        module.run("copy_window", into, source, first, count).close();
    }

    /**
     * Drops the first tokens of the layers that slide over a window.
     *
     * @param first position of the first that stays
     * @param count how many stay
     */
    public void slide(Cache cache, int first, int count) {
        module.run("slide", cache, first, count).close();
    }

    /**
     * Copies ranges of a cache's tokens, one behind the other, over what another one, which shares nothing, holds in
     * the layers that attend to all tokens.
     *
     * @param starts first token of each range
     * @param counts tokens of each range
     */
    public void copyRows(Cache into, Cache source, int[] starts, int[] counts) {
        module.run("copy_rows", into, source, starts, counts).close();
    }

    /** Copies rows of a cache to memory: all layers one after the other, each its keys and its values. */
    public void copyRows(Cache cache, int first, int count, ByteTensor into) {
        module.run("rows_to_bytes", cache, first, count, into).close();
    }

    /**
     * Copies rows from memory, as {@link #copyRows} has put them there, over what a cache holds.
     *
     * @param known so many of them, from the first on, it keeps
     */
    public void restoreRows(Cache cache, int first, int count, int known, ByteTensor from) {
        module.run("bytes_to_rows", cache, first, count, known, from).close();
    }

    /** Reads tokens. */
    public void prefill(Model model, List<Reading> readings) {
        try (NativeValue all = inEngine(readings)) {
            module.run("prefill", model, all).close();
        }
    }

    /**
     * Reads tokens and returns the logits behind the last of them.
     *
     * @param rows how many of each sequence
     * @return {@code [rows * vocabulary]}, of one sequence behind the other
     */
    public double[] logits(Model model, List<Reading> readings, int[] rows) {
        try (NativeValue all = inEngine(readings);
                NativeValue logits = module.run("logits", model, all, rows)) {
            return logits.toDoubles();
        }
    }

    /**
     * Reads tokens and returns the hidden state of each sequence's last one, as the head would get it.
     *
     * @return {@code [sequences * hidden]}
     */
    public double[] hiddenStates(Model model, List<Reading> readings) {
        try (NativeValue all = inEngine(readings);
                NativeValue states = module.run("hidden_states", model, all)) {
            return states.toDoubles();
        }
    }

    /**
     * Reads tokens and drafts what follows, all of which but each sequence's last token is in the caches then.
     *
     * @param draftings one for each reading
     * @return as many; closed by the caller
     */
    public List<Draft> draft(Model model, List<Reading> readings, List<Drafting> draftings) {
        try (NativeValue all = inEngine(readings);
                NativeValue what = list("draftings", draftings, this::inEngine);
                NativeValue drafts = module.run("draft", model, all, what)) {
            return drafts(drafts, draftings.size());
        }
    }

    /** A draft, and what follows it, of which at least one is a model's; closed by the caller, as are the two. */
    public Draft joined(Draft first, Draft then) {
        return draft(module.run("joined", first, then));
    }

    /** The first tokens, at least one, of a draft that gave none; closed by the caller, as is the other. */
    public Draft shortened(Draft draft, int length) {
        return draft(module.run("shortened", draft, length));
    }

    /** A draft of tokens that no model has drawn, each proposed with certainty. Closed by the caller. */
    public Draft draftOf(int[] tokens) {
        return new Draft(module.run("draft_of", tokens), tokens.clone(), false);
    }

    /**
     * Reads what of drafts, and before them, the drafter has not read.
     *
     * @param readings each up to the last token of the draft
     * @param completions one for each reading
     * @return the same drafts with all of the drafter's distributions, those after the last token included; closed by
     *     the caller, as are the others
     */
    public List<Draft> complete(Model model, List<Reading> readings, List<Completion> completions) {
        try (NativeValue all = inEngine(readings);
                NativeValue what = list("completions", completions, this::inEngine);
                NativeValue drafts = module.run("complete", model, all, what)) {
            return drafts(drafts, completions.size());
        }
    }

    private List<Draft> drafts(NativeValue values, int count) {
        List<Draft> drafts = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                drafts.add(draft(module.run("draft_at", values, i)));
            }
            return drafts;
        } catch (RuntimeException e) {
            drafts.forEach(Draft::close);
            throw e;
        }
    }

    private static Draft draft(NativeValue value) {
        List<NativeValue> parts = List.of();
        try {
            parts = value.toTuple();
            int[] tokens = Arrays.stream(parts.get(0).toLongs())
                    .mapToInt(Math::toIntExact)
                    .toArray();
            return new Draft(value, tokens, parts.get(3).toBoolean());
        } catch (RuntimeException e) {
            value.close();
            throw e;
        } finally {
            parts.forEach(NativeValue::close);
        }
    }

    /**
     * Reads tokens and those of drafts, all of which are in the caches then, and says how many stand.
     *
     * @param readings each up to the last token of the draft
     * @param verifications one for each reading
     * @return as many
     */
    public List<Verdict> verify(Model model, List<Reading> readings, List<Verification> verifications) {
        try (NativeValue all = inEngine(readings);
                NativeValue what = list("verifications", verifications, this::inEngine);
                NativeValue verdicts = module.run("verify", model, all, what)) {
            long[] numbers = verdicts.toLongs();
            return IntStream.range(0, verifications.size())
                    .mapToObj(i -> new Verdict(Math.toIntExact(numbers[2 * i]), Math.toIntExact(numbers[2 * i + 1])))
                    .toList();
        }
    }

    private NativeValue inEngine(List<Reading> readings) {
        return list(
                "readings",
                readings,
                reading -> module.run("reading", reading.cache(), reading.past(), reading.skipped(), reading.ids()));
    }

    private NativeValue inEngine(Drafting drafting) {
        try (NativeValue sampling = inEngine(drafting.sampling());
                NativeValue choices = module.run(
                        drafting.toLearn() ? "drafting_to_learn" : "drafting",
                        sampling,
                        drafting.length(),
                        drafting.confidence(),
                        drafting.ends(),
                        drafting.emitted(),
                        drafting.uniforms())) {
            return module.run("drafting_behind", choices, drafting.given());
        }
    }

    private NativeValue inEngine(Completion completion) {
        try (NativeValue sampling = inEngine(completion.sampling())) {
            return module.run("completion", sampling, completion.draft(), completion.emitted());
        }
    }

    private NativeValue inEngine(Verification verification) {
        try (NativeValue sampling = inEngine(verification.sampling())) {
            return module.run(
                    "verification",
                    sampling,
                    verification.draft(),
                    verification.margin(),
                    verification.plausibility(),
                    verification.emitted(),
                    verification.uniforms());
        }
    }

    /**
     * A list in the engine.
     *
     * @param join the method that makes one list of two
     * @param items at least one
     * @param made an item as a list of one
     */
    private <T> NativeValue list(String join, List<T> items, Function<T, NativeValue> made) {
        NativeValue list = made.apply(items.get(0));
        for (T item : items.subList(1, items.size())) {
            try (NativeValue first = list;
                    NativeValue then = made.apply(item)) {
                list = module.run(join, first, then);
            }
        }
        return list;
    }

    private NativeValue inEngine(Sampling sampling) {
        NativeValue unmasked = module.run(
                "sampling",
                sampling.temperature(),
                sampling.topP(),
                sampling.topK(),
                sampling.frequencyPenalty(),
                sampling.presencePenalty(),
                sampling.vocabulary());
        if (sampling.masks().isEmpty()) {
            return unmasked;
        }
        try (unmasked;
                ByteTensor masks = ByteTensor.over(sampling.masks().get())) {
            return module.run("constrained", unmasked, masks);
        }
    }
}
