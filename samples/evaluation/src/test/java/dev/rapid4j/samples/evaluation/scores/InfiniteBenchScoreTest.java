package dev.rapid4j.samples.evaluation.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected values are what the authors' {@code compute_scores.py} gives. */
class InfiniteBenchScoreTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    The cat's  hat!       | cats hat                | 1
                    a an the              | the                     | 0
                    Anna Karenina         | Anna/Anna K. Karenina   | 0.8
                    the theory of a       | theory of everything    | 0.8
                    it’s so               | its so                  | 0.5
                    ÉTÉ a là              | été là                  | 1
                    cat cat cat           | cat dog                 | 0.4
                    éa the é              | éa é                    | 1
                    x²the i̇a          | x²the i̇             | 1
                    $5 + 3_x              | 5 3x                    | 1
                    """)
    void questionsAreScoredByWordsInCommonWithTheBestAnswer(String response, String answers, double score) {
        QuestionAnswer task = new QuestionAnswer("1", "A book.", "What?", List.of(answers.split("/")));
        assertThat(InfiniteBenchScore.of(task, response)).isCloseTo(score, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    B                           | 1
                    B. Bo Diddley               | 1
                    Bo Diddley                  | 1
                    Before                      | 1
                    A                           | 0
                    (B)                         | 0
                    It is B                     | 1
                    The answer is: B            | 1
                    The answer is:B             | 0
                    The answer is Bo Diddley.   | 1
                    The answer is               | 0
                    The answer is: A            | 0
                    I think the option is B     | 1
                    He is A or B                | 0
                    not AB but B                | 0
                    "B"                         | 1
                    .B. Bo                      | 1
                    "A"                         | 0
                    `  B or A`              | 1
                    answer: "Bo Diddley"        | 1
                    AND B                       | 0
                    ` `                         | 0
                    """)
    void choicesAreRightByLetterOrText(String response, double score) {
        MultipleChoice task =
                new MultipleChoice("1", "A book.", "Who?", List.of("Al", "Bo Diddley", "Cy", "Di"), Choice.B);
        assertThat(InfiniteBenchScore.of(task, response)).isEqualTo(score);
    }

    @Test
    void summariesAreScoredByRougeLSumWithTheBestReference() {
        Summary task = new Summary("1", "A book.", "", List.of("nothing alike", "it ends well"));
        assertThat(InfiniteBenchScore.of(task, "It ends badly")).isCloseTo(2.0 / 3, within(1e-12));
    }
}
