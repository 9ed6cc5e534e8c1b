package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.internal.model.KeyValueCache;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class SequenceTest extends GeneratorFixture {

    @Test
    void whatAModelLacksIsAFewTokensAndMoreOnesAreReadBefore() {
        try (KeyValueCache cache = llama.newCache(300)) {
            Sequence sequence = new Sequence(llama, ReadPrompt.WHOLE_BY_TARGET, cache, PROMPT, 150);
            sequence.prefill(QUIET);
            append(sequence, 0, 40);
            sequence.catchUp(QUIET);
            assertThat(sequence.pending()).hasSize(41);
            assertThat(cache.length()).isEqualTo(PROMPT.length - 1);
            append(sequence, 40, 120);
            int[] whole = Arrays.copyOf(PROMPT, 270);
            System.arraycopy(PROMPT, 0, whole, 150, 120);
            sequence.catchUp(QUIET);
            assertThat(sequence.pending()).containsExactly(PROMPT[119]);
            assertThat(cache.commonPrefix(whole, 0, 270)).isEqualTo(269);
        }
    }

    @Test
    void catchingUpAsksWhetherToGoOn() {
        GenerationListener cancelled = new GenerationListener() {
            @Override
            public void checkCancelled() {
                throw new CancellationException();
            }
        };
        try (KeyValueCache cache = llama.newCache(300)) {
            Sequence sequence = new Sequence(llama, ReadPrompt.WHOLE_BY_TARGET, cache, PROMPT, 150);
            assertThatThrownBy(() -> sequence.catchUp(cancelled)).isInstanceOf(CancellationException.class);
        }
    }

    private static void append(Sequence sequence, int from, int to) {
        for (int i = from; i < to; i++) {
            sequence.append(PROMPT[i]);
        }
    }
}
