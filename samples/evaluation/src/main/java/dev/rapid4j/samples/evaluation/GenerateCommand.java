package dev.rapid4j.samples.evaluation;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.registers.RegisterPrompts;
import dev.rapid4j.samples.evaluation.registers.RegisterTasks;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        description = "Writes questions about registers of lighthouses, which the bundled model can answer, in the"
                + " formats of the benchmarks.",
        sortOptions = false)
final class GenerateCommand implements Callable<Integer> {

    private static final String LONGBENCH = "longbench-v2.json";
    private static final String QUESTION_ANSWER = "longbook_qa_eng.jsonl";
    private static final String MULTIPLE_CHOICE = "longbook_choice_eng.jsonl";
    private static final String SUMMARY = "longbook_sum_eng.jsonl";

    /** The folder with the templates for the bundled model, below that of the data. */
    static final String PROMPTS = "prompts";

    /** The margin that suits the bundled model: over long registers it is often sure of something wrong. */
    static final String MARGIN = "40";

    /** What else suits it, and its registers, whose entries have about 64 tokens. */
    static final List<String> SETTINGS = List.of(
            "--settings-of", "LIBRARY",
            "--passage-tokens", "128",
            "--draft-context-tokens", "1024",
            "--draft-tokens", "32",
            "--temperature", "0.5",
            "--max-tokens", "256");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "the folder to write into; made if it is missing")
    private Path out;

    @Option(
            names = "--lengths",
            split = ",",
            defaultValue = "1000,2000,4000,8000,16000,32000,64000",
            description = "of the registers in tokens, 1000 to 64000 each (default: ${DEFAULT-VALUE})")
    private List<Integer> lengths;

    @Option(
            names = "--questions",
            defaultValue = "4",
            description = "of each kind on each register (default: ${DEFAULT-VALUE})")
    private int questions;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "another seed gives other registers (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--overwrite", description = "replaces files that are there")
    private boolean overwrite;

    @FunctionalInterface
    private interface Writer<T> {
        void write(Path file, Stream<T> tasks) throws IOException;
    }

    @Override
    public Integer call() throws IOException {
        try (Tokenizer tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer()) {
            RegisterTasks tasks = new RegisterTasks(tokenizer, lengths, questions, seed);
            refuseToOverwrite();
            Files.createDirectories(out);
            write(LONGBENCH, tasks.longBench(), TaskWriter::writeLongBench);
            write(QUESTION_ANSWER, tasks.questionAnswers(), TaskWriter::writeInfiniteBench);
            write(MULTIPLE_CHOICE, tasks.multipleChoices(), TaskWriter::writeInfiniteBench);
            write(SUMMARY, tasks.summaries(), TaskWriter::writeInfiniteBench);
        }
        RegisterPrompts.write(out.resolve(PROMPTS));
        say("%s: templates for the bundled model".formatted(out.resolve(PROMPTS)));
        say("Next: evaluate en-qa --data %s --prompts %s --target bundled --embedding-model bundled"
                        .formatted(out.resolve(QUESTION_ANSWER), out.resolve(PROMPTS))
                + " --margin %s %s --out %s"
                        .formatted(
                                MARGIN,
                                String.join(" ", SETTINGS),
                                out.resolve("runs").resolve("en-qa-rapid")));
        return 0;
    }

    /** The name of the file with the data of a benchmark of the paper. */
    static String file(Benchmark benchmark) {
        return switch (benchmark) {
            case LONGBENCH_V2 -> LONGBENCH;
            case EN_QA -> QUESTION_ANSWER;
            case EN_MC -> MULTIPLE_CHOICE;
            case EN_SUM -> SUMMARY;
            case FACTS -> throw new IllegalArgumentException("Registers have no questions of this kind");
        };
    }

    private void refuseToOverwrite() {
        Stream.of(LONGBENCH, QUESTION_ANSWER, MULTIPLE_CHOICE, SUMMARY, PROMPTS)
                .map(out::resolve)
                .filter(file -> !overwrite && Files.exists(file))
                .findFirst()
                .ifPresent(file -> {
                    throw new IllegalArgumentException(
                            "%s is there already; give another folder, or --overwrite to replace it".formatted(file));
                });
    }

    /** A file is there when all of it is. */
    private <T extends Task> void write(String name, Stream<T> tasks, Writer<T> writer) throws IOException {
        Path file = out.resolve(name);
        Path incomplete = out.resolve(name + ".incomplete");
        AtomicInteger count = new AtomicInteger();
        writer.write(incomplete, tasks.peek(task -> count.incrementAndGet()));
        Files.move(incomplete, file, StandardCopyOption.REPLACE_EXISTING);
        say("%s: %,d questions, %.1f MB".formatted(file, count.get(), Files.size(file) / 1e6));
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
