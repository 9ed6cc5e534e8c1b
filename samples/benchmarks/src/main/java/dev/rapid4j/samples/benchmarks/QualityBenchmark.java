package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compares what models say of a text with what the first of them says. Each window of the text is a prompt, read in the
 * large pieces in which prompts are read, and an answer, whose tokens they predict in the small pieces in which drafts
 * are verified: 8-bit weights compute these otherwise.
 *
 * @param models of one vocabulary
 * @param window tokens that are read without what is before them, more than {@code prompt}
 * @param prompt tokens of a window that are not predicted, at least 1
 */
record QualityBenchmark(List<LanguageModel> models, int window, int prompt) {

    /** Of an answer at once: their logits, in eight bytes each, are some 80 MB for the large vocabularies. */
    private static final int ROWS = 64;

    /**
     * One model's figures, means over the tokens of the answers.
     *
     * @param sameBestToken how often its most probable token is the first model's
     * @param accepted the sum of minima of its probabilities and the first model's
     */
    record Result(String weights, String cache, double negativeLogLikelihood, double sameBestToken, double accepted) {}

    private static final class Sums {
        private double negativeLogLikelihood;
        private int sameBestToken;
        private double accepted;
    }

    List<Result> run(int[] ids, Progress progress) {
        List<Sums> sums = models.stream().map(model -> new Sums()).toList();
        for (int from = 0; from < ids.length - prompt; from += window) {
            int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + window));
            progress.begin(
                    "Tokens %,d to %,d of %,d".formatted(from + 1, from + part.length, ids.length),
                    (double) models.size() * part.length);
            read(part, sums);
        }
        int predicted = predicted(ids.length);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            Sums sum = sums.get(i);
            results.add(new Result(
                    models.get(i).numbers().weights().name(),
                    models.get(i).numbers().cache().name(),
                    sum.negativeLogLikelihood / predicted,
                    (double) sum.sameBestToken / predicted,
                    sum.accepted / predicted));
        }
        return results;
    }

    /** Of so many tokens. */
    int predicted(int tokens) {
        return tokens / window * (window - prompt) + Math.max(0, tokens % window - prompt);
    }

    private void read(int[] ids, List<Sums> sums) {
        List<KeyValueCache> caches = new ArrayList<>();
        try {
            int[] read = Arrays.copyOf(ids, prompt - 1); // the last one is read to predict the answer's first
            for (LanguageModel model : models) {
                KeyValueCache cache = model.newCache(ids.length);
                caches.add(cache);
                model.prefill(cache, read, done -> {});
            }
            for (int from = read.length; from < ids.length - 1; from += ROWS) {
                int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length - 1, from + ROWS));
                int[] next = Arrays.copyOfRange(ids, from + 1, from + 1 + chunk.length);
                double[][] exact = null;
                for (int i = 0; i < models.size(); i++) {
                    double[][] probabilities = models.get(i).logits(caches.get(i), chunk, chunk.length);
                    Arrays.stream(probabilities).parallel().forEach(QualityBenchmark::softmax);
                    exact = i == 0 ? probabilities : exact;
                    add(sums.get(i), exact, probabilities, next);
                }
            }
        } finally {
            caches.forEach(KeyValueCache::close);
        }
    }

    private static void add(Sums sums, double[][] exact, double[][] probabilities, int[] next) {
        for (int row = 0; row < next.length; row++) {
            double[] p = exact[row];
            double[] q = probabilities[row];
            sums.negativeLogLikelihood -= Math.log(q[next[row]]);
            sums.sameBestToken += best(p) == best(q) ? 1 : 0;
            sums.accepted += IntStream.range(0, p.length)
                    .mapToDouble(i -> Math.min(p[i], q[i]))
                    .sum();
        }
    }

    private static void softmax(double[] logits) {
        double most = logits[best(logits)];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.exp(logits[i] - most);
            sum += logits[i];
        }
        for (int i = 0; i < logits.length; i++) {
            logits[i] /= sum;
        }
    }

    private static int best(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
