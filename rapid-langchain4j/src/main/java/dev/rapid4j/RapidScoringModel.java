package dev.rapid4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.rapid4j.internal.embedding.EncoderScoringModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Scores in this process how well texts answer a question, with BGE-reranker-v2-m3 or another reranker (cross-encoder)
 * that Hugging Face publishes: {@code XLMRobertaForSequenceClassification}, {@code RobertaForSequenceClassification},
 * {@code BertForSequenceClassification} or {@code ModernBertForSequenceClassification} with one label, or
 * Qwen3-Reranker ({@code Qwen3ForCausalLM}), a decoder that is asked for a yes or no. For LangChain4j's
 * {@code ReRankingContentAggregator}, say.
 *
 * <pre>{@code
 * try (RapidScoringModel model = RapidScoringModel.builder().build()) {
 *     double score = model.score("The lighthouse stands on Skerry Head.", "Where is the lighthouse?").content();
 * }
 * }</pre>
 *
 * <p>The network reads question and text together, one pass a pair, so it tells more than the likeness of two vectors
 * and costs more: rerank some dozens of passages that an embedding model has found. Longer pairs are cut to
 * {@link Builder#maxTokens maxTokens}, the longer of the two first, for a decoder the end. Text that looks like a
 * control token is text.
 *
 * <p>Pairs of one call are put together for passes, as many tokens as suit the device, so give many at once. Safe to
 * use from several threads, whose passes take turns. An interrupted thread ends after the pass it is in with a
 * {@link LangChain4jException}, and is still interrupted. {@link #close()} frees all memory.
 */
public final class RapidScoringModel implements ScoringModel, AutoCloseable {

    private final EncoderScoringModel model;

    private RapidScoringModel(EncoderScoringModel model) {
        this.model = model;
    }

    /**
     * Scores texts.
     *
     * @return one score a text, in their order: from 0 to 1, or as {@link Builder#normalize} says; with the number of
     *     tokens that were read
     * @throws NullPointerException if a text or the question is null
     * @throws IllegalStateException if the model is closed, before or meanwhile
     * @throws LangChain4jException if the network fails, or the thread is interrupted, which it then still is
     */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        return model.scoreAll(segments, query);
    }

    /** How many pairs have been cut to {@link #maxTokens()} so far. */
    public long truncatedInputs() {
        return model.truncatedInputs();
    }

    /** Most tokens of a question and a text together, control tokens included. */
    public int maxTokens() {
        return model.maxTokens();
    }

    /** The name of the checkpoint. */
    public String modelName() {
        return model.modelName();
    }

    /**
     * Waits for the pass that is running and frees all memory. Calls that have more to do end with an
     * {@link IllegalStateException}, as later ones do.
     */
    @Override
    public void close() {
        model.close();
    }

    /** A new model; nothing must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RapidScoringModel}. */
    public static final class Builder {

        private final EncoderScoringModel.Builder model = EncoderScoringModel.builder();

        private Builder() {}

        /**
         * The reranker: a folder with a Hugging Face checkpoint, or a model of the hub, {@code organisation/name} or
         * {@code organisation/name@revision}; {@code BAAI/bge-reranker-v2-m3} by default.
         */
        public Builder model(String folderOrHubId) {
            model.model(folderOrHubId);
            return this;
        }

        /** {@link #model(String)} for a folder. */
        public Builder model(Path folder) {
            model.model(folder);
            return this;
        }

        /**
         * Where a model that is not a folder comes from; by default the hub that the environment variables describe.
         */
        public Builder hub(Hub hub) {
            model.hub(Objects.requireNonNull(hub, "hub").files());
            return this;
        }

        /** {@code cpu}, {@code cuda}, {@code cuda:N}, or {@code auto}, the default: CUDA if there is a device. */
        public Builder device(String device) {
            model.device(device);
            return this;
        }

        /**
         * The type of weights and activations; {@link WeightFormat#AUTO} by default. {@link WeightFormat#INT8} is for
         * decoders.
         */
        public Builder weights(WeightFormat weights) {
            model.weights(weights);
            return this;
        }

        /** Threads that work on a pass on the CPU: {@link RapidEngine.Builder#cpuThreads} of the whole process. */
        public Builder cpuThreads(int cpuThreads) {
            model.cpuThreads(cpuThreads);
            return this;
        }

        /**
         * Most tokens of a question and a text together, control tokens included. By default, and at most, what the
         * checkpoint was made for: 8,192 for BGE-reranker-v2-m3 and Qwen3-Reranker, 512 for most others.
         */
        public Builder maxTokens(int maxTokens) {
            model.maxTokens(maxTokens);
            return this;
        }

        /**
         * Whether scores are brought to between 0 and 1 by the logistic function, as sentence-transformers does; true
         * by default. Otherwise they are the network's logits, unbounded, and mostly negative for what does not answer.
         * The order is the same.
         */
        public Builder normalize(boolean normalize) {
            model.normalize(normalize);
            return this;
        }

        /**
         * Hears of loading: {@link ProgressListener#onLoading(String, String)}, how far it is, and
         * {@link ProgressListener#onLoaded}; it may be the engine's.
         */
        public Builder loadingListener(ProgressListener listener) {
            model.loadingListener(new SafeProgress(List.of(listener)));
            return this;
        }

        /**
         * Loads the reranker.
         *
         * @throws IllegalArgumentException if an option does not fit the checkpoint, or the machine lacks the device
         * @throws CheckpointException if the checkpoint cannot be had or used
         * @throws TorchException if the PyTorch engine fails, memory does not suffice, or the thread is interrupted
         *     while weights are loaded, which it then still is
         */
        public RapidScoringModel build() {
            return new RapidScoringModel(model.build());
        }
    }
}
