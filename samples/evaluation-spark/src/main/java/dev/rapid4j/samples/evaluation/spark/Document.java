package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.data.Task;
import java.io.Serializable;
import java.util.List;

/**
 * A long text and all that is asked about it: what goes to an executor at once.
 *
 * @param questions without the text
 */
record Document(String text, List<Task> questions) implements Serializable {

    Document {
        questions = List.copyOf(questions);
    }
}
