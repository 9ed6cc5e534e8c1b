package dev.rapid4j.samples.evaluation.spark;

import java.io.Serializable;
import java.util.List;

/**
 * What became of a document.
 *
 * @param engine tells the engines of a run apart: the executor's id, and how many engines it has loaded
 * @param questions one for each, or one for all if the engine cannot be loaded
 */
record DocumentOutcome(String engine, List<Outcome> questions) implements Serializable {

    DocumentOutcome {
        questions = List.copyOf(questions);
    }
}
