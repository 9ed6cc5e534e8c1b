package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.checkpoint.DownloadListener;
import dev.rapid4j.checkpoint.Hub;
import dev.rapid4j.samples.evaluation.EnMcCommand;
import dev.rapid4j.samples.evaluation.EnQaCommand;
import dev.rapid4j.samples.evaluation.EnSumCommand;
import dev.rapid4j.samples.evaluation.Evaluate;
import dev.rapid4j.samples.evaluation.LongBenchCommand;
import dev.rapid4j.samples.evaluation.Program;
import dev.rapid4j.samples.evaluation.RunRequest;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: the benchmarks' commands as {@link Evaluate} has them, answered by Spark's executors. */
@Command(
        name = "evaluate-spark",
        description = "LongBench v2 and InfiniteBench with RAPID and what it is compared with, on a cluster.",
        subcommands = {LongBenchCommand.class, EnQaCommand.class, EnMcCommand.class, EnSumCommand.class})
public final class EvaluateSpark implements Program {

    @Option(
            names = "--master",
            scope = ScopeType.INHERIT,
            description = "Spark's master (default: spark-submit's, or else local[*])")
    private Optional<String> master;

    @Option(names = "--conf", scope = ScopeType.INHERIT, description = "a property of Spark's configuration")
    private Map<String, String> configuration = Map.of();

    @Option(
            names = "--table",
            scope = ScopeType.INHERIT,
            description = "a new folder for the answers as a Parquet table; on a cluster, one that all machines see")
    private Optional<String> table;

    @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "shows this")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private EvaluateSpark() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }
}
