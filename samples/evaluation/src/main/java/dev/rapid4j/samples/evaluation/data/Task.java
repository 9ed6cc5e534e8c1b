package dev.rapid4j.samples.evaluation.data;

/** Something to ask about a long text. */
public sealed interface Task permits LongBenchTask, BookTask {

    /** Tells the tasks of a file apart. */
    String id();

    /** The long text, never blank; empty where it was {@link #withoutContext left out}. */
    String context();

    /** The same without the long text, which is most of what it holds. */
    Task withoutContext();
}
