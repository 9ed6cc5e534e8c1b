package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class OwnGpuTest {

    private static final Setup ON_CPU = Setup.of(LostExecutorTest.SETTINGS, Prompts.bundled());

    private static Setup on(String device) {
        return new Setup(ON_CPU.settings().replace("\"cpu\"", "\"" + device + "\""), ON_CPU.prompts());
    }

    @Test
    void isTheFirstThatSparkHasGivenToTheTask() {
        assertThat(OwnGpu.of(Map.of("gpu", new ResourceInformation("gpu", new String[] {"3", "5"}))))
                .contains("3");
        assertThat(OwnGpu.of(Map.of("fpga", new ResourceInformation("fpga", new String[] {"f1"}))))
                .isEmpty();
    }

    @Test
    void theEngineIsLoadedOnItUnlessAnotherDeviceIsNamed() {
        RunSettings settings = on("cuda").runSettings(Optional.of("3"));
        assertThat(settings.targetDevice()).isEqualTo("cuda:3");
        assertThat(settings.drafterDevice()).isEqualTo("cuda:3");
        assertThat(on("cuda:1").runSettings(Optional.of("3")).targetDevice()).isEqualTo("cuda:1");
        assertThat(RunJson.write(ON_CPU.runSettings(Optional.of("3")))).isEqualTo(ON_CPU.settings());
    }
}
