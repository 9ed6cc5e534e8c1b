package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.RunFolder;
import dev.rapid4j.samples.evaluation.runs.RunMerge;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "merge", description = "Makes one run of the shards of one.")
final class MergeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "folders of runs with equal settings")
    private List<Path> folders;

    @Option(names = "--out", required = true, description = "the folder to write, new or empty")
    private Path out;

    @Override
    public Integer call() throws IOException {
        RunMerge merge = RunMerge.of(folders.stream().map(RunFolder::open).toList());
        PrintWriter err = spec.commandLine().getErr();
        if (!merge.missing().isEmpty()) {
            err.println("Not among them: "
                    + merge.missing().stream().map(shard -> "shard " + shard).collect(Collectors.joining(", ")));
        }
        long answers = merge.writeTo(out);
        err.printf(
                "%,d of %,d questions are answered in %s%n",
                answers, RunFolder.open(out).run().questions(), out);
        return 0;
    }
}
