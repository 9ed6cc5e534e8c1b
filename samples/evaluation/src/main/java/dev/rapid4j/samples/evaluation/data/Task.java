package dev.rapid4j.samples.evaluation.data;

import java.io.Serializable;

/** Something to ask about a long text. */
public sealed interface Task extends Serializable permits LongBenchTask, BookTask, FactsTask {

    /** Tells the tasks of a file apart. */
    String id();

    /** The long text, never blank; empty where it was {@link #withoutContext left out}. */
    String context();

    /** The same without the long text, which is most of what it holds. */
    default Task withoutContext() {
        return withContext("");
    }

    /** The same about another long text. */
    Task withContext(String context);
}
