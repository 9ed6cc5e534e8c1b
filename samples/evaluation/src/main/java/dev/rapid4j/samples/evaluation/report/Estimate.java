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

    /**
     * The interval of Wilson (1927) for a share of right answers.
     *
     * @param questions 1 or more
     */
    static Estimate wilson(int right, int questions) {
        double share = (double) right / questions;
        double n = questions + Z * Z;
        double centre = (right + Z * Z / 2) / n;
        double half = Z * Math.sqrt(questions * share * (1 - share) + Z * Z / 4) / n;
        return new Estimate(questions, share, Math.max(0, centre - half), Math.min(1, centre + half));
    }

    /**
     * The interval of Agresti and Coull (1998), which does not shrink to nothing where all answers are right or wrong:
     * the normal interval after Z²/2 answers with score 0, and as many with score 1, are added. Taken for graded
     * scores, too, so that their intervals compare.
     *
     * @param scores of single questions, 0 to 1; not empty
     */
    static Estimate of(Collection<Double> scores) {
        DoubleSummaryStatistics statistics =
                scores.stream().mapToDouble(Double::doubleValue).summaryStatistics();
        double added = Z * Z / 2;
        double n = scores.size() + 2 * added;
        double centre = (statistics.getSum() + added) / n;
        double squares = scores.stream()
                        .mapToDouble(score -> Math.pow(score - centre, 2))
                        .sum()
                + added * (Math.pow(centre, 2) + Math.pow(1 - centre, 2));
        double half = Z * Math.sqrt(squares) / n;
        return new Estimate(
                scores.size(), statistics.getAverage(), Math.max(0, centre - half), Math.min(1, centre + half));
    }
}
