package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import org.junit.jupiter.api.Test;

class ModelMemoryTest {

    /** As many rows as a pass of several requests may have, with what their drafted tokens were drawn from. */
    @Test
    void logitsOfAllRequestsOfAPassAreReckonedWith() {
        Checkpoint checkpoint = Checkpoint.open(Golden.path("llama3-tiny"));
        try (LanguageModel model = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.FLOAT32)) {
            ModelMemory memory = ModelMemory.of(checkpoint.configuration(), model.numbers(), model.contextLength(), 1);
            long row = 4L * checkpoint.configuration().vocabularySize();
            long largestAlone = 8 * (64 + 1) * row;
            long ofOthers = (PackedCalls.MOST_TOKENS - 64 - 1) * row;
            assertThat(memory.logitBytes()).isEqualTo(largestAlone + 2 * ofOthers);
        }
    }
}
