package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.Locale;

/**
 * How a series is drawn: a method by its colour and its marker, so that neither needs the other to be told apart.
 *
 * @param variant of several series of one method: 0 has a full line, 1 a dashed and 2 a dotted one
 */
record Look(Method method, int variant) {

    static final int VARIANTS = 3;

    /** The class in the style sheet. */
    String style() {
        return method.id() + " variant-" + variant;
    }

    /** The marker around a point, as the path of an SVG. */
    String marker(double x, double y) {
        return String.format(
                Locale.ROOT,
                switch (method) {
                    case LONG_CONTEXT -> "M%1$.1f %2$.1fm-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"; // circle
                    case LOOKUP -> "M%1$.1f %2$.1fm-4.6 0a4.6 2.6 0 1 0 9.2 0a4.6 2.6 0 1 0 -9.2 0z"; // ellipse
                    case CLASSIC_RAG -> "M%1$.1f %2$.1fm-4.6 -2.4h9.2v4.8h-9.2z"; // bar
                    case RETRIEVAL_ONLY -> "M%1$.1f %2$.1fm-3.6 -3.6h7.2v7.2h-7.2z"; // square
                    case PASSAGE_ATTENTION ->
                        "M%1$.1f %2$.1fm-1.5 -4.6h3v3.1h3.1v3h-3.1v3.1h-3v-3.1h-3.1v-3h3.1z"; // cross
                    case SPECULATIVE -> "M%1$.1f %2$.1fm0 -4.8l4.6 8h-9.2z"; // triangle
                    case STREAMING_DRAFT -> "M%1$.1f %2$.1fm0 4.8l4.6 -8h-9.2z"; // triangle upside down
                    case RAPID -> "M%1$.1f %2$.1fm0 -5.2l5.2 5.2l-5.2 5.2l-5.2 -5.2z"; // diamond
                },
                x,
                y);
    }
}
