package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.EmbeddingDecoder;
import dev.rapid4j.internal.torch.Device;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder-only network (Qwen3-Embedding) whose vector of a text is the hidden state of its last token, which alone
 * has seen all of it. One text goes through it after the other.
 */
public final class TextDecoder implements TextNetwork {

    private final LanguageModel model;
    private final int dimension;
    private final int maxTokens;
    private final boolean normalized;

    private TextDecoder(LanguageModel model, EmbeddingDecoder checkpoint) {
        this.model = model;
        this.dimension = checkpoint.model().configuration().hiddenSize();
        this.maxTokens = checkpoint.maxTokens();
        this.normalized = checkpoint.normalized();
    }

    /**
     * Loads the weights. A weight that already has the format and stays on the CPU is not copied but memory-mapped.
     *
     * @param progress hears how far loading is
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static TextDecoder load(
            EmbeddingDecoder checkpoint, Device device, WeightFormat weights, ProgressListener progress) {
        // vectors are kept and compared for long, so they are the same on every CPU
        WeightFormat format = weights == WeightFormat.AUTO ? TextEncoder.automatic(device) : weights;
        return new TextDecoder(
                LanguageModel.load(
                        checkpoint.model(), device, format, CacheType.AUTO, checkpoint.maxTokens(), progress),
                checkpoint);
    }

    LanguageModel model() {
        return model;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public Device device() {
        return model.stages().first();
    }

    @Override
    public NumberFormat numbers() {
        return model.numbers();
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    @Override
    public long weightBytes() {
        return model.weightBytes();
    }

    /** So that whoever waits for the device, or asks how far it has come, need not wait for a whole book. */
    @Override
    public int tokenBudget() {
        return model.chunk();
    }

    @Override
    public float[][] embed(List<int[]> texts) {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("No texts given");
        }
        int longest = texts.stream().mapToInt(text -> text.length).max().getAsInt();
        float[][] vectors = new float[texts.size()][];
        try (KeyValueCache cache = model.newCache(Math.max(1, longest))) {
            for (int i = 0; i < vectors.length; i++) {
                cache.truncate(0);
                vectors[i] = embed(cache, texts.get(i));
            }
        }
        return vectors;
    }

    private float[] embed(KeyValueCache cache, int[] text) {
        if (text.length == 0 || text.length > maxTokens) {
            throw new IllegalArgumentException("A text has %d tokens; %s takes from 1 to %d, control tokens included"
                    .formatted(text.length, name(), maxTokens));
        }
        // of all tokens but the last one the last layer makes keys and values only
        int last = text.length - 1;
        model.prefill(cache, Arrays.copyOf(text, last), done -> {});
        double[] state = model.hiddenState(cache, Arrays.copyOfRange(text, last, text.length));
        double length = Math.sqrt(Arrays.stream(state).map(x -> x * x).sum());
        double divisor = normalized && length > 0 ? length : 1;
        float[] vector = new float[state.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (state[i] / divisor);
        }
        return vector;
    }

    @Override
    public void close() {
        model.close();
    }

    @Override
    public String toString() {
        return model.toString();
    }
}
