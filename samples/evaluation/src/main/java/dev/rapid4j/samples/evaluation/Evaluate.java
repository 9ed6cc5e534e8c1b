package dev.rapid4j.samples.evaluation;

import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.checkpoint.CheckpointException;
import dev.rapid4j.samples.evaluation.data.DataException;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.torch.TorchException;
import dev.rapid4j.torch.TorchStartException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program: a command for each benchmark and for what is done with the answers, each with {@code --help}. */
@Command(
        name = "evaluate",
        description = "LongBench v2 and InfiniteBench with RAPID and what it is compared with.",
        subcommands = {
            LongBenchCommand.class,
            EnQaCommand.class,
            EnMcCommand.class,
            EnSumCommand.class,
            MergeCommand.class,
            ReportCommand.class
        })
public final class Evaluate {

    @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "shows this")
    private boolean help;

    private Evaluate() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Evaluate()).setExecutionExceptionHandler((exception, command, parsed) -> {
            if (!isExpected(exception)) {
                throw exception;
            }
            command.getErr().println(message(exception));
            return exception instanceof IllegalArgumentException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
        });
    }

    /** What the message explains. */
    private static boolean isExpected(Exception exception) {
        return exception instanceof IllegalArgumentException
                || exception instanceof IOException
                || exception instanceof UncheckedIOException
                || exception instanceof DataException
                || exception instanceof RunException
                || exception instanceof CheckpointException
                || exception instanceof LangChain4jException
                || exception instanceof TorchException
                || exception instanceof TorchStartException;
    }

    private static String message(Exception exception) {
        return exception instanceof FileSystemException
                ? "A file cannot be written or read: " + exception
                : exception.getMessage();
    }
}
