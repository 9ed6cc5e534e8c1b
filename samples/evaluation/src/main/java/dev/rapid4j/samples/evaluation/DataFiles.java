package dev.rapid4j.samples.evaluation;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.Hub;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the file with the tasks of a benchmark. */
public final class DataFiles {

    /** Stands for the published data. */
    public static final String PUBLISHED = "hub";

    private static final String INFINITE_BENCH = "xinrongzhang2022/InfiniteBench";

    /** As Python's huggingface_hub writes it: of all revisions, only pull requests and conversions have slashes. */
    private static final Pattern HUB_ADDRESS = Pattern.compile(
            "hf://datasets/(?<repository>[^/@]+/[^/@]+(@(refs/(pr|convert)/[^/]+|[^/]+))?)/(?<file>.+)");

    private DataFiles() {}

    /**
     * The file, downloaded if it is one of the hub.
     *
     * @param data a file; or {@code hf://datasets/organisation/name/file} or
     *     {@code hf://datasets/organisation/name@revision/file}; or {@value #PUBLISHED} or nothing for the published
     *     data
     * @throws IllegalArgumentException if it is none of these
     * @throws dev.rapid4j.CheckpointException if it cannot be downloaded
     */
    public static Path find(Benchmark benchmark, Optional<String> data, Hub hub) {
        String wanted = data.orElse(PUBLISHED);
        if (wanted.equals(PUBLISHED)) {
            try {
                return published(benchmark, hub);
            } catch (CheckpointException e) {
                throw new CheckpointException(
                        "The published data cannot be had; download them elsewhere, and give the file with --data. "
                                + e.getMessage(),
                        e);
            }
        }
        Matcher address = HUB_ADDRESS.matcher(wanted);
        if (address.matches()) {
            return hub.dataSetFile(address.group("repository"), address.group("file"));
        }
        if (wanted.startsWith("hf:") || !Files.isRegularFile(Path.of(wanted))) {
            throw new IllegalArgumentException(
                    ("%s is no file; give one, or an address of the form hf://datasets/organisation/name/file, or \"%s\""
                                    + " for the published data")
                            .formatted(wanted, PUBLISHED));
        }
        return Path.of(wanted);
    }

    private static Path published(Benchmark benchmark, Hub hub) {
        return switch (benchmark) {
            case LONGBENCH_V2 -> hub.dataSetFile("zai-org/LongBench-v2", "data.json");
            case EN_QA -> hub.dataSetFile(INFINITE_BENCH, "longbook_qa_eng.jsonl");
            case EN_MC -> hub.dataSetFile(INFINITE_BENCH, "longbook_choice_eng.jsonl");
            case EN_SUM -> hub.dataSetFile(INFINITE_BENCH, "longbook_sum_eng.jsonl");
            case FACTS ->
                throw new IllegalArgumentException(
                        "Give a file with --data; the command \"documents\" asks the questions that come along");
        };
    }
}
