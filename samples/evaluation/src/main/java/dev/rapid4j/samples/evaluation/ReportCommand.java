package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "report",
        description = "Puts runs side by side: a page with tables and charts (report.html), and the tables as Markdown"
                + " (report.md), which are printed, too.")
final class ReportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", arity = "1..*", description = "folders of runs, finished or not")
    private List<Path> runs;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            required = true,
            description = "where to write; a report that is there is replaced")
    private Path out;

    @Override
    public Integer call() throws IOException {
        Report report = Report.of(runs);
        String markdown = report.markdown();
        Files.createDirectories(out);
        Path page = out.resolve("report.html");
        Files.writeString(page, report.html());
        Files.writeString(out.resolve("report.md"), markdown);
        PrintWriter console = spec.commandLine().getOut();
        console.println(markdown);
        console.println("Written to " + page.toAbsolutePath());
        console.flush();
        return 0;
    }
}
