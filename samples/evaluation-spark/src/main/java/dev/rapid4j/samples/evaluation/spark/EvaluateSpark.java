package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.DownloadListener;
import dev.rapid4j.Hub;
import dev.rapid4j.samples.evaluation.EnMcCommand;
import dev.rapid4j.samples.evaluation.EnQaCommand;
import dev.rapid4j.samples.evaluation.EnSumCommand;
import dev.rapid4j.samples.evaluation.Evaluate;
import dev.rapid4j.samples.evaluation.LongBenchCommand;
import dev.rapid4j.samples.evaluation.Program;
import dev.rapid4j.samples.evaluation.ProgressDisplay;
import dev.rapid4j.samples.evaluation.RunRequest;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Questions;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
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

    static CommandLine commandLine() {
        return Evaluate.commandLine(new EvaluateSpark());
    }

    @Override
    public int run(RunRequest request) throws IOException {
        Hub hub = Hub.builder().listener(DownloadListener.console()).build();
        Prompts prompts = request.options().prompts();
        Path data = request.options().data(request.benchmark(), hub);
        try (JavaSparkContext spark = start()) {
            RunSettings settings = request.settings(data, prompts, new ExecutorMachine(spark));
            TaskSource source = request.source(data);
            ProgressDisplay display = ProgressDisplay.of(spec);
            Questions questions = source.questions(display::skipped);
            Run run = new Run(settings, request.shard(), questions.ofAllShards(), ExecutorMachine.describe(spark));
            try (RunWriter writer = RunWriter.open(request.out(), run, request.startAnew())) {
                boolean allAnswered = new SparkRun(source, writer, display)
                        .start(questions, new DocumentJobs(spark, Setup.of(settings, prompts)));
                show(AnswerTable.of(
                        writer.folder(),
                        SparkSession.builder().sparkContext(spark.sc()).getOrCreate()));
                return allAnswered ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
            } finally {
                ExecutorEngine.close();
            }
        }
    }

    private JavaSparkContext start() {
        SparkConf conf = new SparkConf();
        master.ifPresent(conf::setMaster);
        configuration.forEach(conf::set);
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.app.name", spec.name());
        conf.setIfMissing("spark.ui.enabled", "false");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
        } else if (conf.contains("spark.executor.cores")) {
            // an executor's one engine answers one task at a time
            conf.setIfMissing("spark.task.cpus", conf.get("spark.executor.cores"));
        }
        // then it is the number of cores, of which so many documents are held as can be answered
        conf.remove("spark.default.parallelism");
        // of Kryo's, none reads records
        conf.set("spark.serializer", JavaSerializer.class.getName());
        try {
            return new JavaSparkContext(conf);
        } catch (Exception e) {
            throw new IllegalArgumentException("Spark does not start: " + Reason.of(e), e);
        }
    }

    private void show(Dataset<Row> answers) {
        AnswerTable.summary(answers).show(false);
        table.ifPresent(folder -> {
            try {
                answers.coalesce(1).write().parquet(folder);
            } catch (Exception e) {
                throw new RunException(
                        "The table cannot be written: %s. The answers are in the run's folder; the same command with another --table writes them"
                                .formatted(Reason.of(e)),
                        e);
            }
        });
    }
}
