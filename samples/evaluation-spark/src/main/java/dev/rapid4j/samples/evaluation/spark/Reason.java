package dev.rapid4j.samples.evaluation.spark;

import java.util.Optional;

/** Why something failed, in one line. */
final class Reason {

    private Reason() {}

    static String of(Throwable failure) {
        return Optional.ofNullable(failure.getMessage())
                .flatMap(message -> message.lines().findFirst())
                .orElse(failure.getClass().getSimpleName());
    }
}
