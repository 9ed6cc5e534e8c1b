package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GgufNamesTest {

    /** Were all parts listed for each of them, this would take an hour. */
    @Test
    void filesThatTellOfManyPartsAreOneModel() {
        List<String> files = IntStream.rangeClosed(1, 20_000)
                .mapToObj("model-%05d-of-99999.gguf"::formatted)
                .toList();
        assertThat(GgufNames.among(files).whole()).containsExactly("model-00001-of-99999.gguf");
    }
}
