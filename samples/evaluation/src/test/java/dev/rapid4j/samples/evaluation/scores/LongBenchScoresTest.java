package dev.rapid4j.samples.evaluation.scores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LongBenchScoresTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    The correct answer is (B).                     | B
                    C                                              | C
                    (D) It must be moved.                          | D
                    **A**                                          | A
                    B. Because it is so                            | B
                    A copy is called Opaque.                       |
                    Compressed                                     |
                    It is (C)                                      |
                    """)
    void aLetterThatComesFirstIsMeant(String response, Choice expected) {
        assertThat(LongBenchAnswer.meant(response)).isEqualTo(Optional.ofNullable(expected));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    The correct answer is (B).                                     | B
                    The correct answer is C                                        | C
                    So: **The correct answer is (D)**                              | D
                    The correct answer is **A**, I think.                          | A
                    The correct answer is B. No! The correct answer is (C)         | C
                    The correct answer is (A). The correct answer is (B).          | A
                    The correct answer is Denmark                                  | D
                    The correct answer is (E)                                      |
                    the correct answer is (A)                                      |
                    The correct answer is: (A)                                     |
                    The correct answer is ( A )                                    |
                    B                                                              |
                    """)
    void theOptionIsExtractedByTheAuthorsRule(String response, Choice expected) {
        assertThat(LongBenchAnswer.extract(response)).isEqualTo(Optional.ofNullable(expected));
    }

    @Test
    void theTableHasEachGroup() {
        LongBenchScores scores = LongBenchScores.of(List.of(
                answer("Law", Difficulty.EASY, Length.SHORT, Choice.A),
                answer("Law", Difficulty.HARD, Length.SHORT, Choice.B),
                answer("Code", Difficulty.HARD, Length.LONG, null),
                answer("Code", Difficulty.HARD, Length.LONG, Choice.A)));

        assertThat(scores.overall()).isEqualTo(new Accuracy(4, 2, 1));
        assertThat(scores.overall().share()).isEqualTo(0.5);
        assertThat(scores.overall().compensatedShare()).isEqualTo(0.5625);
        assertThat(scores.difficulties())
                .isEqualTo(Map.of(
                        Difficulty.EASY, new Accuracy(1, 1, 0),
                        Difficulty.HARD, new Accuracy(3, 1, 1)));
        assertThat(scores.lengths())
                .isEqualTo(Map.of(
                        Length.SHORT, new Accuracy(2, 1, 0),
                        Length.LONG, new Accuracy(2, 1, 1)));
        assertThat(scores.domains()).isEqualTo(Map.of("Law", new Accuracy(2, 1, 0), "Code", new Accuracy(2, 1, 1)));
    }

    @Test
    void withoutQuestionsThereIsNoAccuracy() {
        assertThat(LongBenchScores.of(List.of()).overall().share()).isNaN();
    }

    private static LongBenchAnswer answer(String domain, Difficulty difficulty, Length length, Choice given) {
        return new LongBenchAnswer(domain, difficulty, length, Choice.A, Optional.ofNullable(given));
    }
}
