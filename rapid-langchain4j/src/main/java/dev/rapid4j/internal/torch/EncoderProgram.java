package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import java.util.List;

/**
 * {@code encoder.py}: an encoder-only network, and what is made of its hidden states. Safe to use from several threads.
 */
public final class EncoderProgram {

    private static final String NAME = "Encoder";

    private final ScriptModule module = ScriptModule.load(NAME);

    /** A network with its weights. */
    public static final class Model extends Handle {
        private Model(NativeValue value) {
            super(value);
        }
    }

    /** Vectors of the tokens of a batch, one behind the other. */
    public static final class Vectors extends Handle {
        private Vectors(NativeValue value) {
            super(value);
        }
    }

    /**
     * The shape of a network.
     *
     * @param scale of attention scores
     * @param firstPosition of a text, in the table of positions
     * @param activation {@code GELU}, {@code GELU_TANH} or {@code RELU}
     * @param rootMeanSquare norms are RMS norms whose weight is added to 1, else layer norms
     * @param normsOfSums a norm behind a block is of its sum with what went in
     */
    public record Network(
            int heads,
            int keyValueHeads,
            int headDimension,
            double scale,
            int firstPosition,
            String activation,
            boolean rootMeanSquare,
            boolean normsOfSums,
            double epsilon,
            double embeddingScale) {}

    /**
     * The layers of a network.
     *
     * @param windows tokens to either side that a token of the layer sees; 0 for all
     * @param thetas bases of the rotary embeddings; 0 for none
     */
    public record Layers(int[] windows, double[] thetas) {}

    /**
     * What is made of hidden states.
     *
     * @param mean the dense vector is the mean over the tokens instead of the first one
     * @param projections one for each layer that it goes through then: 1 where a hyperbolic tangent follows, else 0
     * @param normalized the dense vector is brought to length 1
     * @param scorerActivation as of {@link Network}, or {@code TANH}
     */
    public record Output(boolean mean, int[] projections, boolean normalized, String scorerActivation) {}

    /**
     * Texts one behind the other, those of equal length side by side, as groups.
     *
     * @param counts texts of each group
     * @param lengths tokens of each text of a group
     */
    public record Batch(int[] ids, int[] counts, int[] lengths) {}

    /**
     * What the network and its heads say about a batch.
     *
     * @param dense {@code [texts * hidden]}
     * @param tokenWeights one a token; none without the lexical head
     * @param tokenVectors for each token but the first of each text; none without the token head. Closed by the caller
     */
    public record Views(double[] dense, double[] tokenWeights, Vectors tokenVectors) {}

    /** Some of the rows of token vectors. */
    public record Rows(Vectors vectors, int start, int count) {}

    /** @throws TorchException if the engine does not start */
    public EncoderProgram() {}

    /** The program as {@code torch.jit.load} reads it, for use outside this JVM; the engine is not started. */
    public static byte[] archive() {
        return ScriptModule.archive(NAME);
    }

    /**
     * A network with the weights of a table, which is empty afterwards; closed by the caller.
     *
     * @throws TorchException if a weight is missing, or has no place in the network
     */
    public Model assemble(WeightsProgram.Table weights, Network network, Layers layers, Output output) {
        try (NativeValue shape = module.run(
                        "shape",
                        network.heads(),
                        network.keyValueHeads(),
                        network.headDimension(),
                        network.scale(),
                        network.firstPosition());
                NativeValue settings = module.run(
                        "settings",
                        network.activation(),
                        network.rootMeanSquare(),
                        network.normsOfSums(),
                        network.epsilon(),
                        network.embeddingScale());
                NativeValue assembled = module.run("layers", weights, layers.windows(), layers.thetas());
                NativeValue projections = module.run("projections", weights, output.projections());
                NativeValue out = module.run("output", output.mean(), output.normalized(), output.scorerActivation())) {
            return new Model(module.run("assemble", weights, assembled, projections, shape, settings, out));
        }
    }

    /**
     * Dense vectors.
     *
     * @return {@code [texts * hidden]}
     */
    public double[] embed(Model model, Batch batch) {
        try (NativeValue vectors = module.run("embed", model, batch.ids(), batch.counts(), batch.lengths())) {
            return vectors.toDoubles();
        }
    }

    /**
     * Scores of pairs, of a network with a scorer.
     *
     * @param segments of each token, 0 or 1; empty for 0 everywhere
     * @return {@code [texts]}
     */
    public double[] score(Model model, Batch batch, int[] segments) {
        try (NativeValue scores = module.run("score", model, batch.ids(), segments, batch.counts(), batch.lengths())) {
            return scores.toDoubles();
        }
    }

    /** @param type in which token vectors are kept */
    public Views views(Model model, Batch batch, ElementType type) {
        try (NativeValue views =
                module.run("views", model, batch.ids(), batch.counts(), batch.lengths(), type.code())) {
            List<NativeValue> parts = views.toTuple();
            NativeValue vectors = parts.get(2);
            try (NativeValue dense = parts.get(0);
                    NativeValue weights = parts.get(1)) {
                return new Views(dense.toDoubles(), weights.toDoubles(), new Vectors(vectors));
            } catch (RuntimeException e) {
                vectors.close();
                throw e;
            }
        }
    }

    /**
     * For each token of the question the likeness of the passage's token that is most alike, averaged.
     *
     * @param passages the vectors in which all passages lie
     * @param starts the first row of each passage
     * @param rows how many rows each passage has
     * @return a score for each passage
     */
    public double[] lateInteraction(Rows question, Vectors passages, int[] starts, int[] rows) {
        try (NativeValue scores = module.run(
                "late_interaction", question.vectors(), question.start(), question.count(), passages, starts, rows)) {
            return scores.toDoubles();
        }
    }

    /** Copies some token vectors to memory. */
    public void copyRows(Rows rows, ByteTensor into) {
        module.run("rows_to_bytes", rows.vectors(), rows.start(), rows.count(), into)
                .close();
    }

    /**
     * Token vectors from memory, as {@link #copyRows} has put them there, one after the other; closed by the caller.
     */
    public Vectors restoreRows(ByteTensor from, int width, ElementType type, Device device) {
        return new Vectors(module.run("bytes_to_rows", from, width, type.code(), device.toString()));
    }

    /** The numbers of some token vectors. */
    public double[] values(Rows rows) {
        try (NativeValue values = module.run("values", rows.vectors(), rows.start(), rows.count())) {
            return values.toDoubles();
        }
    }
}
