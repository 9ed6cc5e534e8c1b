package dev.rapid4j.samples.evaluation;

import java.io.IOException;

/** What the benchmarks' commands are commands of: answers their questions, in this process or elsewhere. */
public interface Program {

    /** @return the exit code: 1 if a question could not be answered */
    int run(RunRequest request) throws IOException;
}
