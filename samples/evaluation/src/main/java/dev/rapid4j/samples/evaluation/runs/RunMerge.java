package dev.rapid4j.samples.evaluation.runs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Runs of equal settings as one run. */
public final class RunMerge {

    private final List<RunFolder> parts;

    private RunMerge(List<RunFolder> parts) {
        this.parts = parts;
    }

    /**
     * Checks that they go together.
     *
     * @param parts at least one
     * @throws RunException if settings or numbers of shards differ, or two have answered the same question
     */
    public static RunMerge of(List<RunFolder> parts) {
        RunFolder first = parts.get(0);
        Map<String, RunFolder> answeredIn = new HashMap<>();
        for (RunFolder part : parts) {
            refuseOtherRun(first, part);
            try (Stream<Answer> answers = part.answers()) {
                answers.forEach(answer -> {
                    RunFolder other = answeredIn.putIfAbsent(answer.task().id(), part);
                    if (other != null) {
                        throw new RunException("Question %s is answered in %s and in %s; leave one of them out"
                                .formatted(answer.task().id(), other.path(), part.path()));
                    }
                });
            }
        }
        return new RunMerge(List.copyOf(parts));
    }

    private static void refuseOtherRun(RunFolder first, RunFolder part) {
        List<String> differences = part.run().settings().differences(first.run().settings());
        if (!differences.isEmpty()) {
            throw new RunException("%s and %s are different runs: in the first %s"
                    .formatted(part.path(), first.path(), String.join(", ", differences)));
        }
        if (part.run().shard().count() != first.run().shard().count()) {
            throw new RunException("%s is shard %s and %s is shard %s: parts of different wholes"
                    .formatted(
                            part.path(),
                            part.run().shard(),
                            first.path(),
                            first.run().shard()));
        }
    }

    /** Shards that are not among the runs. */
    public List<Shard> missing() {
        int count = parts.get(0).run().shard().count();
        return IntStream.rangeClosed(1, count)
                .mapToObj(index -> new Shard(index, count))
                .filter(shard ->
                        parts.stream().noneMatch(part -> part.run().shard().equals(shard)))
                .toList();
    }

    /**
     * Writes all answers as those of a run that is not sharded; started again, that run answers what is missing.
     *
     * @param folder new or empty
     * @return how many answers there are
     * @throws RunException if the folder cannot be used
     */
    public long writeTo(Path folder) throws IOException {
        Run run = new Run(parts.get(0).run().settings(), Shard.ALL, questions(), machine());
        LongAdder count = new LongAdder();
        try (RunWriter writer = RunWriter.open(folder, run, false)) {
            try (Stream<Answer> there = writer.folder().answers()) {
                if (there.findFirst().isPresent()) {
                    throw new RunException(folder + " holds answers already; give a folder that is new or empty");
                }
            }
            for (RunFolder part : parts) {
                try (Stream<Answer> answers = part.answers()) {
                    answers.forEach(answer -> {
                        writer.append(answer);
                        count.increment();
                    });
                }
            }
        }
        return count.sum();
    }

    /** A part that was limited knows of fewer. */
    private long questions() {
        return parts.stream().mapToLong(part -> part.run().questions()).max().orElseThrow();
    }

    /** The machine, or what is known of several. */
    private Machine machine() {
        Machine first = parts.get(0).run().machine();
        String processors = String.join(
                ", ",
                parts.stream()
                        .map(part -> part.run().machine().processor())
                        .distinct()
                        .toList());
        return new Machine(processors, first.cores(), first.threads(), first.java());
    }
}
