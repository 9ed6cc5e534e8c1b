package dev.rapid4j.samples.evaluation.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Round numbers along an axis that begins with 0.
 *
 * @param step from one to the next
 * @param steps at least one
 */
record Scale(double step, int steps) {

    private static final int USUAL_STEPS = 5;
    private static final double SMALLEST = 1e-3;

    /** @param largest what there must be room for */
    static Scale upTo(double largest) {
        double step = round(Math.max(largest, SMALLEST) / USUAL_STEPS);
        return new Scale(step, Math.max(1, (int) Math.ceil(largest / step - 1e-9)));
    }

    /** 1, 2 or 5 times a power of ten, the next above. */
    private static double round(double raw) {
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        return power
                * DoubleStream.of(1, 2, 5)
                        .filter(factor -> factor * power >= raw - 1e-12)
                        .findFirst()
                        .orElse(10);
    }

    double largest() {
        return step * steps;
    }

    List<Double> marks() {
        return IntStream.rangeClosed(0, steps).mapToObj(i -> i * step).toList();
    }

    String label(double mark) {
        return Texts.number(mark, (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
    }
}
