package dev.rapid4j.internal.decoding;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What the passes of one model take on this machine, from those that were measured last. Safe to use from several
 * threads.
 *
 * <p>The times of {@link PassTimes} are fitted by least squares of relative errors. What measurements say little about
 * stays near its nominal share, and single slow ones, of a garbage collection or a page that had to be read, count
 * little. Many passes of one kind, by their tokens and those in the cache, do not drive out the others.
 */
final class PassCosts {

    /** Measurements kept of each kind of pass, and of all: fitting them takes less than a hundredth of a small pass. */
    private static final int KEPT_OF_A_KIND = 12;

    private static final int KEPT = 64;

    /** So many of the last measurements tell how fast the machine is. */
    private static final int RECENT = 9;

    /** How much a time that is twice the nominal one speaks against itself: a tenth of error squared, over one half. */
    private static final double RIDGE = 0.02;

    /** Relative errors beyond this one count only linearly. */
    private static final double USUAL_ERROR = 0.15;

    /** A measurement counts so much less with each that follows, but not less than what comes next. */
    private static final double FORGETTING = 0.97;

    private static final double LEAST_WEIGHT = 0.1;

    private static final int REWEIGHTINGS = 3;
    private static final int SWEEPS = 12;

    /** Passes with about as many tokens, by a factor of 2, and as many in the cache, by one of 4. */
    private record Kind(int tokens, int cached) {

        static Kind of(PassWork work) {
            return new Kind(
                    log2(1 + work.furtherTokens() / work.passes()), log2(1 + work.cached() / work.passes()) / 2);
        }

        private static int log2(double number) {
            return Math.getExponent(number);
        }
    }

    private record Measurement(int number, Kind kind, PassWork work, double seconds) {}

    private final PassTimes nominal;
    private final Optional<PassCosts> alike;
    /** The oldest first. */
    private final Deque<Measurement> measured = new ArrayDeque<>();

    private final Deque<Double> speeds = new ArrayDeque<>();
    private boolean started;
    private int count;
    private Optional<PassTimes> fitted = Optional.empty();

    /** @param nominal of which only the relations count */
    PassCosts(PassTimes nominal) {
        this(nominal, Optional.empty());
    }

    /**
     * @param alike of a model on the same device: where this one has not been measured, it is as much faster or slower
     */
    PassCosts(PassTimes nominal, Optional<PassCosts> alike) {
        this.nominal = nominal;
        this.alike = alike;
    }

    /** Nominal ones. */
    PassCosts fresh() {
        return new PassCosts(nominal);
    }

    /** What passes take, as far as that is known. */
    synchronized PassTimes times() {
        if (fitted.isEmpty()) {
            fitted = Optional.of(fit());
        }
        return fitted.get();
    }

    /** Whether passes of one token have been measured. */
    synchronized boolean knowsSingleTokens() {
        return measured.stream().anyMatch(one -> one.work().furtherTokens() == 0);
    }

    /** Whether passes of more than one token have been measured. */
    synchronized boolean knowsFurtherTokens() {
        return measured.stream().anyMatch(one -> one.work().furtherTokens() > 0);
    }

    synchronized void measured(PassWork work, double seconds) {
        // the first pass finds nothing of the weights' last rows in memory
        if (!started) {
            started = true;
            return;
        }
        if (seconds <= 0) {
            return;
        }
        Kind kind = Kind.of(work);
        measured.addLast(new Measurement(++count, kind, work, seconds));
        List<Measurement> alikes =
                measured.stream().filter(one -> one.kind().equals(kind)).toList();
        if (alikes.size() > KEPT_OF_A_KIND) {
            measured.remove(alikes.get(0));
        } else if (measured.size() > KEPT) {
            measured.removeFirst();
        }
        speeds.addLast(seconds / nominal.seconds(work));
        if (speeds.size() > RECENT) {
            speeds.removeFirst();
        }
        fitted = Optional.empty();
    }

    /** How much slower this machine is than a nominal one. */
    private synchronized double slowness() {
        if (speeds.isEmpty()) {
            return alike.map(PassCosts::slowness).orElse(1.0);
        }
        double[] sorted =
                speeds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[(sorted.length - 1) / 2];
    }

    private PassTimes fit() {
        double slowness = slowness();
        double[] shares = nominal.seconds();
        for (int i = 0; i < shares.length; i++) {
            shares[i] *= slowness;
        }
        double[][] rows = measured.stream().map(one -> row(one, shares)).toArray(double[][]::new);
        double[] weights = measured.stream()
                .mapToDouble(one -> Math.max(LEAST_WEIGHT, Math.pow(FORGETTING, count - one.number())))
                .toArray();
        double[] factors = new double[shares.length];
        Arrays.fill(factors, 1);
        for (int i = 0; i < REWEIGHTINGS && rows.length > 0; i++) {
            solve(rows, weights, factors);
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] *= factors[i];
        }
        return PassTimes.of(shares);
    }

    /** Of the time that was measured, the part that each quantity would take at its nominal time. */
    private static double[] row(Measurement one, double[] shares) {
        double[] row = one.work().quantities();
        for (int i = 0; i < row.length; i++) {
            row[i] *= shares[i] / one.seconds();
        }
        return row;
    }

    /** Makes rows times factors nearly 1, with factors near 1 and none below 0, by Gauss and Seidel's method. */
    private static void solve(double[][] rows, double[] weights, double[] factors) {
        int n = factors.length;
        double[][] left = new double[n][n];
        double[] right = new double[n];
        for (int k = 0; k < rows.length; k++) {
            double[] row = rows[k];
            double error = Math.abs(product(row, factors) - 1);
            double weight = weights[k] * Math.min(1, USUAL_ERROR / error);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    left[i][j] += weight * row[i] * row[j];
                }
                right[i] += weight * row[i];
            }
        }
        for (int i = 0; i < n; i++) {
            left[i][i] += RIDGE;
            right[i] += RIDGE;
        }
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int i = 0; i < n; i++) {
                double others = product(left[i], factors) - left[i][i] * factors[i];
                factors[i] = Math.max(0, (right[i] - others) / left[i][i]);
            }
        }
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
