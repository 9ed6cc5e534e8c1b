package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drafting with, and for, a model in 8-bit integers. */
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

    @ParameterizedTest
    @CsvSource({"INT8, 0.5", "INT4, 0.2"})
    void aSmallCopyOfAnExactTargetDraftsWhatStands(WeightFormat format, double acceptance) {
        int[] exact = Expected.of("llama3-tiny").greedyIds();
        try (LanguageModel copy = LanguageModel.load(Golden.checkpoint("llama3-tiny"), Device.CPU, format)) {
            assertThat(answer(llama, copy, Mode.SPECULATIVE, acceptance))
                    .containsExactlyElementsOf(Arrays.stream(exact).boxed().toList());
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
