package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.NumberFormat;
import dev.rapid4j.internal.torch.DecoderProgram.Draft;
import dev.rapid4j.internal.torch.DecoderProgram.Sampling;
import dev.rapid4j.internal.torch.DecoderProgram.Verification;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.weights.WeightEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Times one model: loading, prefill, and passes over a few new tokens behind contexts of growing length. What is
 * compared is measured in turns, and the device's read bandwidth with it, so that each ratio is one of neighbours.
 *
 * @param cacheType of the keys and values
 * @param contexts tokens in the cache, growing
 * @param widths tokens of a pass, growing from 1, which is a decode step; more are a verification
 * @param repetitions measured turns, after one that is not counted
 */
record ShapeBenchmark(
        Device device, CacheType cacheType, List<Integer> contexts, List<Integer> widths, int repetitions) {

    private static final int MOST_TOKENS_TO_WARM_UP = 2048;

    /** The field of the network's program. */
    private static final String EMBEDDING = "embedding";

    /**
     * One model's figures.
     *
     * @param residentBytes by how much the process has grown once the weights have been used, memory-mapped ones
     *     included; 0 where the system does not tell
     * @param passBytes weights that one pass reads
     * @param readBandwidth of the device, in bytes a second
     */
    record Result(
            String model,
            String device,
            int threads,
            String weights,
            double loadSeconds,
            long residentBytes,
            long passBytes,
            Spread readBandwidth,
            List<Prefill> prefills,
            List<Pass> passes) {}

    /**
     * Reading a context.
     *
     * @param tokensPerSecond of its chunks, of which the later attend to more and take longer
     */
    record Prefill(int context, double seconds, Spread tokensPerSecond) {}

    /**
     * A pass over a few new tokens, with the choice of the tokens that follow.
     *
     * @param bytes weights and cached keys and values that it reads
     * @param decodeSteps its time in decode steps behind the same context
     * @param bandwidthShare bytes a second as a share of the device's read bandwidth
     */
    record Pass(int context, int tokens, long bytes, Spread seconds, Spread decodeSteps, Spread bandwidthShare) {}

    private record Case(int context, int tokens) {}

    private record Turn(double readBandwidth, Map<Case, Double> seconds) {}

    /** For {@link Progress}: tokens that go through the weights, times weights. */
    double work(long weights) {
        return contexts.stream()
                        .mapToDouble(context -> readingWork(context, weights))
                        .sum()
                + (repetitions + 1) * turnWork(weights);
    }

    Result run(Checkpoint checkpoint, WeightFormat weights, Progress progress) {
        try (DeviceMemory memory = new DeviceMemory(device)) {
            memory.readBandwidth();
            long residentBefore = Machine.residentBytes();
            long start = System.nanoTime();
            try (LanguageModel model = LanguageModel.load(
                    checkpoint, device, weights, cacheType, Integer.MAX_VALUE, new ProgressListener() {})) {
                double loadSeconds = seconds(start);
                touchWeights(model);
                return measure(
                        checkpoint, model, loadSeconds, Machine.residentBytes() - residentBefore, memory, progress);
            }
        }
    }

    /** Weights that a pass over a few tokens reads: of an embedding table that is no head only their rows. */
    static List<WeightEntry> weightsOfOnePass(Checkpoint checkpoint) {
        boolean tied = checkpoint.configuration().tiedEmbeddings();
        return checkpoint.fields().entrySet().stream()
                .filter(weight -> tied || !weight.getKey().equals(EMBEDDING))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** How many numbers those are. */
    static long numbersOfOnePass(Checkpoint checkpoint) {
        return weightsOfOnePass(checkpoint).stream()
                .mapToLong(WeightEntry::elements)
                .sum();
    }

    private Result measure(
            Checkpoint checkpoint,
            LanguageModel model,
            double loadSeconds,
            long residentBytes,
            DeviceMemory memory,
            Progress progress) {
        requireMemory(model);
        long weights = numbersOfOnePass(checkpoint);
        Map<Integer, KeyValueCache> caches = new LinkedHashMap<>();
        try {
            List<Prefill> prefills = new ArrayList<>();
            chooseKernels(model, memory);
            for (int context : contexts) {
                KeyValueCache cache = model.newCache(context + widest());
                caches.put(context, cache);
                progress.begin("%s: reading %,d tokens".formatted(model, context), readingWork(context, weights));
                prefills.add(prefill(model, cache, context, memory));
            }
            progress.begin("%s: warming up".formatted(model), turnWork(weights));
            turn(model, caches, memory);
            List<Turn> turns = new ArrayList<>();
            for (int i = 1; i <= repetitions; i++) {
                progress.begin("%s: turn %d of %d".formatted(model, i, repetitions), turnWork(weights));
                turns.add(turn(model, caches, memory));
            }
            long passBytes = weightsOfOnePass(checkpoint).stream()
                    .mapToLong(weight -> bytes(weight, model.numbers()))
                    .sum();
            List<Pass> passes = turns.get(0).seconds().keySet().stream()
                    .map(pass -> pass(pass, passBytes + model.cacheBytes(pass.context()), turns))
                    .toList();
            return new Result(
                    checkpoint.name(),
                    device.toString(),
                    Torch.threads(),
                    model.numbers().weights().name(),
                    loadSeconds,
                    residentBytes,
                    passBytes,
                    Spread.of(turns, Turn::readBandwidth),
                    prefills,
                    passes);
        } finally {
            caches.values().forEach(KeyValueCache::close);
        }
    }

    /** Which CUDA does, and takes its time for, at the first chunk of a process; on the CPU, oneDNN makes its own. */
    private void chooseKernels(LanguageModel model, DeviceMemory memory) {
        int tokens = Math.min(contexts.get(0), MOST_TOKENS_TO_WARM_UP);
        try (KeyValueCache cache = model.newCache(tokens)) {
            prefill(model, cache, tokens, memory);
        }
    }

    private static double readingWork(int context, long weights) {
        return (double) context * weights;
    }

    private double turnWork(long weights) {
        int tokens = widths.stream().mapToInt(width -> width).sum();
        return (double) contexts.size() * tokens * weights;
    }

    private Turn turn(LanguageModel model, Map<Integer, KeyValueCache> caches, DeviceMemory memory) {
        double bandwidth = memory.readBandwidth();
        Map<Case, Double> seconds = new LinkedHashMap<>();
        caches.forEach((context, cache) ->
                widths.forEach(tokens -> seconds.put(new Case(context, tokens), time(model, cache, tokens))));
        return new Turn(bandwidth, seconds);
    }

    private static Pass pass(Case pass, long bytes, List<Turn> turns) {
        Case decodeStep = new Case(pass.context(), 1);
        return new Pass(
                pass.context(),
                pass.tokens(),
                bytes,
                Spread.of(turns, turn -> turn.seconds().get(pass)),
                Spread.of(
                        turns, turn -> turn.seconds().get(pass) / turn.seconds().get(decodeStep)),
                Spread.of(turns, turn -> bytes / turn.seconds().get(pass) / turn.readBandwidth()));
    }

    private static Prefill prefill(LanguageModel model, KeyValueCache cache, int context, DeviceMemory memory) {
        List<Double> speeds = new ArrayList<>();
        long start = System.nanoTime();
        model.prefill(cache, ids(model, context), new LanguageModel.PrefillProgress() {
            private int before;
            private long since = start;

            @Override
            public void onTokens(int done) {
                memory.awaitDevice();
                speeds.add((done - before) / seconds(since));
                before = done;
                since = System.nanoTime();
            }
        });
        return new Prefill(context, seconds(start), Spread.of(speeds));
    }

    /** As the decoding loop does it, greedily: one pending token, and the others drafted. The cache stays as it is. */
    private static double time(LanguageModel model, KeyValueCache cache, int tokens) {
        int context = cache.length();
        int[] pending = ids(model, 1);
        Sampling greedy = new Sampling(0, 1, 0, 0, 0, model.vocabularySize(), Optional.empty());
        try (Draft draft = model.draftOf(ids(model, tokens - 1))) {
            Verification verification = new Verification(greedy, draft, 0, 0, new int[0], new double[tokens]);
            long start = System.nanoTime();
            model.verify(cache, pending, verification);
            double seconds = seconds(start);
            cache.truncate(context);
            return seconds;
        }
    }

    private static void touchWeights(LanguageModel model) {
        try (KeyValueCache cache = model.newCache(1)) {
            time(model, cache, 1);
        }
    }

    /** Of a weight as a pass reads it, but for the scales of 8-bit rows. */
    private static long bytes(WeightEntry weight, NumberFormat numbers) {
        if (weight.shape().size() < 2) {
            return weight.elements() * numbers.activations().bytes();
        }
        return switch (numbers.weights()) {
            // with the two numbers of 16 bits that 32 of them have
            case INT4 -> weight.elements() * 5 / 8;
            case INT8, FP8 -> weight.elements();
            default -> weight.elements() * numbers.activations().bytes();
        };
    }

    private void requireMemory(LanguageModel model) {
        long needed = contexts.stream()
                        .mapToLong(context -> model.cacheBytes(context + widest()))
                        .sum()
                + model.workingBytes();
        long available = Torch.availableMemory(device);
        if (needed > available) {
            throw new TorchException("%s needs %,d MB for its KV caches, and %,d MB are free: choose shorter contexts"
                    .formatted(model, needed / 1_000_000, available / 1_000_000));
        }
    }

    private int widest() {
        return widths.get(widths.size() - 1);
    }

    private static int[] ids(LanguageModel model, int count) {
        return new SplittableRandom(count)
                .ints(count, 0, model.vocabularySize())
                .toArray();
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
