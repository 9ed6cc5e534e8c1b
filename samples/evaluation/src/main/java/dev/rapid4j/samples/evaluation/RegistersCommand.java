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
            "All of it with the bundled model, on generated data: every method on every benchmark, RAPID with several"
                    + " margins on En.MC, and the report.",
            "The settings are those that suit this model, not the paper's. It goes on where it was stopped."
        },
        sortOptions = false)
final class RegistersCommand implements Callable<Integer> {

    private static final String USUAL_MARGIN = "40";
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
            defaultValue = "4",
            description = "of each kind on each register (default: ${DEFAULT-VALUE})")
    private String questions;

    @Override
    public Integer call() {
        List<String> report =
                new ArrayList<>(List.of("report", "--out", out.resolve("report").toString()));
        List<List<String>> commands = new ArrayList<>();
        commands.add(List.of(
                "generate", "--out", data().toString(), "--lengths", lengths, "--questions", questions, "--overwrite"));
        for (Benchmark benchmark : Benchmark.values()) {
            for (Method method : Method.values()) {
                commands.add(run(benchmark, method, USUAL_MARGIN));
            }
        }
        OTHER_MARGINS.forEach(margin -> commands.add(run(Benchmark.EN_MC, Method.RAPID, margin)));
        commands.stream()
                .skip(1)
                .map(command -> command.get(command.size() - 1))
                .forEach(report::add);
        commands.add(report);
        return commands.stream()
                .mapToInt(this::execute)
                .filter(code -> code != CommandLine.ExitCode.OK)
                .findFirst()
                .orElse(CommandLine.ExitCode.OK);
    }

    private Path data() {
        return out.resolve("data");
    }

    private List<String> run(Benchmark benchmark, Method method, String margin) {
        String name = String.join("-", benchmark.id(), method.id())
                + (margin.equals(USUAL_MARGIN) ? "" : "-margin-" + margin);
        Stream<String> drafter =
                method == Method.SPECULATIVE ? Stream.of("--draft", Evaluator.BUNDLED) : Stream.empty();
        Stream<String> all = Stream.of(
                        Stream.of(benchmark.id(), "--mode", method.id(), "--margin", margin),
                        Stream.of(
                                "--data",
                                data().resolve(GenerateCommand.file(benchmark)).toString()),
                        Stream.of(
                                "--prompts",
                                data().resolve(GenerateCommand.PROMPTS).toString()),
                        Stream.of("--target", Evaluator.BUNDLED, "--embedding-model", Evaluator.BUNDLED),
                        drafter,
                        GenerateCommand.SETTINGS.stream(),
                        Stream.of("--out", out.resolve("runs").resolve(name).toString()))
                .flatMap(part -> part);
        return all.toList();
    }

    /** As if it had been typed. */
    private int execute(List<String> arguments) {
        spec.commandLine().getErr().println("\nevaluate " + String.join(" ", arguments));
        return Evaluate.commandLine()
                .setOut(spec.commandLine().getOut())
                .setErr(spec.commandLine().getErr())
                .execute(arguments.toArray(String[]::new));
    }
}
