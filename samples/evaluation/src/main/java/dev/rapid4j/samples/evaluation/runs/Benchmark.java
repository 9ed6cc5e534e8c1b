package dev.rapid4j.samples.evaluation.runs;

import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Task;
import java.util.List;
import java.util.Locale;

/** What is run: LongBench v2, three tasks of InfiniteBench, and questions to answer freely. */
public enum Benchmark {
    LONGBENCH_V2("LongBench v2", LongBenchTask.class),
    EN_QA("En.QA", QuestionAnswer.class),
    EN_MC("En.MC", MultipleChoice.class),
    EN_SUM("En.Sum", Summary.class),
    FACTS("Facts", FactsTask.class);

    /** Those of the paper. */
    public static final List<Benchmark> OF_THE_PAPER = List.of(LONGBENCH_V2, EN_QA, EN_MC, EN_SUM);

    private final String title;
    private final Class<? extends Task> taskType;

    Benchmark(String title, Class<? extends Task> taskType) {
        this.title = title;
        this.taskType = taskType;
    }

    /** As on the command line: {@code longbench-v2}, {@code en-qa}, {@code en-mc}, {@code en-sum}, {@code facts}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The name that its authors give it. */
    public String title() {
        return title;
    }

    /** What its file holds. */
    public Class<? extends Task> taskType() {
        return taskType;
    }
}
