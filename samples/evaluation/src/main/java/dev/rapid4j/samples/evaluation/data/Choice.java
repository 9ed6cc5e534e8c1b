package dev.rapid4j.samples.evaluation.data;

import java.util.Optional;
import java.util.stream.Stream;

/** One of the four options of a multiple choice. */
public enum Choice {
    A,
    B,
    C,
    D;

    /** The choice with this letter, if it is one. */
    public static Optional<Choice> of(String letter) {
        return Stream.of(values())
                .filter(choice -> choice.name().equals(letter))
                .findFirst();
    }
}
