package dev.rapid4j.samples.benchmarks;

import java.util.Collection;
import java.util.function.ToDoubleFunction;

/** What was measured several times. */
record Spread(double minimum, double median, double maximum) {

    /** @param measured one or more */
    static Spread of(Collection<Double> measured) {
        double[] sorted =
                measured.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    /** @param measured one or more */
    static <T> Spread of(Collection<T> measured, ToDoubleFunction<? super T> figure) {
        return of(measured.stream().mapToDouble(figure).boxed().toList());
    }

    Spread times(double factor) {
        return new Spread(minimum * factor, median * factor, maximum * factor);
    }

    /** The median as text, and in parentheses from where to where the values go. */
    String format(String number) {
        return (number + " (" + number + " to " + number + ")").formatted(median, minimum, maximum);
    }
}
