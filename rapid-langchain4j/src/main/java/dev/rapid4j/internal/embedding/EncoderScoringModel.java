package dev.rapid4j.internal.embedding;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.checkpoint.PairDecoderCheckpoint;
import dev.rapid4j.internal.checkpoint.PairDecoderCheckpoint.Answers;
import dev.rapid4j.internal.checkpoint.ScoringCheckpoint;
import dev.rapid4j.internal.model.PairDecoder;
import dev.rapid4j.internal.model.PairNetwork;
import dev.rapid4j.internal.model.TextEncoder;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.tokenizer.EncoderInput;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link dev.rapid4j.RapidScoringModel} does. */
public final class EncoderScoringModel implements ScoringModel, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidScoringModel");

    private final String name;
    private final Tokenizer tokenizer;
    private final PairReader reader;
    private final PairNetwork network;
    private final EncoderPasses passes;
    private final int maxTokens;
    private final boolean normalize;
    private final AtomicLong truncated = new AtomicLong();

    private EncoderScoringModel(Builder builder) {
        // all that is cheap to check comes before the weights
        Device device = Device.of(builder.device);
        ScoringCheckpoint checkpoint = builder.open();
        name = checkpoint.name();
        normalize = builder.normalize;
        tokenizer = checkpoint.openTokenizer();
        try {
            int most = checkpoint.maxTokens();
            maxTokens = builder.maxTokens.orElse(most);
            int control = reader(checkpoint, most).texts("", () -> {}).apply("").ids().length;
            if (maxTokens < control + 2 || maxTokens > most) {
                throw new IllegalArgumentException(
                        "maxTokens must be from %,d to %,d, the most that %s reads, but is %,d"
                                .formatted(control + 2, most, name, maxTokens));
            }
            reader = reader(checkpoint, maxTokens);
            builder.cpuThreads.ifPresent(Torch::setThreads);
            LOG.info("Loading {} on {}", name, device);
            builder.loadingListener.onLoading(name, device.toString());
            long start = System.nanoTime();
            network = load(checkpoint, device, builder);
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            passes = new EncoderPasses(network, "scoring model", network.tokenBudget());
            LOG.info("Loaded {}: {} MB in {} ms", name, ByteSizes.megabytes(network.weightBytes()), elapsed.toMillis());
            builder.loadingListener.onLoaded(name, network.weightBytes(), elapsed);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private PairReader reader(ScoringCheckpoint checkpoint, int tokens) {
        return checkpoint instanceof PairDecoderCheckpoint
                ? YesOrNo.of(tokenizer, tokens)
                : PairReader.ofEncoder(tokenizer, tokens);
    }

    private PairNetwork load(ScoringCheckpoint checkpoint, Device device, Builder builder) {
        if (checkpoint instanceof PairDecoderCheckpoint decoder) {
            Answers answers = YesOrNo.answers(decoder, tokenizer);
            return PairDecoder.load(
                    decoder, device, builder.weights, answers.yes(), answers.no(), builder.loadingListener);
        }
        return TextEncoder.load((EncoderCheckpoint) checkpoint, device, builder.weights, builder.loadingListener);
    }

    /**
     * @throws IllegalStateException if the model is closed, before or meanwhile
     * @throws LangChain4jException if the network fails, or the thread is interrupted, which it then still is
     */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        Objects.requireNonNull(segments, "segments");
        Objects.requireNonNull(query, "query");
        Function<String, EncoderInput> texts = reader.texts(query, passes::checkGoesOn);
        List<EncoderInput> pairs = new ArrayList<>(segments.size());
        for (TextSegment segment : segments) {
            passes.checkGoesOn();
            pairs.add(texts.apply(Objects.requireNonNull(segment, "segment").text()));
        }
        warnOfTruncated(pairs);
        double[] scores = new double[pairs.size()];
        List<int[]> sequences = pairs.stream().map(EncoderInput::ids).toList();
        passes.forEachBatch(sequences, (scored, total) -> {}, (indices, batch) -> {
            int[] seconds =
                    Arrays.stream(indices).map(i -> pairs.get(i).second()).toArray();
            double[] some = network.score(batch, seconds);
            for (int i = 0; i < some.length; i++) {
                scores[indices[i]] = normalize ? 1 / (1 + Math.exp(-some[i])) : some[i];
            }
        });
        int tokens = sequences.stream().mapToInt(ids -> ids.length).sum();
        return Response.from(Arrays.stream(scores).boxed().toList(), new TokenUsage(tokens));
    }

    private void warnOfTruncated(List<EncoderInput> pairs) {
        long cut = pairs.stream().filter(EncoderInput::truncated).count();
        if (cut > 0 && truncated.getAndAdd(cut) == 0) {
            LOG.warn(
                    "{} reads {} tokens of a question and a text at most, and these have more: what is behind them is"
                            + " ignored. Split long texts. This is said once, truncatedInputs() counts on",
                    name,
                    maxTokens);
        }
    }

    /** How many pairs have been cut to {@link #maxTokens()} so far. */
    public long truncatedInputs() {
        return truncated.get();
    }

    /** Most tokens of a pair, control tokens included. */
    public int maxTokens() {
        return maxTokens;
    }

    /** The checkpoint's name. */
    public String modelName() {
        return name;
    }

    /**
     * Waits for the pass that is running and frees all memory. Calls that have more to do end with an
     * {@link IllegalStateException}, as later ones do.
     */
    @Override
    public void close() {
        passes.close();
        tokenizer.close();
    }

    /** A new model; nothing must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** The options that {@link dev.rapid4j.RapidScoringModel.Builder} describes. */
    public static final class Builder extends NetworkOptions<ScoringCheckpoint, Builder> {

        private boolean normalize = true;

        private Builder() {
            super("BAAI/bge-reranker-v2-m3", ScoringCheckpoint::open, ScoringCheckpoint::open);
        }

        @Override
        Builder self() {
            return this;
        }

        public Builder normalize(boolean normalize) {
            this.normalize = normalize;
            return this;
        }

        public EncoderScoringModel build() {
            return new EncoderScoringModel(this);
        }
    }
}
