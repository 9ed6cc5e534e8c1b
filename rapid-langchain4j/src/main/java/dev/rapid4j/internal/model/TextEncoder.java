package dev.rapid4j.internal.model;

import dev.rapid4j.Pooling;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchException.Problem;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.Activation;
import dev.rapid4j.internal.architecture.EncoderConfiguration;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.torch.ByteTensor;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.EncoderProgram;
import dev.rapid4j.internal.torch.WeightsProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * An encoder-only network (BERT, ModernBERT and others) with its weights on a device: texts as tokens in, vectors or
 * scores out. Texts of any lengths go through it together in one pass, without padding, and each gets the vectors it
 * would get alone. Safe to use from several threads.
 */
public final class TextEncoder implements TextNetwork {

    /** Tokens of a pass: enough to keep the device busy, few enough for activations to stay in caches or memory. */
    private static final int BUDGET_ON_CPU = 1024;

    private static final int BUDGET_ON_CUDA = 16_384;

    private final EncoderProgram program;
    private final String name;
    private final EncoderConfiguration configuration;
    private final boolean lexicalHead;
    private final int tokenDimension;
    private final Device device;
    private final NumberFormat numbers;
    private final long weightBytes;
    private final EncoderProgram.Model model;

    private TextEncoder(EncoderCheckpoint checkpoint, Device device, WeightFormat weights, ProgressListener progress) {
        this.name = checkpoint.name();
        this.configuration = checkpoint.configuration();
        this.lexicalHead = checkpoint.hasLexicalHead();
        this.tokenDimension = checkpoint.tokenDimension();
        this.device = device;
        if (weights == WeightFormat.INT8) {
            throw new IllegalArgumentException(
                    "INT8 weights are for decoders; for the encoder %s choose FLOAT32 or BFLOAT16".formatted(name));
        }
        this.numbers = NumberFormat.of(weights == WeightFormat.AUTO ? automatic(device) : weights, device);
        long workingBytes =
                workingBytes(configuration, tokenDimension, Math.max(budget(device), configuration.maxTokens()));
        WeightPlan plan = WeightPlan.of(checkpoint.fields(), device, numbers);
        this.weightBytes = WeightLoader.requireMemory(name, plan, workingBytes);
        this.program = new EncoderProgram();
        try (WeightsProgram.Table table = WeightLoader.load(name, plan, progress)) {
            this.model = program.assemble(table, network(configuration), layers(configuration), output(configuration));
        }
    }

    /** Vectors are kept and compared for long, so they are the same on every CPU. */
    static WeightFormat automatic(Device device) {
        return device.equals(Device.CPU) ? WeightFormat.FLOAT32 : WeightFormat.BFLOAT16;
    }

    private static EncoderProgram.Network network(EncoderConfiguration configuration) {
        Attention attention = configuration.attention();
        Norms norms = configuration.norms();
        return new EncoderProgram.Network(
                attention.heads(),
                attention.keyValueHeads(),
                attention.headDimension(),
                attention.scale(),
                configuration.positions().first(),
                configuration.feedForward().activation().name(),
                norms.rootMeanSquare(),
                norms.ofSums(),
                norms.epsilon(),
                configuration.embeddingScale());
    }

    private static EncoderProgram.Layers layers(EncoderConfiguration configuration) {
        List<Layer> layers = configuration.layers();
        return new EncoderProgram.Layers(
                layers.stream().mapToInt(Layer::window).toArray(),
                layers.stream().mapToDouble(Layer::theta).toArray());
    }

    private static EncoderProgram.Output output(EncoderConfiguration configuration) {
        Output output = configuration.output();
        return new EncoderProgram.Output(
                output.pooling() == Pooling.MEAN,
                output.projections().stream()
                        .mapToInt(projection -> projection.tanh() ? 1 : 0)
                        .toArray(),
                output.normalized(),
                output.scorer().map(Activation::name).orElse(""));
    }

    /**
     * Loads the weights. A weight that already has the format and stays on the CPU is not copied but memory-mapped.
     *
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static TextEncoder load(EncoderCheckpoint checkpoint, Device device, WeightFormat weights) {
        return load(checkpoint, device, weights, new ProgressListener() {});
    }

    /**
     * {@link #load(EncoderCheckpoint, Device, WeightFormat)}.
     *
     * @param progress hears how far loading is
     */
    public static TextEncoder load(
            EncoderCheckpoint checkpoint, Device device, WeightFormat weights, ProgressListener progress) {
        return new TextEncoder(checkpoint, device, weights, progress);
    }

    /** Memory beyond the weights while so many tokens go through the network, in bytes; an estimate from above. */
    private static long workingBytes(EncoderConfiguration configuration, int tokenDimension, int tokens) {
        // float32 whatever the weights, for that is what norms, pooling and heads work in
        Attention attention = configuration.attention();
        // queries, keys and values, each once more while they are rotated, and what they come to
        long width = 4L * configuration.hiddenSize()
                + 8L * attention.heads() * attention.headDimension()
                + 3L * configuration.feedForward().width()
                + 4L * tokenDimension;
        // of a single long text, which no more than a few layers' operators have at once
        long biases = configuration.positions().buckets() == 0 ? 0 : 4L * attention.heads() * tokens;
        return tokens * (width + biases) * Float.BYTES;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public NumberFormat numbers() {
        return numbers;
    }

    @Override
    public int dimension() {
        return configuration.dimension();
    }

    /** Numbers of a token's vector; 0 without the head for them. */
    public int tokenDimension() {
        return tokenDimension;
    }

    @Override
    public int maxTokens() {
        return configuration.maxTokens();
    }

    /** Ids from this on are refused. */
    public int vocabularySize() {
        return configuration.vocabularySize();
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    /** Whether tokens get weights. */
    public boolean hasLexicalHead() {
        return lexicalHead;
    }

    /** Whether tokens get vectors. */
    public boolean hasTokenHead() {
        return tokenDimension > 0;
    }

    @Override
    public int tokenBudget() {
        return budget(device);
    }

    private static int budget(Device device) {
        return device.equals(Device.CPU) ? BUDGET_ON_CPU : BUDGET_ON_CUDA;
    }

    @Override
    public float[][] embed(List<int[]> texts) {
        Packing packing = pack(texts);
        double[] dense = finite(() -> program.embed(model, packing.batch()));
        return packing.unpack(rows(dense, texts.size(), dimension()));
    }

    /** Whether it scores pairs of texts, and does nothing else. */
    public boolean hasScorer() {
        return configuration.output().scorer().isPresent();
    }

    /**
     * The scores of pairs of texts, in one pass.
     *
     * @param pairs the ids of each pair's two texts, with the control tokens around and between them, as for
     *     {@link #embed}
     * @param seconds of each pair the place from which on its tokens are of the second segment type
     * @return one a pair, unbounded
     * @throws IllegalArgumentException as {@link #embed}
     */
    public double[] score(List<int[]> pairs, int[] seconds) {
        Packing packing = pack(pairs);
        int[] segments = configuration.positions().tokenTypes() < 2 ? new int[0] : segments(packing, seconds);
        double[] packed = finite(() -> program.score(model, packing.batch(), segments));
        double[] scores = new double[packed.length];
        for (int i = 0; i < scores.length; i++) {
            scores[packing.order()[i]] = packed[i];
        }
        return scores;
    }

    private static int[] segments(Packing packing, int[] seconds) {
        return Arrays.stream(packing.order())
                .boxed()
                .flatMapToInt(pair -> IntStream.range(0, packing.texts().get(pair).length)
                        .map(token -> token < seconds[pair] ? 0 : 1))
                .toArray();
    }

    /**
     * What the network and its heads have to say about texts.
     *
     * @param dense {@code [texts][dimension]}, as from {@link #embed}
     * @param tokenWeights {@code [texts][tokens]}, how much each token matters, at least 0; start and end token
     *     included; null without the lexical head
     * @param tokenVectors one a text; null without the token head
     */
    public record Views(float[][] dense, float[][] tokenWeights, List<TokenVectors> tokenVectors)
            implements AutoCloseable {

        /** Closes the token vectors. */
        @Override
        public void close() {
            if (tokenVectors != null) {
                tokenVectors.forEach(TokenVectors::close);
            }
        }
    }

    /**
     * Dense vectors, token weights and token vectors of texts, in one pass.
     *
     * @param texts as for {@link #embed}
     * @param tokenVectorType in which token vectors are kept; a score does not feel float16
     * @return to be closed by the caller, or each of its token vectors
     * @throws IllegalArgumentException as {@link #embed}
     */
    public Views views(List<int[]> texts, ElementType tokenVectorType) {
        Packing packing = pack(texts);
        EncoderProgram.Views views = finite(() -> program.views(model, packing.batch(), tokenVectorType));
        try {
            Views unpacked = new Views(
                    packing.unpack(rows(views.dense(), texts.size(), dimension())),
                    lexicalHead ? packing.unpackTokens(views.tokenWeights()) : null,
                    hasTokenHead() ? tokenVectors(packing, views.tokenVectors(), tokenVectorType) : null);
            if (!hasTokenHead()) {
                views.tokenVectors().close();
            }
            return unpacked;
        } catch (RuntimeException e) {
            views.tokenVectors().close();
            throw e;
        }
    }

    /**
     * Token vectors from memory outside the heap, as {@link TokenVectors#copyTo} has put them there, those of one text
     * after the other.
     *
     * @param tokens how many each text has
     * @return to be closed by the caller
     * @throws IllegalArgumentException if the memory is not of that size
     */
    public List<TokenVectors> restoreTokenVectors(ByteBuffer from, int[] tokens, ElementType type) {
        long all = Arrays.stream(tokens).asLongStream().sum();
        if (tokens.length == 0 || all * tokenDimension * type.bytes() != from.remaining()) {
            throw new IllegalArgumentException(from.remaining() + " bytes are not " + all + " token vectors");
        }
        EncoderProgram.Vectors vectors;
        try (ByteTensor memory = ByteTensor.over(from)) {
            vectors = program.restoreRows(memory, tokenDimension, type, device);
        }
        TokenVectors.Pass pass =
                new TokenVectors.Pass(program, vectors, tokenDimension, type, new AtomicInteger(tokens.length));
        List<TokenVectors> restored = new ArrayList<>();
        int start = 0;
        for (int count : tokens) {
            restored.add(new TokenVectors(pass, start, count));
            start += count;
        }
        return restored;
    }

    private List<TokenVectors> tokenVectors(
            Packing packing, EncoderProgram.Vectors tensor, ElementType tokenVectorType) {
        TokenVectors.Pass pass = new TokenVectors.Pass(
                program, tensor, tokenDimension, tokenVectorType, new AtomicInteger(packing.order().length));
        TokenVectors[] vectors = new TokenVectors[packing.order().length];
        int start = 0;
        for (int text : packing.order()) {
            int tokens = packing.texts().get(text).length - 1;
            vectors[text] = new TokenVectors(pass, start, tokens);
            start += tokens;
        }
        return List.of(vectors);
    }

    /**
     * How well passages answer a question, token by token: for each token of the question the likeness of the passage's
     * token that is most alike, averaged (ColBERT's score, as in BGE-M3).
     *
     * @return one score a passage, from -1 to 1; 0 where passage or question have no vector
     * @throws IllegalArgumentException if the vectors are not of one dimension
     * @throws IllegalStateException if any have been closed
     */
    public double[] lateInteraction(TokenVectors question, List<TokenVectors> passages) {
        double[] scores = new double[passages.size()];
        Map<TokenVectors.Pass, List<Integer>> byPass = new LinkedHashMap<>();
        for (int i = 0; i < scores.length; i++) {
            TokenVectors passage = passages.get(i);
            if (passage.dimension() != question.dimension()) {
                throw new IllegalArgumentException("Token vectors of " + question.dimension() + " and of "
                        + passage.dimension() + " numbers cannot be compared; they are from different models");
            }
            if (passage.tokens() > 0 && question.tokens() > 0) {
                byPass.computeIfAbsent(passage.pass(), ignored -> new ArrayList<>())
                        .add(i);
            }
        }
        byPass.forEach((pass, members) -> {
            int[] starts =
                    members.stream().mapToInt(i -> passages.get(i).start()).toArray();
            int[] tokens =
                    members.stream().mapToInt(i -> passages.get(i).tokens()).toArray();
            double[] some = program.lateInteraction(question.rows(), pass.vectors(), starts, tokens);
            for (int i = 0; i < some.length; i++) {
                scores[members.get(i)] = some[i];
            }
        });
        return scores;
    }

    private Packing pack(List<int[]> texts) {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("No texts given");
        }
        long tokens = 0;
        for (int[] text : texts) {
            if (text.length == 0 || text.length > maxTokens()) {
                throw new IllegalArgumentException("A text has " + text.length + " tokens; " + name
                        + " takes from 1 to " + maxTokens() + ", start and end token included");
            }
            for (int id : text) {
                // on CUDA an id out of range would break the device for the whole process
                if (id < 0 || id >= vocabularySize()) {
                    throw new IllegalArgumentException(
                            "Token " + id + " is not in the vocabulary of " + vocabularySize() + " tokens of " + name);
                }
            }
            tokens += text.length;
        }
        if (texts.size() > 1 && tokens > tokenBudget()) {
            throw new IllegalArgumentException(texts.size() + " texts have " + tokens
                    + " tokens together; give several at once only up to " + tokenBudget());
        }
        return Packing.of(texts);
    }

    private <T> T finite(Supplier<T> call) {
        try {
            return call.get();
        } catch (TorchException e) {
            if (e.problem() == Problem.NOT_FINITE) {
                throw new TorchException(
                        Problem.NOT_FINITE,
                        "%s returned infinite or NaN values: its weights or config.json are damaged, or too much for %s; download it again or choose another weight format"
                                .formatted(name, numbers.weights()),
                        e);
            }
            throw e;
        }
    }

    static float[][] rows(double[] flat, int count, int width) {
        float[][] rows = new float[count][width];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < width; j++) {
                rows[i][j] = (float) flat[i * width + j];
            }
        }
        return rows;
    }

    @Override
    public void close() {
        model.close();
    }

    @Override
    public String toString() {
        return name + " on " + device + " as " + numbers.weights();
    }
}
