package dev.rapid4j.samples.evaluation;

import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.DownloadListener;
import dev.rapid4j.Hub;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchStartException;
import dev.rapid4j.samples.evaluation.EvaluationRun.Lane;
import dev.rapid4j.samples.evaluation.data.DataException;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Questions;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program: a command for each benchmark and for what is done with the answers, each with {@code --help}. */
@Command(
        name = "evaluate",
        description = "LongBench v2, InfiniteBench and questions on real documents, with RAPID and what it is compared"
                + " with.",
        subcommands = {
            GenerateCommand.class,
            LongBenchCommand.class,
            EnQaCommand.class,
            EnMcCommand.class,
            EnSumCommand.class,
            MergeCommand.class,
            ReportCommand.class,
            RegistersCommand.class,
            FactsCommand.class,
            DocumentsCommand.class
        })
public final class Evaluate implements Program {

    @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "shows this")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private Evaluate() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return commandLine(new Evaluate());
    }

    /** What goes wrong in ways that are foreseen is told in one line. */
    public static CommandLine commandLine(Program program) {
        return new CommandLine(program)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((exception, arguments) -> {
                    CommandLine command = exception.getCommandLine();
                    command.getErr()
                            .printf(
                                    "%s (%s --help says more)%n",
                                    problem(exception), command.getCommandSpec().qualifiedName());
                    return CommandLine.ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((exception, command, parsed) -> {
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

    private static String problem(ParameterException exception) {
        CommandLine command = exception.getCommandLine();
        if (command.getSubcommands().isEmpty()) {
            return exception.getMessage();
        }
        String commands = String.join(", ", command.getSubcommands().keySet());
        return exception instanceof UnmatchedArgumentException unmatched
                ? "\"%s\" is none of the commands %s"
                        .formatted(unmatched.getUnmatched().get(0), commands)
                : "Say what to do: " + commands;
    }

    private static String message(Exception exception) {
        Throwable failure = exception instanceof UncheckedIOException ? exception.getCause() : exception;
        if (!(failure instanceof FileSystemException file)) {
            return exception.getMessage();
        }
        return "%s cannot be read or written: %s; give another folder, or make room or permission"
                .formatted(file.getFile(), reason(file));
    }

    private static String reason(FileSystemException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file or folder, and none can be made there";
        }
        if (failure instanceof AccessDeniedException) {
            return "you have no permission to";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "it is a file, where a folder is needed";
        }
        return Optional.ofNullable(failure.getReason()).orElse("the system does not say why");
    }

    @Override
    public int run(RunRequest request) throws IOException {
        Hub hub = Hub.builder().listener(DownloadListener.console()).build();
        Prompts prompts = request.options().prompts();
        Lane lane = lane(request, prompts, hub, ProgressDisplay.of(spec));
        RunWriter writer = lane.writer();
        try (writer) {
            return new EvaluationRun(List.of(lane), prompts, hub, true).start();
        }
    }

    /** Opens the run's folder; its writer is to be closed. */
    static Lane lane(RunRequest request, Prompts prompts, Hub hub, ProgressDisplay display) throws IOException {
        Path data = request.options().data(request.benchmark(), hub);
        RunSettings settings = request.settings(data, prompts, new ThisMachine());
        TaskSource source = request.source(data);
        Questions questions = source.questions(display::skipped);
        Run run = new Run(settings, request.shard(), questions.ofAllShards(), ThisMachine.describe());
        return new Lane(settings, source, questions, RunWriter.open(request.out(), run, request.startAnew()), display);
    }
}
