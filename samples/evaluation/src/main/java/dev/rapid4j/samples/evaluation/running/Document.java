package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.data.Task;
import java.io.Serializable;
import java.util.List;

/**
 * A long text and all that is asked about it.
 *
 * @param questions without the text
 */
public record Document(String text, List<Task> questions) implements Serializable {

    public Document {
        questions = List.copyOf(questions);
    }
}
