package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "registers",
        description = {
            "All of it with the bundled model, on generated data: every method of the paper on every benchmark, RAPID with several"
                    + " margins where one chooses, and the report.",
            "The settings are those that suit this model, not the paper's. It goes on where it was stopped."
        },
        sortOptions = false)
final class RegistersCommand implements Callable<Integer> {

    private static final List<String> OTHER_MARGINS = List.of("0", "10", "20");

    @Spec
    private CommandSpec spec;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "for data, runs and report")
    private Path out;

    @Option(
            names = "--lengths",
            defaultValue = "2000,8000,16000",
            description = "of the registers in tokens, 1000 to 64000 each (default: ${DEFAULT-VALUE})")
    private String lengths;

    @Option(
            names = "--questions",
            defaultValue = "2",
            description = "of each kind on each register (default: ${DEFAULT-VALUE})")
    private String questions;

    /** A run that can be started. */
    private record Planned(Benchmark benchmark, boolean chainOfThought, Method method, String margin) {

        String name() {
            return benchmark.id()
                    + (chainOfThought ? "-cot-" : "-")
                    + method.id()
                    + (margin.equals(GenerateCommand.MARGIN) ? "" : "-margin-" + margin);
        }
    }

    @Override
    public Integer call() {
        List<Planned> runs = new ArrayList<>();
        for (Method method : Method.ofThePaper()) {
            for (Benchmark benchmark : Benchmark.OF_THE_PAPER) {
                runs.add(new Planned(benchmark, false, method, GenerateCommand.MARGIN));
            }
            runs.add(new Planned(Benchmark.LONGBENCH_V2, true, method, GenerateCommand.MARGIN));
        }
        for (String margin : OTHER_MARGINS) {
            runs.add(new Planned(Benchmark.LONGBENCH_V2, false, Method.RAPID, margin));
            runs.add(new Planned(Benchmark.EN_MC, false, Method.RAPID, margin));
        }

        List<List<String>> commands = new ArrayList<>();
        commands.add(List.of(
                "generate", "--out", data().toString(), "--lengths", lengths, "--questions", questions, "--overwrite"));
        runs.forEach(run -> commands.add(command(run)));
        commands.add(Stream.concat(
                        Stream.of("report", "--out", out.resolve("report").toString()),
                        runs.stream().map(run -> folder(run).toString()))
                .toList());
        for (List<String> command : commands) {
            int exitCode = execute(command);
            if (exitCode != CommandLine.ExitCode.OK) {
                return exitCode;
            }
        }
        return CommandLine.ExitCode.OK;
    }

    private Path folder(Planned run) {
        return out.resolve("runs").resolve(run.name());
    }

    private Path data() {
        return out.resolve("data");
    }

    private List<String> command(Planned run) {
        List<String> command = new ArrayList<>(
                List.of(run.benchmark().id(), "--mode", run.method().id(), "--margin", run.margin()));
        if (run.chainOfThought()) {
            command.add("--cot");
        }
        command.addAll(List.of(
                "--data", data().resolve(GenerateCommand.file(run.benchmark())).toString()));
        command.addAll(
                List.of("--prompts", data().resolve(GenerateCommand.PROMPTS).toString()));
        command.addAll(List.of("--target", Evaluator.BUNDLED, "--embedding-model", Evaluator.BUNDLED));
        if (run.method() == Method.SPECULATIVE) {
            command.addAll(List.of("--draft", Evaluator.BUNDLED));
        }
        command.addAll(GenerateCommand.SETTINGS);
        command.addAll(List.of("--out", folder(run).toString()));
        return command;
    }

    /** Runs a command as if it had been typed. */
    private int execute(List<String> arguments) {
        spec.commandLine().getErr().println("\nevaluate " + String.join(" ", arguments));
        return Evaluate.commandLine()
                .setOut(spec.commandLine().getOut())
                .setErr(spec.commandLine().getErr())
                .execute(arguments.toArray(String[]::new));
    }
}
