package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.report.SyntheticRuns;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeLeftTest {

    private static final int SECOND = 1_000_000_000;

    private static final String RUN = "";

    private static Question question(String id, String document, int characters) {
        return new Question(new QuestionAnswer(id, "", "Who?", List.of("Ann")), document, characters);
    }

    private static TimeLeft timeLeft(Method method, Question... open) {
        RunSettings settings = SyntheticRuns.settings(Benchmark.EN_QA, method); // 128,000 tokens at most
        TimeLeft left = new TimeLeft();
        left.add(RUN, List.of(open), settings);
        return left;
    }

    @Test
    void whatIsReadIsNotReadAgain() {
        TimeLeft left = timeLeft(
                Method.LONG_CONTEXT,
                question("a", "first", 1_000),
                question("b", "first", 1_000),
                question("c", "first", 1_000),
                question("d", "second", 3_000),
                question("e", "second", 3_000));

        left.answered(RUN, "a", 60L * SECOND);
        assertThat(left.estimate()).isEqualTo(Duration.ofSeconds(3 * 60 + 3 * 60));
        left.answered(RUN, "b", 2L * SECOND);
        assertThat(left.estimate()).isEqualTo(Duration.ofSeconds(3 * 60 + 2 * 2));
        left.answered(RUN, "c", 4L * SECOND);
        assertThat(left.estimate()).isEqualTo(Duration.ofSeconds(3 * 60 + 3));
        left.answered(RUN, "d", 180L * SECOND);
        assertThat(left.estimate()).isEqualTo(Duration.ofSeconds(3));
        left.answered(RUN, "e", 1L * SECOND);
        assertThat(left.estimate()).isZero();
    }

    @Test
    void aQuestionThatFailsTakesNoMoreTimeButItsTextIsStillToBeRead() {
        TimeLeft left = timeLeft(
                Method.LONG_CONTEXT,
                question("a", "first", 1_000),
                question("b", "second", 2_000),
                question("c", "second", 2_000));
        left.answered(RUN, "a", 10L * SECOND);

        left.failed(RUN, "b");

        assertThat(left.estimate()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void ofALongerTextNoMoreIsReadThanThePromptHolds() {
        Question[] open = {question("a", "first", 512_000), question("b", "second", 5_120_000)};
        TimeLeft shortened = timeLeft(Method.LONG_CONTEXT, open);
        TimeLeft searched = timeLeft(Method.RAPID, open);

        shortened.answered(RUN, "a", 10L * SECOND);
        searched.answered(RUN, "a", 10L * SECOND);

        assertThat(shortened.estimate()).isEqualTo(Duration.ofSeconds(10));
        assertThat(searched.estimate()).isEqualTo(Duration.ofSeconds(100));
    }
}
