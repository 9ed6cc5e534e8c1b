package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.DocumentHash;

/**
 * A task without its long text, and what tells about that.
 *
 * @param document tells long texts apart
 * @param characters of the long text
 */
public record Question(Task task, String document, int characters) {

    static Question of(Task task) {
        return new Question(
                task.withoutContext(), DocumentHash.of(task), task.context().length());
    }
}
