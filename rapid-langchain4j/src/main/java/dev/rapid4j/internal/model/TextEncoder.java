package dev.rapid4j.internal.model;

import dev.rapid4j.Pooling;
import dev.rapid4j.Precision;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.checkpoint.EncoderConfiguration;
import dev.rapid4j.internal.torch.Program;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.Value;
import dev.rapid4j.internal.weights.WeightType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An encoder-only network (BERT, RoBERTa, XLM-RoBERTa) with its weights on a device: texts as tokens in, vectors out.
 * Texts of any lengths go through it together in one pass, without padding, and each gets the vectors it would get
 * alone. Safe to use from several threads.
 */
public final class TextEncoder implements AutoCloseable {

    /** Tokens of a pass: enough to keep the device busy, few enough for activations to stay in caches or memory. */
    private static final int BUDGET_ON_CPU = 1024;

    private static final int BUDGET_ON_CUDA = 16_384;

    /** Said by the program. */
    private static final String NOT_A_NUMBER = "NaN values";

    private final Program program;
    private final String name;
    private final EncoderConfiguration configuration;
    private final boolean lexicalHead;
    private final int tokenDimension;
    private final String device;
    private final WeightType type;
    private final long weightBytes;
    private final Value model;

    private TextEncoder(
            Program program,
            EncoderCheckpoint checkpoint,
            int tokenDimension,
            String device,
            WeightType type,
            long weightBytes,
            Value model) {
        this.program = program;
        this.name = checkpoint.name();
        this.configuration = checkpoint.configuration();
        this.lexicalHead = checkpoint.hasLexicalHead();
        this.tokenDimension = tokenDimension;
        this.device = device;
        this.type = type;
        this.weightBytes = weightBytes;
        this.model = model;
    }

    /**
     * Loads the weights. A weight that already has the precision and stays on the CPU is not copied but memory-mapped.
     *
     * @param device see {@link Torch#device(String)}
     * @throws IllegalArgumentException if the machine lacks the device
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static TextEncoder load(EncoderCheckpoint checkpoint, String device, Precision precision) {
        String resolved = Torch.device(device);
        WeightType type = precision.on(resolved);
        EncoderConfiguration configuration = checkpoint.configuration();
        int tokenDimension = checkpoint.hasTokenHead()
                ? Math.toIntExact(checkpoint
                        .weights()
                        .get("colbert_linear.weight")
                        .shape()
                        .get(0))
                : 0;
        long bytes = WeightList.requireMemory(
                checkpoint.name(),
                checkpoint.weights(),
                resolved,
                type,
                workingBytes(configuration, tokenDimension, Math.max(budget(resolved), configuration.maxTokens())));
        Program program = program();
        try (WeightList weights = new WeightList(checkpoint.weights(), resolved, type)) {
            addAll(configuration, weights);
            Value model = program.run(
                    "assemble",
                    weights.value(),
                    configuration.layers(),
                    configuration.heads(),
                    configuration.firstPosition(),
                    configuration.activation().name(),
                    configuration.pooling() == Pooling.MEAN,
                    configuration.normalized(),
                    configuration.layerNormEpsilon());
            return new TextEncoder(program, checkpoint, tokenDimension, resolved, type, bytes, model);
        }
    }

    /** In the order that {@code encoder.py} describes. */
    private static void addAll(EncoderConfiguration configuration, WeightList weights) {
        weights.add("embeddings.word_embeddings.weight");
        weights.add("embeddings.position_embeddings.weight");
        weights.add("embeddings.token_type_embeddings.weight");
        weights.addWithBias("embeddings.LayerNorm");
        weights.addWithBias("sparse_linear");
        weights.addWithBias("colbert_linear");
        for (int i = 0; i < configuration.layers(); i++) {
            String layer = "encoder.layer." + i + ".";
            weights.addWithBias(layer + "attention.self.query");
            weights.addWithBias(layer + "attention.self.key");
            weights.addWithBias(layer + "attention.self.value");
            weights.addWithBias(layer + "attention.output.dense");
            weights.addWithBias(layer + "attention.output.LayerNorm");
            weights.addWithBias(layer + "intermediate.dense");
            weights.addWithBias(layer + "output.dense");
            weights.addWithBias(layer + "output.LayerNorm");
        }
    }

    /** Memory beyond the weights while so many tokens go through the network, in bytes; an estimate from above. */
    private static long workingBytes(EncoderConfiguration configuration, int tokenDimension, int tokens) {
        // float32 whatever the precision, for that is what norms, pooling and heads work in
        long width = 8L * configuration.hiddenSize() + 2L * configuration.intermediateSize() + 4L * tokenDimension;
        return tokens * width * Float.BYTES;
    }

    public String name() {
        return name;
    }

    /** {@code cpu} or {@code cuda:N}. */
    public String device() {
        return device;
    }

    /** The type of weights and activations. */
    public WeightType type() {
        return type;
    }

    /** Numbers of a dense vector. */
    public int dimension() {
        return configuration.hiddenSize();
    }

    /** Numbers of a token's vector; 0 without the head for them. */
    public int tokenDimension() {
        return tokenDimension;
    }

    /** Most tokens of a text, start and end token included. */
    public int maxTokens() {
        return configuration.maxTokens();
    }

    /** Ids from this on are refused. */
    public int vocabularySize() {
        return configuration.vocabularySize();
    }

    /** Memory of the weights in bytes, without those that are used memory-mapped. */
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

    /** Most tokens of several texts in one pass. A single text may have {@link #maxTokens()}, which can be more. */
    public int tokenBudget() {
        return budget(device);
    }

    static Program program() {
        return Program.load("Encoder");
    }

    private static int budget(String device) {
        return device.equals("cpu") ? BUDGET_ON_CPU : BUDGET_ON_CUDA;
    }

    /**
     * The dense vectors of texts, in one pass.
     *
     * @param texts ids with the start and end tokens around them
     * @return {@code [texts.size()][dimension]}, of length 1 if the checkpoint says so
     * @throws IllegalArgumentException if there is no text, or one has no token, more than {@link #maxTokens()} or one
     *     outside the vocabulary, or several have more than {@link #tokenBudget()} together
     */
    public float[][] embed(List<int[]> texts) {
        Packing packing = pack(texts);
        try (Value result = run("embed", model, packing.ids(), packing.counts(), packing.lengths())) {
            return packing.unpack(rows(result.toDoubles(), texts.size(), dimension()));
        }
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
    public Views views(List<int[]> texts, WeightType tokenVectorType) {
        Packing packing = pack(texts);
        try (Value result = run(
                "views", model, packing.ids(), packing.counts(), packing.lengths(), WeightList.code(tokenVectorType))) {
            List<Value> parts = result.toTuple();
            Value vectors = parts.get(2);
            try (Value dense = parts.get(0);
                    Value weights = parts.get(1)) {
                Views views = new Views(
                        packing.unpack(rows(dense.toDoubles(), texts.size(), dimension())),
                        lexicalHead ? packing.unpackTokens(weights.toDoubles()) : null,
                        hasTokenHead() ? tokenVectors(packing, vectors, tokenVectorType) : null);
                if (!hasTokenHead()) {
                    vectors.close();
                }
                return views;
            } catch (RuntimeException e) {
                vectors.close();
                throw e;
            }
        }
    }

    private List<TokenVectors> tokenVectors(Packing packing, Value tensor, WeightType tokenVectorType) {
        TokenVectors.Pass pass = new TokenVectors.Pass(
                tensor, tokenDimension, tokenVectorType, new AtomicInteger(packing.order().length));
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
            try (Value result = run(
                    "late_interaction",
                    question.pass().tensor(),
                    question.start(),
                    question.tokens(),
                    pass.tensor(),
                    starts,
                    tokens)) {
                double[] some = result.toDoubles();
                for (int i = 0; i < some.length; i++) {
                    scores[members.get(i)] = some[i];
                }
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

    private Value run(String method, Object... arguments) {
        try {
            return program.run(method, arguments);
        } catch (TorchException e) {
            if (e.getMessage().contains(NOT_A_NUMBER)) {
                throw new TorchException(
                        "%s returned infinite or NaN values: its weights or config.json are damaged, or too much for %s; download it again or choose another precision"
                                .formatted(name, type),
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
        return name + " on " + device + " as " + type;
    }
}
