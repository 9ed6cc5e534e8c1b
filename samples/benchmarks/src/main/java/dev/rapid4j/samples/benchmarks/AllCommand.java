package dev.rapid4j.samples.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "all",
        description = "Every measurement, one after the other, with the defaults of its command, into one file.",
        showDefaultValues = true)
final class AllCommand implements Callable<Integer> {

    /** What is as small as it can be, by command. */
    private static final Map<String, List<String>> QUICK = new LinkedHashMap<>();

    static {
        QUICK.put("modes", List.of("--context=1000", "--turns=1", "--questions=1", "--readings=1"));
        QUICK.put("sweep", List.of("--context=1000", "--turns=1", "--questions=1", "--draft-tokens=4", "--margin=0"));
        QUICK.put(
                "questions", List.of("--context=1000", "--later=1", "--setting=SPECULATIVE", "--max-output-tokens=4"));
        QUICK.put(
                "parallel",
                List.of("--context=1000", "--documents=2", "--questions=1", "--at-once=1,2", "--max-output-tokens=4"));
        QUICK.put("shapes", List.of("--shape=tiny", "--context=100", "--tokens=2", "--repetitions=1"));
        QUICK.put("passages", List.of("--context=1000", "--questions=2"));
        QUICK.put("embedding", List.of("--layers=1", "--texts=1", "--tokens=16", "--turns=1"));
        QUICK.put("micro", List.of("--context=1000", "--forks=0", "--iterations=1", "--milliseconds=1"));
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "as little of each as there can be, to see whether it runs")
    private boolean quick;

    @Option(names = "--out", defaultValue = "target/benchmarks.json", description = "the JSON file to write")
    private Path out;

    @Override
    public Integer call() throws IOException {
        ResultFile file = new ResultFile(out);
        PrintWriter tables = spec.commandLine().getOut();
        for (Map.Entry<String, List<String>> each : QUICK.entrySet()) {
            CommandLine command = spec.parent().subcommands().get(each.getKey());
            command.parseArgs(quick ? each.getValue().toArray(String[]::new) : new String[0]);
            Measurement measurement = command.getCommand();
            tables.printf("%n%s%n", each.getKey());
            measurement.measure(
                    new Output(each.getKey(), tables, spec.commandLine().getErr(), file));
        }
        tables.println("Written to " + file);
        return 0;
    }
}
