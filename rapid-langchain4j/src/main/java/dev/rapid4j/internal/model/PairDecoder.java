package dev.rapid4j.internal.model;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.PairDecoderCheckpoint;
import dev.rapid4j.internal.torch.Device;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder-only network (Qwen3-Reranker) that is asked whether a text answers a question: the score is by how much the
 * logit of one answer is above that of the other. Pairs go through it one after the other, and what one has in common
 * with the one before it, the question above all, is read once.
 */
public final class PairDecoder implements PairNetwork {

    /** So that several short texts share their question. */
    private static final int CHUNKS_OF_PASS = 4;

    private final LanguageModel model;
    private final int maxTokens;
    private final int yes;
    private final int no;

    private PairDecoder(LanguageModel model, int maxTokens, int yes, int no) {
        this.model = model;
        this.maxTokens = maxTokens;
        this.yes = yes;
        this.no = no;
    }

    /**
     * Loads the weights. A weight that already has the format and stays on the CPU is not copied but memory-mapped.
     *
     * @param yes the answer whose logit speaks for the text
     * @param no the one whose logit speaks against it
     * @param progress hears how far loading is
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static PairDecoder load(
            PairDecoderCheckpoint checkpoint,
            Device device,
            WeightFormat weights,
            int yes,
            int no,
            ProgressListener progress) {
        WeightFormat format = weights == WeightFormat.AUTO ? TextEncoder.automatic(device) : weights;
        LanguageModel model = LanguageModel.load(
                checkpoint.model(), device, format, CacheType.AUTO, checkpoint.maxTokens(), progress);
        return new PairDecoder(model, checkpoint.maxTokens(), yes, no);
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public Device device() {
        return model.devices().get(0);
    }

    @Override
    public long weightBytes() {
        return model.weightBytes();
    }

    @Override
    public int tokenBudget() {
        return CHUNKS_OF_PASS * model.chunk();
    }

    @Override
    public double[] score(List<int[]> pairs, int[] seconds) {
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("No pairs given");
        }
        int longest = pairs.stream().mapToInt(pair -> pair.length).max().getAsInt();
        double[] scores = new double[pairs.size()];
        try (KeyValueCache cache = model.newCache(Math.max(1, longest))) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = score(cache, pairs.get(i));
            }
        }
        return scores;
    }

    private double score(KeyValueCache cache, int[] pair) {
        if (pair.length == 0 || pair.length > maxTokens) {
            throw new IllegalArgumentException("A pair has %d tokens; %s takes from 1 to %d, control tokens included"
                    .formatted(pair.length, name(), maxTokens));
        }
        int last = pair.length - 1;
        int known = cache.commonPrefix(pair, last);
        cache.truncate(known);
        model.prefill(cache, Arrays.copyOfRange(pair, known, last), done -> {});
        double[] logits = model.logits(cache, Arrays.copyOfRange(pair, last, pair.length), 1)[0];
        return logits[yes] - logits[no];
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
