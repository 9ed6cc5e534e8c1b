package dev.rapid4j.samples.evaluation.running;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EvaluatorTest {

    /** The authors' {@code ceil(max(length / (chunk * 32), min(4096 / chunk, length / chunk)))}. */
    @Test
    void passagesAreA32ndOfThePromptButNotLessThanTheDrafterMayReadOfAnyTextThatHasSoMuch() {
        assertThat(Evaluator.passages(2_000, 512, 4096)).isEqualTo(4);
        assertThat(Evaluator.passages(131_072, 512, 4096)).isEqualTo(8);
        assertThat(Evaluator.passages(131_073, 512, 4096)).isEqualTo(9);
        assertThat(Evaluator.passages(1_000, 100, 250)).isEqualTo(3);
    }
}
