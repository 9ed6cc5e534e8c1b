package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchStartException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program: one command a benchmark, each with {@code --help}. */
@Command(
        name = "benchmarks",
        description = "How fast the engine is, against what the machine could do.",
        subcommands = {
            ModesCommand.class,
            SweepCommand.class,
            ShapesCommand.class,
            RealCommand.class,
            QuestionsCommand.class,
            ParallelCommand.class,
            QualityCommand.class,
            PassagesCommand.class,
            EmbeddingCommand.class,
            MicroCommand.class,
            AllCommand.class,
            DevicesCommand.class,
            WriteProgramsCommand.class,
            FirstTokenCommand.class,
            ConstrainedCommand.class
        })
public final class Benchmarks {

    @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "shows this")
    private boolean help;

    private Benchmarks() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Benchmarks()).setExecutionExceptionHandler((exception, command, parsed) -> {
            if (!isExpected(exception)) {
                throw exception;
            }
            command.getErr()
                    .println(
                            exception instanceof FileSystemException
                                    ? "A file cannot be written or read: " + exception
                                    : exception.getMessage());
            return exception instanceof IllegalArgumentException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
        });
    }

    /** What the message explains. */
    private static boolean isExpected(Exception exception) {
        return exception instanceof IllegalArgumentException
                || exception instanceof IOException
                || exception instanceof CheckpointException
                || exception instanceof TorchException
                || exception instanceof TorchStartException;
    }
}
