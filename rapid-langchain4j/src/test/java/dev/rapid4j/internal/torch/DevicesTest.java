package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"auto", "cpu", "cuda", "cuda:7", "cuda:0,cuda:1", "cuda:1-7", "cuda:0-1, cuda:3 , cpu", "cpu,cpu"
            })
    void namesOneOrSeveralDevices(String names) {
        assertThat(Devices.checkNames(names)).isEqualTo(names);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "gpu | Unknown device 'gpu': use auto, cpu, cuda or cuda:N, or several",
                "1,2,3 | Unknown device '1' in '1,2,3': use auto, cpu, cuda or cuda:N",
                "cuda:0,,cuda:1 | Unknown device '' in 'cuda:0,,cuda:1'",
                "cuda:0, | Unknown device '' in 'cuda:0,'",
                "\"\" | Unknown device ''",
                "auto,cpu | auto stands alone",
                "cuda:1-0 | 'cuda:1-0' counts down: write cuda:0-1, or each device in the order you want",
                "cuda:-1 | Unknown device 'cuda:-1'",
                "cuda:0-cuda:3 | Unknown device 'cuda:0-cuda:3'",
                "cuda:1000 | Unknown device 'cuda:1000'",
                "CUDA:0 | Unknown device 'CUDA:0'",
            })
    void saysWhatANameShouldBe(String names, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Devices.checkNames(names))
                .withMessageContaining(message);
    }

    @Test
    void devicesThatAreNotThereAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Devices.of("cpu,cuda:98-99"))
                .withMessageContaining("cuda:98 is not there");
    }

    @Test
    void whatIsNamedCanBeNamedAgain() {
        assertThat(Devices.of("cpu, cpu").toString()).isEqualTo("cpu,cpu");
        assertThat(Devices.of("cpu,cpu")).isEqualTo(Devices.of(Device.CPU, Device.CPU));
        assertThat(Devices.of(Devices.of("auto").toString())).isEqualTo(Devices.of("auto"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:0,cuda:1", "cuda:0-3", "cpu,cpu"})
    void whereOneDeviceIsWantedAListIsRefused(String names) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Device.checkName(names))
                .withMessage(
                        "'%s' is more than one device, over which only a target or a drafter can be spread:"
                                + " use auto, cpu, cuda or cuda:N",
                        names);
    }
}
