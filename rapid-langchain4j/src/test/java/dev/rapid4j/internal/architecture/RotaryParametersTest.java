package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.testing.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The results are those of transformers 5.24 for the same {@code config.json}. */
class RotaryParametersTest {

    private static final RotaryScaling YARN = new RotaryScaling.Yarn(
            4, 128, 32, 1, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), true);

    @TempDir
    Path folder;

    /** As transformers 5 saves a Qwen2.5, with what its model card says to add for long texts. */
    @Test
    void theScalingOfAModelCardReplacesTheParametersOfTransformers5() throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
        EditedFiles.edit(folder.resolve("config.json"), config -> {
            assertThat(config.path("rope_scaling").path("factor").doubleValue()).isEqualTo(4);
            config.putObject("rope_parameters")
                    .put("rope_type", "default")
                    .set("rope_theta", config.path("rope_theta"));
        });

        String log = Log.during(() -> {
            DecoderConfiguration configuration = Checkpoint.open(folder).configuration();
            assertThat(configuration.rotaries().get(0).scaling()).isEqualTo(YARN);
            assertThat(configuration.rotaries().get(0).theta()).isEqualTo(1_000_000);
        });

        assertThat(log).contains("config.json: rope_scaling {", "is taken", "rope_parameters {");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'rope_theta':5e5,'rope_scaling':{Y} | 500000 | 4 | 128 |",
                "'rope_theta':5e5,'rope_scaling':{'rope_type':'yarn','factor':4} | 500000 | 4 | 1024 |",
                "'rope_scaling':{Y,'rope_theta':7e5} | 700000 | 4 | 128 |",
                "'rope_parameters':{'rope_theta':1e6,'rope_type':'yarn','factor':2} | 1000000 | 2 | 1024 |",
                "'rope_parameters':{'rope_theta':1e6,Y},'rope_scaling':{} | 1000000 | 4 | 128 |",
                "'rope_parameters':{'rope_theta':1e6,Y},'rope_scaling':null | 1000000 | 4 | 128 |",
                "'rope_parameters':null,'rope_theta':5e5,'rope_scaling':{Y} | 500000 | 4 | 128 |",
                "'rope_parameters':{'rope_theta':5e5,'rope_type':'yarn','factor':4,'original_max_position_embeddings':128},"
                        + "'rope_scaling':{Y,'rope_theta':5e5} | 500000 | 4 | 128 |",
                "'rope_theta':5e5,'rope_parameters':{'rope_theta':5e5,'rope_type':'yarn','factor':2},'rope_scaling':{Y}"
                        + " | 500000 | 4 | 128 | rope_scaling {",
                "'rope_theta':5e5,'rope_parameters':{'rope_theta':1e6,Y}"
                        + " | 1000000 | 4 | 128 | rope_theta 1000000.0 is taken, as in transformers 5, and rope_theta 500000.0",
                "'rope_theta':5e5,'rope_parameters':{'rope_theta':1e6},'rope_scaling':{Y}"
                        + " | 500000 | 4 | 128 | rope_theta 500000.0 is taken, as in transformers 5, and rope_theta 1000000.0",
                "'rope_theta':5e5,'original_max_position_embeddings':64,'rope_scaling':{'type':'yarn','factor':4}"
                        + " | 500000 | 4 | 64 |",
                "'rope_theta':5e5,'original_max_position_embeddings':64,'rope_scaling':{Y}"
                        + " | 500000 | 4 | 64 | original_max_position_embeddings 64 is taken",
                "'rope_theta':5e5,'rope_scaling':{'type':'li\\near','rope_type':'yarn','factor':4}"
                        + " | 500000 | 4 | 1024 | rope_type yarn is taken, as in transformers 5, and type \"li\\near\"",
            })
    void takesWhatTransformers5TakesAndSaysWhatItPassesOver(
            String fields, double theta, double factor, int originalContext, String warning) {
        String log = Log.during(() -> {
            Rotary rotary = read(fields);
            assertThat(rotary.theta()).isEqualTo(theta);
            assertThat(rotary.scaling()).isInstanceOfSatisfying(RotaryScaling.Yarn.class, yarn -> {
                assertThat(yarn.factor()).isEqualTo(factor);
                assertThat(yarn.originalContextLength()).isEqualTo(originalContext);
            });
        });

        if (warning == null) {
            assertThat(log).isEmpty();
        } else {
            assertThat(log).contains("config.json: ", warning);
        }
    }

    /** transformers 5 would go on with 10,000, with which the weights were not trained. */
    @Test
    void refusesAScalingThatTakesTheThetaAway() {
        assertThatThrownBy(() -> read("'rope_parameters':{'rope_theta':1000000.0},'rope_scaling':{Y}"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("rope_scaling", "rope_parameters", "\"rope_theta\": 1000000.0");
    }

    private static Rotary read(String fields) {
        String yarn = "'type':'yarn','factor':4,'original_max_position_embeddings':128";
        return RotaryParameters.read(
                new JsonFile(Path.of("config.json"), EditedFiles.json("{" + fields.replace("Y", yarn) + "}")),
                1024,
                16,
                RotaryParameters.Defaults.LLAMA);
    }
}
