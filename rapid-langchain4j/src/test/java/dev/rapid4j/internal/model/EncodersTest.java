package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders beyond BERT's layers, against transformers ({@code make_encoders.py}). */
class EncodersTest {

    @ParameterizedTest
    @ValueSource(strings = {"modernbert", "mpnet", "embedding-gemma"})
    void vectorsAreThoseOfTransformersAloneAndInABatch(String name) {
        JsonNode expected = Golden.json("encoders/" + name + "/expected.json");
        List<int[]> texts = StreamSupport.stream(expected.get("ids").spliterator(), false)
                .map(ids -> JsonFile.MAPPER.convertValue(ids, int[].class))
                .toList();
        EncoderCheckpoint checkpoint = EncoderCheckpoint.open(Golden.path("encoders/" + name), EncoderTask.EMBEDDING);
        try (TextEncoder encoder = TextEncoder.load(checkpoint, Device.CPU, WeightFormat.FLOAT32)) {
            float[][] together = encoder.embed(texts);
            for (int i = 0; i < texts.size(); i++) {
                float[] vector =
                        JsonFile.MAPPER.convertValue(expected.get("dense").get(i), float[].class);
                assertThat(together[i]).as("%d tokens", texts.get(i).length).containsExactly(vector, within(2e-5f));
                assertThat(encoder.embed(List.of(texts.get(i)))[0]).containsExactly(vector, within(2e-5f));
            }
        }
    }
}
