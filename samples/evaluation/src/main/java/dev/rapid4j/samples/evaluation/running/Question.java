package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.data.Sha256;
import dev.rapid4j.samples.evaluation.data.Task;

/**
 * A task without its long text, and what tells about that.
 *
 * @param document tells long texts apart
 * @param characters of the long text
 */
public record Question(Task task, String document, int characters) {

    static Question of(Task task) {
        return new Question(
                task.withoutContext(), Sha256.of(task.context()), task.context().length());
    }
}
