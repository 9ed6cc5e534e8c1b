package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.model.KeyValueCache;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SequenceTest extends GeneratorFixture {

    @Test
    void whatAModelLacksIsAFewTokensAndMoreOnesAreReadBefore() {
        try (KeyValueCache cache = llama.newCache(300)) {
            Sequence sequence = new Sequence(llama, cache, PROMPT, 150);
            sequence.prefill(QUIET);
            for (int i = 0; i < 40; i++) {
                sequence.append(PROMPT[i]);
            }
            assertThat(sequence.pending()).hasSize(41);
            assertThat(cache.length()).isEqualTo(PROMPT.length - 1);
            for (int i = 40; i < 120; i++) {
                sequence.append(PROMPT[i]);
            }
            int[] whole = Arrays.copyOf(PROMPT, 270);
            System.arraycopy(PROMPT, 0, whole, 150, 120);
            assertThat(sequence.pending()).containsExactly(PROMPT[119]);
            assertThat(cache.commonPrefix(whole, 0, 270)).isEqualTo(269);
        }
    }
}
