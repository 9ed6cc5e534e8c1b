package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CacheType;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.ModelMachine;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RunOptionsTest {

    private static final ModelMachine MACHINE = new ModelMachine() {
        @Override
        public String device(String asked) {
            return asked.equals("cuda") ? "cuda:0" : "cpu";
        }

        @Override
        public WeightFormat weights(WeightFormat asked, String model, String device) {
            WeightFormat automatic = device.equals("cpu") ? WeightFormat.INT8 : WeightFormat.BFLOAT16;
            return asked == WeightFormat.AUTO ? automatic : asked;
        }
    };

    private static final String[] DECODING = {
        "--margin=20",
        "--draft-tokens=5",
        "--passage-tokens=100",
        "--draft-context-tokens=1000",
        "--passages-introduction=Found:",
        "--embedding-model=x"
    };

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void write() throws IOException {
        data = Files.writeString(folder.resolve("data.json"), "[]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"long-context", "retrieval-only", "passage-attention", "streaming-draft"})
    void aDrafterIsRefusedWhereThereIsNone(String mode) {
        for (String option : new String[] {"--draft=small", "--draft-device=cpu"}) {
            assertThatThrownBy(() -> settings("--mode=" + mode, option))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("--mode " + mode, "--draft");
        }
    }

    @Test
    void whatAMethodDoesNotUseTellsNoRunsApart() throws IOException {
        assertThat(differences("long-context")).isEmpty();
        assertThat(differences("lookup")).isEmpty();
        assertThat(differences("classic-rag")).containsExactly("embeddingModel");
        assertThat(differences("streaming-draft")).containsExactly("draftTokens", "draftContextTokens");
        assertThat(differences("retrieval-only"))
                .containsExactly("embeddingModel", "passageTokens", "draftContextTokens");
        assertThat(differences("passage-attention"))
                .containsExactly("embeddingModel", "passageTokens", "draftContextTokens");
        assertThat(differences("speculative", "--draft=small")).containsExactly("draftTokens");
        assertThat(differences("rapid"))
                .containsExactly(
                        "embeddingModel",
                        "margin",
                        "draftTokens",
                        "passageTokens",
                        "passagesIntroduction",
                        "draftContextTokens");
    }

    /** The settings that the options for decoding change. */
    private Stream<String> differences(String mode, String... more) throws IOException {
        String[] plain =
                Stream.concat(Stream.of("--mode=" + mode), Stream.of(more)).toArray(String[]::new);
        String[] changed = Stream.concat(Stream.of(plain), Stream.of(DECODING)).toArray(String[]::new);
        return settings(plain).differences(settings(changed)).stream()
                .map(difference -> difference.substring(0, difference.indexOf(' ')));
    }

    @Test
    void aRunsSettingsSayWhatWasLeftOpen() throws IOException {
        assertThat(settings("--mode=rapid", "--draft-device=cuda"))
                .returns("cpu", RunSettings::targetDevice)
                .returns("cuda:0", RunSettings::drafterDevice)
                .returns(WeightFormat.INT8, RunSettings::targetWeights)
                .returns(WeightFormat.BFLOAT16, RunSettings::drafterWeights)
                .returns(CacheType.AUTO, RunSettings::cacheType);
        assertThat(settings("--mode=rapid", "--weights=FLOAT32", "--cache-type=BFLOAT16"))
                .returns(WeightFormat.FLOAT32, RunSettings::targetWeights)
                .returns(WeightFormat.FLOAT32, RunSettings::drafterWeights)
                .returns(CacheType.BFLOAT16, RunSettings::cacheType);
    }

    /** As the authors' script and readme have them. */
    @ParameterizedTest
    @CsvSource({
        "script, 128, 0.1, 4096, 10, DENSE, false, Retrieved text chunks:",
        "README, 512, 0.3, 8192, 10, DENSE, false, Retrieved text chunks:",
        "library, 512, 0.3, 4096, 0,,,"
    })
    void settingsOfOthersGoByName(
            String name,
            int passageTokens,
            double minSimilarity,
            int draftContextTokens,
            int draftTokens,
            PassageRanking ranking,
            Boolean lookup,
            String introduction)
            throws IOException {
        assertThat(settings("--settings-of=" + name))
                .returns(passageTokens, RunSettings::passageTokens)
                .returns(minSimilarity, RunSettings::minSimilarity)
                .returns(draftContextTokens, RunSettings::draftContextTokens)
                .returns(draftTokens, RunSettings::draftTokens)
                .returns(Optional.ofNullable(ranking), RunSettings::passageRanking)
                .returns(Optional.ofNullable(lookup), RunSettings::lookupDrafting)
                .returns(Optional.ofNullable(introduction), RunSettings::passagesIntroduction);
        assertThat(settings("--settings-of=" + name, "--passage-tokens=77", "--min-similarity=0.5"))
                .returns(77, RunSettings::passageTokens)
                .returns(0.5, RunSettings::minSimilarity);
        assertThat(settings("--settings-of=" + name, "--passages-introduction="))
                .returns(Optional.empty(), RunSettings::passagesIntroduction);
        // has a template that speaks of passages
        assertThat(settings("--settings-of=" + name, "--mode=retrieval-only"))
                .returns(Optional.empty(), RunSettings::passagesIntroduction);
    }

    private RunSettings settings(String... arguments) throws IOException {
        RunOptions options = new RunOptions();
        new CommandLine(options)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .parseArgs(Stream.concat(Stream.of("--target=model"), Stream.of(arguments))
                        .toArray(String[]::new));
        return options.settings(Benchmark.LONGBENCH_V2, data, Prompts.bundled(), OptionalInt.empty(), MACHINE);
    }
}
