package dev.rapid4j.samples.evaluation;

import dev.rapid4j.DownloadListener;
import dev.rapid4j.Hub;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.EvaluationRun.Lane;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.documents.RealDocument;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.report.DocumentsReport;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "documents",
        description = {
            "Questions on real documents that come along: each model with each setting, and a table of right answers.",
            "A text is read once, for all settings. It goes on where it was stopped."
        },
        sortOptions = false)
final class DocumentsCommand implements Callable<Integer> {

    private static final String FACTS = "facts.jsonl";
    private static final String CHOICES = "choices.json";
    private static final String RUNS = "runs";

    /** For question, template and answer. */
    private static final int TOKENS_BESIDES_THE_TEXT = 1024;

    private static final Pattern OTHER_THAN_NAME = Pattern.compile("[^A-Za-z0-9._-]+");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--target",
            required = true,
            split = ",",
            description = "the models: folders, GGUF files, organisation/name of the hub, ollama:model:tag, or"
                    + " \"bundled\"; a comma between them")
    private List<String> targets;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "for data, runs and report.md")
    private Path out;

    @Option(
            names = "--settings",
            split = ",",
            defaultValue = "long-context,lookup,classic-rag,retrieval-only,passage-attention,rapid-0,rapid-10,rapid-40",
            converter = DocumentsSetting.Converter.class,
            description =
                    "long-context, lookup (drafts from the text), classic-rag (LangChain4j's retrieval in front of"
                            + " the model), retrieval-only, passage-attention, streaming-draft, speculative (with --draft), or"
                            + " rapid-MARGIN, for which rapid-MARGIN-prompt and rapid-MARGIN-rows say what is drafted over, and"
                            + " rapid-MARGIN-paper learns as in the paper; rapid-0 is the mode SPECULATIVE (default:"
                            + " ${DEFAULT-VALUE})")
    private List<DocumentsSetting> settings;

    @Option(
            names = "--documents",
            split = ",",
            description = "only these texts, by name (default: all that fit the model's context window)")
    private List<String> documents = List.of();

    @Option(
            names = "--embedding-model",
            defaultValue = Evaluator.BGE_SMALL,
            description = "finds passages: \"bge-small\" comes along; or as of the other commands (default:"
                    + " ${DEFAULT-VALUE})")
    private String embeddingModel;

    @Option(
            names = "--draft",
            description = "for rapid-MARGIN and speculative: a drafter of its own, with the target's vocabulary")
    private Optional<String> drafter;

    @Option(names = "--passage-tokens", defaultValue = "128", description = "default: ${DEFAULT-VALUE}")
    private String passageTokens;

    @Option(names = "--draft-context-tokens", defaultValue = "1024", description = "default: ${DEFAULT-VALUE}")
    private String draftContextTokens;

    @Option(names = "--target-device", defaultValue = "auto", description = "default: ${DEFAULT-VALUE}")
    private String device;

    @Option(
            names = "--weights",
            defaultValue = "AUTO",
            description = "AUTO, FLOAT32, BFLOAT16, FLOAT16, INT8, INT4 or FP8 (default: ${DEFAULT-VALUE})")
    private String weights;

    @Option(names = "--start-anew", description = "deletes the answers in the folder")
    private boolean startAnew;

    @Option(names = "--report-only", description = "asks nothing: the table of what is answered so far")
    private boolean reportOnly;

    /** Takes what the benchmarks' commands would run. */
    @Command(
            name = "evaluate",
            subcommands = {FactsCommand.class, LongBenchCommand.class})
    private static final class Collector implements Program {

        private Optional<RunRequest> request = Optional.empty();
        private String problem = "";

        @Override
        public int run(RunRequest wanted) {
            request = Optional.of(wanted);
            return CommandLine.ExitCode.OK;
        }
    }

    @Override
    public Integer call() throws IOException {
        checkDrafter();
        List<RealDocument> chosen = chosen();
        int exitCode = CommandLine.ExitCode.OK;
        Map<String, Map<String, List<Path>>> runs = new LinkedHashMap<>();
        for (String target : targets) {
            Path folder = out.resolve(folderName(target));
            if (!reportOnly) {
                exitCode = Math.max(exitCode, run(target, folder, fitting(target, chosen)));
            }
            runs.put(target, runs(folder));
        }
        report(runs);
        return exitCode;
    }

    /**
     * One engine answers for all settings, and where it has a drafter of its own, that would be the retrieving modes',
     * too.
     */
    private void checkDrafter() {
        if (drafter.isPresent()) {
            settings.stream()
                    .filter(setting -> !setting.takesDrafter())
                    .findFirst()
                    .ifPresent(setting -> {
                        throw new IllegalArgumentException(
                                ("--settings %s has no drafter of its own; with --draft there are"
                                                + " speculative and rapid-MARGIN: ask the others with another --out, without it")
                                        .formatted(setting.name()));
                    });
        }
    }

    /** The last part of the name; several targets that share it have folders of their own. */
    private String folderName(String target) {
        String name = lastPart(target);
        long before = targets.subList(0, targets.indexOf(target)).stream()
                .filter(other -> lastPart(other).equals(name))
                .count();
        return before == 0 ? name : name + "-" + (before + 1);
    }

    private static String lastPart(String target) {
        String path = target.replace('\\', '/').replaceFirst("/+$", "");
        return OTHER_THAN_NAME
                .matcher(path.substring(path.lastIndexOf('/') + 1))
                .replaceAll("-");
    }

    private List<RealDocument> chosen() {
        List<RealDocument> all = RealDocument.all();
        List<String> names = all.stream().map(RealDocument::name).toList();
        documents.stream().filter(name -> !names.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException(
                    "There is no text \"%s\"; there are %s".formatted(name, String.join(", ", names)));
        });
        return all.stream()
                .filter(document -> documents.isEmpty() || documents.contains(document.name()))
                .toList();
    }

    private List<RealDocument> fitting(String target, List<RealDocument> chosen) throws IOException {
        Checkpoint checkpoint = Evaluator.checkpoint(target);
        int most = checkpoint.configuration().contextLength() - TOKENS_BESIDES_THE_TEXT;
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            Map<Boolean, List<RealDocument>> byFit =
                    chosen.stream().collect(Collectors.partitioningBy(text -> tokenizer.count(text.text()) <= most));
            if (!byFit.get(false).isEmpty()) {
                say("%s reads %,d tokens; left out, as longer: %s".formatted(target, most, names(byFit.get(false))));
            }
            if (byFit.get(true).isEmpty()) {
                throw new IllegalArgumentException("No text fits the context window of %s".formatted(target));
            }
            return byFit.get(true);
        }
    }

    private static String names(List<RealDocument> documents) {
        return documents.stream().map(RealDocument::name).collect(Collectors.joining(", "));
    }

    /** @return the exit code: 1 if a question could not be answered */
    private int run(String target, Path folder, List<RealDocument> texts) throws IOException {
        Files.createDirectories(folder);
        TaskWriter.writeFacts(folder.resolve(FACTS), texts.stream().flatMap(text -> text.facts().stream()));
        TaskWriter.writeLongBench(folder.resolve(CHOICES), texts.stream().flatMap(text -> text.choices().stream()));
        Hub hub = Hub.builder().listener(DownloadListener.console()).build();
        Prompts prompts = Prompts.bundled();
        TimeLeft timeLeft = new TimeLeft();
        List<Lane> lanes = new ArrayList<>();
        try {
            for (DocumentsSetting setting : settings) {
                for (Benchmark benchmark : List.of(Benchmark.FACTS, Benchmark.LONGBENCH_V2)) {
                    ProgressDisplay display =
                            ProgressDisplay.of(spec, setting.name() + ", " + benchmark.id(), timeLeft);
                    lanes.add(Evaluate.lane(request(target, folder, setting, benchmark), prompts, hub, display));
                }
            }
            return new EvaluationRun(lanes, prompts, hub, settings.size() == 1).start();
        } finally {
            lanes.forEach(lane -> lane.writer().close());
        }
    }

    private RunRequest request(String target, Path folder, DocumentsSetting setting, Benchmark benchmark) {
        boolean facts = benchmark == Benchmark.FACTS;
        List<String> arguments = new ArrayList<>(List.of(
                benchmark.id(),
                "--target=" + target,
                "--data=" + folder.resolve(facts ? FACTS : CHOICES),
                "--embedding-model=" + embeddingModel,
                "--passage-tokens=" + passageTokens,
                "--draft-context-tokens=" + draftContextTokens,
                "--target-device=" + device,
                "--weights=" + weights,
                "--settings-of=" + SettingsOf.LIBRARY,
                "--temperature=0",
                "--max-tokens=" + (facts ? 48 : 24),
                "--out=" + folder(folder, setting, benchmark)));
        arguments.addAll(setting.options());
        drafter.ifPresent(model -> arguments.add("--draft=" + model));
        if (startAnew) {
            arguments.add("--start-anew");
        }
        Collector collector = new Collector();
        new CommandLine(collector)
                .setParameterExceptionHandler((exception, given) -> {
                    collector.problem = exception.getMessage();
                    return CommandLine.ExitCode.USAGE;
                })
                .execute(arguments.toArray(String[]::new));
        return collector.request.orElseThrow(() -> new IllegalArgumentException(collector.problem));
    }

    private static Path folder(Path folder, DocumentsSetting setting, Benchmark benchmark) {
        return folder.resolve(RUNS).resolve(setting.name()).resolve(benchmark.id());
    }

    /**
     * By setting, those that were run at all.
     *
     * @throws IllegalArgumentException if none was
     */
    private Map<String, List<Path>> runs(Path folder) {
        Map<String, List<Path>> runs = settings.stream()
                .filter(setting -> Files.exists(folder.resolve(RUNS).resolve(setting.name())))
                .collect(Collectors.toMap(
                        DocumentsSetting::name,
                        setting -> Stream.of(Benchmark.FACTS, Benchmark.LONGBENCH_V2)
                                .map(benchmark -> folder(folder, setting, benchmark))
                                .toList(),
                        (first, second) -> first,
                        LinkedHashMap::new));
        if (runs.isEmpty()) {
            throw new IllegalArgumentException(
                    "Nothing is answered yet in %s; leave --report-only out to ask".formatted(folder));
        }
        return runs;
    }

    private void report(Map<String, Map<String, List<Path>>> runs) throws IOException {
        String markdown = DocumentsReport.markdown(runs);
        Path file = out.resolve("report.md");
        Files.writeString(file, markdown);
        say(markdown);
        say("Written to " + file.toAbsolutePath());
    }

    private void say(String line) {
        PrintWriter console = spec.commandLine().getOut();
        console.println(line);
        console.flush();
    }
}
