package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Drafting with, and for, a model in fewer bits. */
class IntegerDraftTest extends GeneratorFixture {

    private static LanguageModel integers;

    @BeforeAll
    static void loadIntegers() {
        integers = LanguageModel.load(Golden.checkpoint("llama3-tiny"), Device.CPU, WeightFormat.INT8);
    }

    @AfterAll
    static void closeIntegers() {
        integers.close();
    }

    @Test
    void greedyAnswersAreThoseOfTheTargetAlone() {
        List<Integer> alone = answer(integers, integers, Mode.LONG_CONTEXT, 1);
        assertThat(alone).hasSize(40);
        assertThat(answer(integers, integers, Mode.SPECULATIVE, 1)).isEqualTo(alone);
        assertThat(answer(integers, mistral, Mode.SPECULATIVE, 0)).isEqualTo(alone);
    }

    @Test
    void aSmallCopyOfAnExactTargetDraftsWhatStands() {
        int[] exact = Expected.of("llama3-tiny").greedyIds();
        assertThat(answer(llama, integers, Mode.SPECULATIVE, 0.5))
                .containsExactlyElementsOf(Arrays.stream(exact).boxed().toList());
    }

    /**
     * Of a file that has four bits itself: such a small network of random numbers is another once it is rounded to
     * them.
     */
    @Test
    void aCopyInFourBitsDraftsWhatStands() {
        Checkpoint checkpoint = Checkpoint.open(Golden.path("gguf/llama3-tiny-Q4_0.gguf"));
        try (LanguageModel target = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.FLOAT32);
                LanguageModel copy = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.INT4)) {
            assertThat(answer(target, copy, Mode.SPECULATIVE, 0.5))
                    .isEqualTo(answer(target, target, Mode.LONG_CONTEXT, 1));
        }
    }

    /** @param acceptance of the drafted tokens, at least */
    private static List<Integer> answer(LanguageModel target, LanguageModel drafter, Mode mode, double acceptance) {
        try (Generator generator = new Generator(target, drafter, Set.of(), CACHE_BYTES)) {
            Generation answer = generator.generate(greedy(PROMPT, PROMPT, mode, 0, 40), QUIET);
            if (mode != Mode.LONG_CONTEXT) {
                assertThat(answer.statistics().acceptanceRate()).isGreaterThanOrEqualTo(acceptance);
            }
            return answer.tokens();
        }
    }
}
