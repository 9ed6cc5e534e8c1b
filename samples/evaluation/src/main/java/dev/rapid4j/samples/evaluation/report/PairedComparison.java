package dev.rapid4j.samples.evaluation.report;

import java.util.Map;
import java.util.Objects;

/**
 * Two settings on the questions that both have answered.
 *
 * @param onlyFirst how many questions the first alone has right
 * @param onlySecond how many the second alone
 */
record PairedComparison(int questions, int onlyFirst, int onlySecond) {

    /** Both by question. */
    static PairedComparison of(Map<String, Outcome> first, Map<String, Outcome> second) {
        int questions = 0;
        int onlyFirst = 0;
        int onlySecond = 0;
        for (String id : first.keySet()) {
            Outcome other = second.get(id);
            if (Objects.isNull(other)) {
                continue;
            }
            questions++;
            boolean firstIsRight = first.get(id).right();
            if (firstIsRight != other.right()) {
                onlyFirst += firstIsRight ? 1 : 0;
                onlySecond += firstIsRight ? 0 : 1;
            }
        }
        return new PairedComparison(questions, onlyFirst, onlySecond);
    }

    /**
     * The chance of a difference as large as this or larger, if neither is better: the exact test of McNemar (1947),
     * two-sided.
     */
    double chance() {
        int n = onlyFirst + onlySecond;
        int fewer = Math.min(onlyFirst, onlySecond);
        double term = Math.pow(0.5, n);
        double sum = 0;
        for (int i = 0; i <= fewer; i++) {
            sum += term;
            term *= (double) (n - i) / (i + 1);
        }
        return Math.min(1, 2 * sum);
    }
}
