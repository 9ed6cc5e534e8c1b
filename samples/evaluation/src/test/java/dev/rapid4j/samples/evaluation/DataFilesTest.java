package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.Hub;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFilesTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "LONGBENCH_V2, datasets--zai-org--LongBench-v2, data.json",
        "EN_QA, datasets--xinrongzhang2022--InfiniteBench, longbook_qa_eng.jsonl",
        "EN_MC, datasets--xinrongzhang2022--InfiniteBench, longbook_choice_eng.jsonl",
        "EN_SUM, datasets--xinrongzhang2022--InfiniteBench, longbook_sum_eng.jsonl"
    })
    void thePublishedDataIsTakenFromTheHub(Benchmark benchmark, String repository, String name) throws IOException {
        Path cached = cached(repository, name);
        assertThat(DataFiles.find(benchmark, Optional.empty(), hub())).isEqualTo(cached);
        assertThat(DataFiles.find(benchmark, Optional.of("hub"), hub())).isEqualTo(cached);
    }

    @Test
    void otherDataOfTheHubHasAnAddress() throws IOException {
        Path cached = cached("datasets--lighthouse--tasks", "books/qa.jsonl");
        for (String repository : new String[] {"lighthouse/tasks", "lighthouse/tasks@" + COMMIT}) {
            assertThat(find("hf://datasets/" + repository + "/books/qa.jsonl")).isEqualTo(cached);
        }
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> find("hf://datasets/lighthouse/tasks/other.jsonl"))
                .withMessageContaining("HF_HUB_OFFLINE");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> find("hf://datasets/lighthouse/tasks@refs/pr/1/qa.jsonl"))
                .withMessageContaining("lighthouse/tasks@refs/pr/1 is not");
    }

    @Test
    void aFileIsTakenAsItIs() throws IOException {
        Path file = Files.createFile(folder.resolve("tasks.jsonl"));
        assertThat(find(file.toString())).isEqualTo(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/no/such/file", ".", "hf://datasets/lighthouse/tasks", "hf://lighthouse/model/file"})
    void anythingElseIsRefused(String data) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> find(data))
                .withMessageStartingWith(data + " is no file")
                .withMessageContaining("hf://datasets/organisation/name/file");
    }

    private Path find(String data) {
        return DataFiles.find(Benchmark.EN_QA, Optional.of(data), hub());
    }

    private Hub hub() {
        return Hub.builder().cache(folder).offline(true).build();
    }

    /** As a download leaves it. */
    private Path cached(String repository, String name) throws IOException {
        Path file =
                folder.resolve(repository).resolve("snapshots").resolve(COMMIT).resolve(name);
        Files.createDirectories(file.getParent());
        Path references = Files.createDirectories(folder.resolve(repository).resolve("refs"));
        Files.writeString(references.resolve("main"), COMMIT);
        return Files.createFile(file);
    }
}
