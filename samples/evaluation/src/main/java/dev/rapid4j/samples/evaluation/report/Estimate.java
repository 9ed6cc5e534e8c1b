package dev.rapid4j.samples.evaluation.report;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;

/**
 * A mean score and its 95 % confidence interval, all 0 to 1, if the questions were drawn independently of each other.
 *
 * @param questions 1 or more
 */
record Estimate(int questions, double mean, double low, double high) {

    /** The 97.5th percentile of the standard normal distribution. */
    private static final double Z = 1.959964;

    /** @param scores of single questions, 0 to 1; not empty */
    static Estimate of(Collection<Double> scores) {
        int n = scores.size();
        DoubleSummaryStatistics statistics =
                scores.stream().mapToDouble(Double::doubleValue).summaryStatistics();
        double mean = statistics.getAverage();
        return scores.stream().allMatch(score -> score == 0 || score == 1) ? wilson(n, mean) : normal(n, mean, scores);
    }

    /** Wilson's interval, which does not shrink to nothing where all or no answers are right. */
    private static Estimate wilson(int n, double share) {
        double weight = Z * Z / n;
        double centre = (share + weight / 2) / (1 + weight);
        double half = Z / (1 + weight) * Math.sqrt((share * (1 - share) + weight / 4) / n);
        return new Estimate(n, share, Math.max(0, centre - half), Math.min(1, centre + half));
    }

    private static Estimate normal(int n, double mean, Collection<Double> scores) {
        double squares =
                scores.stream().mapToDouble(score -> Math.pow(score - mean, 2)).sum();
        double half = n == 1 ? 1 : Z * Math.sqrt(squares / (n - 1) / n);
        return new Estimate(n, mean, Math.max(0, mean - half), Math.min(1, mean + half));
    }
}
